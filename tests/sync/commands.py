"""The commands as a user types them: in a process of their own, or in this one where it shows the same without the start of Python."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from sync.cli import app

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def _environment(more: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EQUILIBRE_")}
    return {**clean, **more, "COLUMNS": "160", "NO_COLOR": "1"}


def equilibre(*arguments: str, folder: Path, **environ: str) -> Done:
    """Run the command in `folder`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), patch.dict(os.environ, _environment(environ), clear=True), redirect_stdout(out), redirect_stderr(err):
        try:
            app(list(arguments), prog_name="equilibre")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Done(code, out.getvalue(), err.getvalue())


def process(*arguments: str, folder: Path, **environ: str) -> Done:
    """Run the command in `folder`, in a process of its own."""
    command = [sys.executable, "-c", "from sync.cli import app; app()", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=_environment(environ), check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def one_line(done: Done) -> str:
    """The one line in which a command says what to do."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("equilibre: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    return lines[0]
