"""Runs a peer in an environment of its own and says what it took: the script's own clock for the work, the system's for the processor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """`packages` are installed from PyPI; `objects` are those it can read here; `does` says what becomes of the records."""

    name: str
    script: str
    packages: tuple[str, ...]
    objects: tuple[str, ...]
    does: str


def run(peer: Peer, url: str, folder: Path, wanted: dict[str, list[str]]) -> dict[str, Any]:
    """Install a peer and let it read: records, seconds, processor seconds (the start of its program included), peak memory in MB."""
    home = folder / peer.script.removesuffix(".py")
    venv.create(home / "environment", with_pip=True)
    python = str(home / "environment" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *peer.packages], check=True, capture_output=True)
    arguments = [f"{name}={','.join(wanted[name])}" for name in peer.objects]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (home / "errors").open("w+b") as errors:
        process = subprocess.Popen(
            [python, str(HERE / peer.script), url, str(home), *arguments], stdout=subprocess.PIPE, stderr=errors, env=clean
        )
        assert process.stdout is not None
        told = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{peer.name} failed: {errors.read().decode()[-800:]}")
    *_, figures = told.strip().splitlines()
    return {**json.loads(figures), "cpu": usage.ru_utime + usage.ru_stime}


def told(peer: Peer, found: dict[str, Any], ours: dict[str, Any]) -> str:
    """One line: the peer's rate, and how often it goes into ours, by the clock and by the processor."""
    clock = (ours["rows"] / ours["wall"]) / (found["rows"] / found["wall"])
    processor = (ours["rows"] / ours["cpu"]) / (found["rows"] / found["cpu"])
    return (
        f"{peer.name:<34} {found['rows']:9,} records {found['wall']:7.2f} s {found['cpu']:7.2f} s cpu {found['rows'] / found['wall']:9,.0f} records/s "
        f"{found['peak']:5.0f} MB  ours {clock:.1f} x as fast, {processor:.1f} x by cpu  ({peer.does})"
    )
