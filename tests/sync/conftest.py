"""Stores for the tests: SQLite always, a private PostgreSQL where its server programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from sync.ledger import open_ledger


def _server_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path(path).parent if (path := shutil.which("initdb")) else None


@pytest.fixture(scope="session")
def postgres_url():
    """A PostgreSQL of this test process, on a socket in a private folder; skipped where there is no server."""
    programs = _server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server programs here")
    folder = Path(tempfile.mkdtemp(prefix="eq-pg-"))
    options: dict[str, object] = {"capture_output": True}
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        options |= {"user": account.pw_uid, "group": account.pw_gid}
    subprocess.run([programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "eq", "--no-sync"], cwd=folder, check=True, **options)
    start = ["-w", "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses='' -c fsync=off"]
    subprocess.run([programs / "pg_ctl", "start", *start], cwd=folder, check=True, **options)
    yield f"postgresql+psycopg://eq@/postgres?host={folder}"
    subprocess.run([programs / "pg_ctl", "stop", "-m", "immediate", "-D", folder / "data"], cwd=folder, check=True, **options)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path):
    """An empty ledger in each of the databases it supports."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = open_ledger(url)
    if request.param == "postgresql":
        with opened.transaction() as connection:
            for table in (
                "runs",
                "leases",
                "slots",
                "episodes",
                "rules_seen",
                "findings",
                "plans",
                "outbox",
                "receipts",
                "written",
                "tasks",
                "privileges_held",
            ):
                connection.exec_driver_sql(f"TRUNCATE {table}")
    yield opened
    opened.engine.dispose()
