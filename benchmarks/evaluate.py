"""Load and evaluate portfolios through the real path, with a ceiling measured in the same run.

    python benchmarks/evaluate.py [--accounts 10000 1000000] [--directory DIR]

An account has 10 revenue lines and 20 cases. Generates CSV files with DuckDB (seeded), then in a process of its own each: the ceiling
(bare read_csv into tables of the same types), the load (files connector, mirror, facts), the load again when nothing changed, and the
evaluation (groups, money, metrics, all rules). Prints wall and processor seconds, rows a second, peak memory and the ratio to the
ceiling; nothing is asserted, because machines differ. A ratio of processor seconds holds on a busy machine too.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
MAIN = frozenset(["DEP-01", "DEP-04", "VOL-01", "PAY-01", "PAY-02", "BEH-02", "OPS-01", "CTS-01", "GOV-01", "CON-01"])
"""The rules of the main job; `all rules` judges the whole catalogue again on the same metrics."""
ACCOUNTS = """
SELECT i AS account_id, 'Client ' || i AS name, CASE WHEN i % 10 = 0 AND i > 10 THEN (i // 10)::VARCHAR END AS parent_id, 'u' || i % 50 AS owner_id,
    'client' || i || '.example' AS domain, 'FR' AS country, FALSE AS is_person
FROM range(1, {accounts} + 1) t(i)
"""
REVENUE = """
SELECT 'l' || i AS line_id, 1 + (hash(i) % {accounts})::BIGINT AS account_id, DATE '2026-06-30' - (hash(i * 7) % 1095)::INTEGER AS date,
    round(100 + (hash(i * 13) % 900000) / 100.0, 2) AS amount, CASE WHEN i % 20 = 0 THEN 'USD' ELSE 'EUR' END AS currency,
    'invoice' AS kind, round(50 + (hash(i * 17) % 400000) / 100.0, 2) AS direct_cost
FROM range({lines}) t(i)
"""
CASES = """
SELECT 'c' || i AS case_id, 1 + (hash(i * 3) % {accounts})::BIGINT AS account_id,
    strftime(TIMESTAMP '2026-06-30' - INTERVAL 1 MINUTE * (hash(i * 5) % 1576800)::INTEGER, '%Y-%m-%dT%H:%M:%SZ') AS opened_at,
    strftime(TIMESTAMP '2026-06-30' - INTERVAL 1 MINUTE * (hash(i * 5) % 1576800)::INTEGER + INTERVAL 2 HOUR, '%Y-%m-%dT%H:%M:%SZ') AS first_response_at,
    (['low', 'normal', 'high', 'urgent'])[1 + i % 4] AS priority, (['question', 'request', 'incident', 'complaint'])[1 + (hash(i * 11) % 4)::INTEGER] AS category,
    i % 9 = 0 AS own_fault, 'u' || i % 50 AS owner_id
FROM range({cases}) t(i)
"""
RATES = "SELECT 'USD' AS currency, DATE '2020-01-01' AS \"from\", NULL AS to_exclusive, 1.10 AS units_per_home"


def generate(folder: Path, sizes: dict[str, int]) -> int:
    """Write the CSV files; returns the number of rows."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name, query in (("accounts", ACCOUNTS), ("revenue", REVENUE), ("cases", CASES), ("rates", RATES)):
            connection.execute(f"COPY ({query.format(**sizes)}) TO '{folder / name}.csv' (HEADER)")
    return sum(sizes.values()) + 1


def ceiling(folder: Path) -> None:
    """What the engine does alone: every file into a table of the canonical types, without a check, a zone or a second look."""
    import duckdb

    from sync.schema import specs

    with duckdb.connect(str(folder / "ceiling.duckdb"), config={"memory_limit": "2GB"}) as connection:
        for file in sorted((folder / "data").glob("*.csv")):
            header = file.open(encoding="utf-8").readline().strip().split(",")
            kinds = {column.name: column.type for column in specs()[file.stem].columns}
            columns = ", ".join(f"'{name}': '{kinds[name]}'" for name in header)
            connection.execute(
                f"CREATE TABLE {file.stem} AS FROM read_csv('{file}', header = true, auto_detect = false, columns = {{{columns}}})"
            )


def load(folder: Path) -> None:
    """The product's own way in."""
    from connectors import catalog
    from connectors.contract import Runtime
    from connectors.settings import FilesSettings
    from sync.facts import Facts
    from sync.land import RunLanding
    from sync.pull import pull

    settings = FilesSettings(enabled=True, directory=folder / "data", output=folder / "out")
    link = catalog.connect("files", settings, Runtime(clock=lambda: NOW, sleep=time.sleep))
    with (
        RunLanding(folder / "landing", "bench") as landing,
        Facts.open(folder / "facts.duckdb", zone="Europe/Paris", memory_limit="2GB") as facts,
    ):
        report = pull(facts, {"files": link.reader()}, landing)
    if not report.complete:
        sys.exit(f"the load was incomplete: {report.problems[:3]}")


def evaluate(folder: Path) -> None:
    """Groups, money, metrics and every rule; prints the seconds of each step."""
    from rules import criteria, metrics
    from rules.derive import derive
    from rules.evaluate import evaluate as judge
    from rules.model import Moment
    from sync.facts import Facts

    moment = Moment(as_of=NOW.date(), now=NOW)
    book = criteria.load()
    few = criteria.load({rule.id: {"enabled": False} for rule in book.rules if rule.id not in MAIN})
    steps = {}
    with Facts.open(folder / "facts.duckdb", zone="Europe/Paris", memory_limit="2700MB") as facts:
        for name, work in (
            ("derive", lambda: derive(facts.connection, moment)),
            ("metrics", lambda: metrics.compute(facts.connection)),
            ("main rules", lambda: judge(facts.connection, few, moment)),
            ("all rules", lambda: judge(facts.connection, book, moment)),
        ):
            started = time.perf_counter()
            result = work()
            steps[name] = round(time.perf_counter() - started, 2)
    steps["findings"] = len(result.findings)
    print(json.dumps(steps))


def measured(phase: str, folder: Path) -> tuple[float, float, float, str]:
    """One phase in a process of its own: wall seconds, processor seconds, peak memory in MB, what it printed."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--phase", phase, "--directory", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{phase} failed: {done.stderr.strip().splitlines()[-1:]}")
    *printed, usage = done.stdout.strip().splitlines()
    processor, memory = map(float, usage.split())
    return time.perf_counter() - started, processor, memory, "\n".join(printed)


def run(folder: Path, accounts: int) -> None:
    rows = generate(folder / "data", {"accounts": accounts, "lines": 10 * accounts, "cases": 20 * accounts})
    print(f"{accounts:,} accounts: {rows:,} rows generated")
    print(f"  {'phase':<10} {'wall s':>8} {'cpu s':>8} {'rows/s':>12} {'peak MB':>8}")
    bare = None
    for phase, name in (("ceiling", "ceiling"), ("load", "load"), ("load", "unchanged"), ("evaluate", "evaluate")):
        wall, processor, memory, steps = measured(phase, folder)
        speed = f"{rows / wall:12,.0f}" if name in {"ceiling", "load"} else f"{'':12}"
        ratio = f"{wall / bare[0]:.2f} x the ceiling ({processor / bare[1]:.2f} x its cpu)" if name == "load" and bare else steps
        print(f"  {name:<10} {wall:8.1f} {processor:8.1f} {speed} {memory:8.0f}   {ratio}", flush=True)
        bare = bare or (wall, processor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--directory", type=Path, help="where to work, 10 GB for a million accounts (default: a temporary directory)")
    parser.add_argument("--phase", choices=("ceiling", "load", "evaluate"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phase:
        {"ceiling": ceiling, "load": load, "evaluate": evaluate}[options.phase](options.directory)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
        return
    for accounts in options.accounts:
        with tempfile.TemporaryDirectory(dir=options.directory) as scratch:
            run(Path(scratch), accounts)


if __name__ == "__main__":
    main()
