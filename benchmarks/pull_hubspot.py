"""Pull a HubSpot portal into the facts, beside the ceiling and a peer, from a server that costs nothing (static_hubspot.py).

    python benchmarks/pull_hubspot.py [--companies 10000 --deals 50000 --tickets 50000] [--peer] [--latency 0.1] [--vendor]

    ceiling      one connection, json.loads, nothing kept
    full         lists, associations, mirror, canonical tables: what `equilibre sync --full` reads
    increment    the next pull: one record of a hundred changed
    peers        what others do with the same lists, each in an environment that this script makes from PyPI (--peer, takes minutes);
                 none of them reads associations here or makes facts of anything
    slow         the full pull again, each call answered after --latency seconds, with no limit told
    vendor       the full pull within 190 calls in ten seconds, which the server keeps (--vendor; takes a minute, one call too many fails)

Prints wall and processor seconds, records a second, peak memory and calls; nothing is asserted, because machines differ.
"""

from __future__ import annotations

import argparse
import http.client
import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peers import apart
from peers.apart import Peer
from static_hubspot import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
KINDS = ("companies", "deals", "tickets")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
PEERS = (
    Peer("hubspot-api-client get_all", "hubspot_client.py", ("hubspot-api-client==12.0.0", "urllib3>=2.6.1,<3"), KINDS, "kept nowhere"),
    Peer("Meltano tap-hubspot 0.10.1", "hubspot_meltano.py", ("meltano-tap-hubspot==0.10.1",), KINDS, "JSON lines, no target"),
    Peer("dlt 1.31.0, a resource of ours", "hubspot_dlt.py", ("dlt[duckdb]==1.31.0",), KINDS, "loaded into DuckDB"),
    Peer("Stitch tap-hubspot 4.5.0", "hubspot_singer.py", ("tap-hubspot==4.5.0",), ("tickets",), "JSON lines, no target"),
    Peer(
        "Airbyte source-hubspot 5.7.0",
        "hubspot_airbyte.py",
        ("airbyte-source-hubspot==5.7.0",),
        ("companies",),
        "JSON lines, no destination",
    ),
)


@contextmanager
def served(sizes: dict[str, int], *more: str) -> Iterator[str]:
    command = [
        sys.executable,
        str(HERE / "static_hubspot.py"),
        *(part for kind in KINDS for part in (f"--{kind}", str(sizes[kind]))),
        *more,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def ceiling(url: str) -> int:
    """Fetch and parse every list page over one connection."""
    connection, rows = http.client.HTTPConnection(url.removeprefix("http://")), 0
    for kind in KINDS:
        after = ""
        while True:
            connection.request("GET", f"/crm/v3/objects/{kind}?limit=100{after}")
            document = json.loads(connection.getresponse().read())
            rows += len(document["results"])
            if "paging" not in document:
                break
            after = f"&after={document['paging']['next']['after']}"
    return rows


def pull(url: str, folder: Path) -> int:
    """The product's own way in; a second call on the same folder is an increment."""
    from connectors import catalog
    from connectors.contract import Runtime
    from connectors.settings import HubspotSettings
    from sync.facts import Facts
    from sync.land import RunLanding
    from sync.pull import pull as into_facts

    began = time.monotonic()
    start = START + timedelta(hours=(folder / "facts.duckdb").exists())
    runtime = Runtime(clock=lambda: start + timedelta(seconds=time.monotonic() - began), sleep=time.sleep, memory=folder / "unfinished")
    link = catalog.connect("hubspot", HubspotSettings(enabled=True, access_token="pat-benchmark", endpoint=url), runtime)
    with (
        RunLanding(folder / "landing", "bench") as landing,
        Facts.open(folder / "facts.duckdb", zone="Europe/Paris", memory_limit="300MB") as facts,
    ):
        report = into_facts(facts, {"hubspot": link.reader()}, landing)
    link.close()
    if not report.complete:
        sys.exit(f"the pull was incomplete: {report.problems[:3]}")
    return sum(report.crms["hubspot"].rows[kind] for kind in KINDS)


def measured(phase: str, url: str, folder: Path) -> dict[str, Any]:
    """One phase in a process of its own."""
    command = [sys.executable, __file__, "--phase", phase, "--url", url, "--directory", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{phase} failed: {done.stderr.strip()[-500:]}")
    *_notes, figures = done.stdout.strip().splitlines()  # a call that was tried again is logged before them
    return dict(json.loads(figures))


def show(name: str, found: dict[str, Any], made: dict[str, int], base: dict[str, Any] | None = None) -> None:
    ratio = f"{found['cpu'] / base['cpu']:.1f} x the ceiling's cpu" if base else ""
    calls = ", ".join(f"{count} {kind}" for kind, count in made.items())
    print(
        f"{name:<10} {found['wall']:7.2f} s {found['cpu']:7.2f} s cpu {found['rows'] / found['wall']:9,.0f} records/s {found['peak']:6.0f} MB  {sum(made.values()):6} calls ({calls}) {ratio}",
        flush=True,
    )


def calls(url: str, before: dict[str, int] | None = None) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/__made__") as answer:
        made = json.loads(answer.read())
    return {kind: count - (before or {}).get(kind, 0) for kind, count in made.items() if count != (before or {}).get(kind, 0)}


def run(options: argparse.Namespace, folder: Path) -> None:
    sizes = {kind: getattr(options, kind) for kind in KINDS}
    fewest = sum(-(-size // 100) for size in sizes.values()) + sum(-(-sizes[kind] // 1000) for kind in ("deals", "tickets"))
    print(f"{sum(sizes.values()):,} records; a full pull takes {fewest} calls at least")
    with served(sizes) as url:
        found: dict[str, dict[str, Any]] = {}
        for phase, name in (("ceiling", "ceiling"), ("pull", "full"), ("pull", "increment")):
            before = calls(url)
            found[name] = measured(phase, url, folder)
            show(name, found[name], calls(url, before), found["ceiling"] if phase == "pull" else None)
        for peer in PEERS if options.peer else ():
            print(
                apart.told(peer, apart.run(peer, url, folder, {kind: list(PROPERTIES[kind]) for kind in KINDS}), found["full"]), flush=True
            )
    with served(sizes, "--latency", str(options.latency)) as url:
        show("slow", measured("pull", url, folder / "slow"), calls(url))
    if options.vendor:
        with served(sizes, "--latency", str(options.latency), "--max", "190", "--enforce") as url:
            show("vendor", measured("pull", url, folder / "vendor"), calls(url))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for kind, size in zip(KINDS, (10_000, 50_000, 50_000), strict=True):
        parser.add_argument(f"--{kind}", type=int, default=size)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--vendor", action="store_true")
    parser.add_argument("--phase", choices=("ceiling", "pull"), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phase:
        options.directory.mkdir(parents=True, exist_ok=True)
        if options.phase == "pull":
            import connectors.hubspot.link  # noqa: F401
            import sync.pull  # noqa: F401 - the program's start, with the line before, is not the pull
        started = time.perf_counter()
        rows = ceiling(options.url) if options.phase == "ceiling" else pull(options.url, options.directory)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
        print(json.dumps({"rows": rows, "wall": time.perf_counter() - started, "cpu": cpu, "peak": peak}))
        return
    with tempfile.TemporaryDirectory() as scratch:
        run(options, Path(scratch))


if __name__ == "__main__":
    main()
