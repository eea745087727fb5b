"""How fast an org comes into the facts, against a static loopback server of Bulk API 2.0 with bodies made beforehand.

    python benchmarks/pull_salesforce.py [--accounts 100000] [--revenue 500000] [--cases 500000] [--peer]

Prints records a second from the first call to the canonical tables, the same for the mirror alone, the ceiling measured in the same run
(the raw transport of the same bytes and one DuckDB parse of them), peak memory and API calls. `--peer` lets others read
from the same server, each in an environment that this script makes from PyPI: simple-salesforce all objects, the Singer tap and Airbyte's
source accounts alone, since they would take minutes. dlt has no Salesforce source on PyPI.
"""

from __future__ import annotations

import argparse
import gzip
import http.server
import json
import multiprocessing
import resource
import shutil
import socketserver
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from peers import apart
from peers.apart import Peer

from connectors import catalog
from connectors.contract import Runtime
from connectors.settings import SalesforceSettings
from sync.facts import Facts
from sync.land import RunLanding
from sync.pull import pull

PAGE: Final = 100_000
STAMP: Final = "2026-11-01T09:00:00.000Z"
FIELDS: Final = {
    "Account": {"Id": "id", "IsDeleted": "boolean", "SystemModstamp": "datetime", "Name": "string", "ParentId": "reference", "OwnerId": "reference",
                "CreatedDate": "datetime", "Website": "url", "MasterRecordId": "reference"},
    "Opportunity": {"Id": "id", "IsDeleted": "boolean", "SystemModstamp": "datetime", "AccountId": "reference", "Amount": "currency", "CloseDate": "date",
                    "CreatedDate": "datetime", "IsWon": "boolean", "IsClosed": "boolean", "Probability": "percent", "StageName": "picklist", "Type": "picklist"},
    "Case": {"Id": "id", "IsDeleted": "boolean", "SystemModstamp": "datetime", "AccountId": "reference", "CreatedDate": "datetime",
             "ClosedDate": "datetime", "Status": "picklist", "Priority": "picklist", "Type": "picklist", "IsEscalated": "boolean", "OwnerId": "reference"},
}  # fmt: skip
CELLS: Final = {
    "Id": "printf('{prefix}%012dAAA', i)", "IsDeleted": "'false'", "SystemModstamp": f"'{STAMP}'", "Name": "'Client no. ' || i || ', Lyon'", "ParentId": "''",
    "OwnerId": "printf('005%012dAAA', i % 50)", "CreatedDate": "'2024-03-' || printf('%02d', 1 + i % 28) || 'T10:00:00.000Z'", "Website": "'www.client' || i || '.example'",
    "MasterRecordId": "''", "AccountId": "printf('001%012dAAA', i % {accounts})", "Amount": "printf('%d.50', 100 + i % 9000)",
    "CloseDate": "printf('2026-%02d-%02d', 1 + i % 11, 1 + i % 28)", "IsWon": "'true'", "IsClosed": "'true'", "Probability": "'100.0'", "StageName": "'Closed Won'",
    "Type": "'Problem'", "ClosedDate": "'2026-05-02T10:00:00.000Z'", "Status": "'Closed'", "Priority": "'High'", "IsEscalated": "'false'",
}  # fmt: skip
PREFIX: Final = {"Account": "001", "Opportunity": "006", "Case": "500"}


def bodies(folder: Path, sizes: dict[str, int]) -> None:
    """Result pages as the vendor sends them, compressed."""
    for name, size in sizes.items():
        columns = ", ".join(
            f'{CELLS[field].replace("{prefix}", PREFIX[name]).replace("{accounts}", str(sizes["Account"]))} AS "{field}"'
            for field in FIELDS[name]
        )
        for page, start in enumerate(range(0, size, PAGE)):
            rows = f"SELECT {columns} FROM range({start}, {min(size, start + PAGE)}) AS r(i)"
            plain = folder / "page.csv"
            duckdb.sql(f"COPY ({rows}) TO '{plain}' (FORMAT csv, HEADER, FORCE_QUOTE *)")
            (folder / f"{name}-{page}.csv.gz").write_bytes(gzip.compress(plain.read_bytes(), 1))
            plain.unlink()


class Org(http.server.BaseHTTPRequestHandler):
    """Answers sign-in, describes, counts and jobs from memory, results from files. No more than a read needs."""

    protocol_version = "HTTP/1.1"
    folder: Path
    sizes: dict[str, int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/job"):
            self._json({"id": json.loads(body)["object"]})
        elif "/services/async/" in self.path:
            self._send(200, str(bulk_one(self.path)).encode(), {"Content-Type": "application/xml"})
        elif self.path.endswith("/token"):
            url = "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA"
            self._json({"access_token": "00D!x", "instance_url": "https://acme.my.salesforce.com", "id": url, "token_type": "Bearer"})
        elif self.path.endswith("/composite"):
            answers = {one["referenceId"]: self._answer(one["url"]) for one in json.loads(body)["compositeRequest"]}
            told = [
                {"referenceId": name, "httpStatusCode": 404 if answer is None else 200, "body": answer} for name, answer in answers.items()
            ]
            self._json({"compositeResponse": told})
        else:
            self._json({"id": json.loads(body)["query"].partition(" FROM ")[2].split()[0], "state": "UploadComplete"})

    def do_DELETE(self) -> None:
        self._send(204, b"", {})

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if "/services/async/" in path and (said := bulk_one(path)) is not None:
            self._send(200, said.encode(), {"Content-Type": "application/xml"})
            return
        if "/services/async/" not in path and not path.endswith("/results"):
            self._json(self._answer(self.path))
            return
        if path.endswith("/results"):
            name, page = path.split("/")[-2], int(urllib.parse.parse_qs(query).get("locator", ["0"])[0])
        else:
            name, page = path.split("/")[-5], int(path.split("/")[-1])
        size = self.sizes[name]
        rows, after = min(PAGE, size - page * PAGE), (page + 1) * PAGE < size
        headers = {
            "Content-Type": "text/csv",
            "Content-Encoding": "gzip",
            "Sforce-NumberOfRecords": str(rows),
            "Sforce-Locator": str(page + 1) if after else "null",
        }
        self._send(200, (self.folder / f"{name}-{page}.csv.gz").read_bytes(), headers)

    def _answer(self, url: str) -> Any:  # noqa: PLR0911 - one answer a path
        path, _, query = url.partition("?")
        last = path.rstrip("/").split("/")[-1]
        if path.rstrip("/") == "/services/data":
            return [{"version": "66.0", "url": "/services/data/v66.0", "label": "Spring '26"}]
        if last == "sobjects":
            return {"sobjects": [{"name": name, "queryable": True} for name in FIELDS]}
        if last == "limits":
            return {"DailyBulkApiBatches": {"Max": 10_000, "Remaining": 9_999}}
        if last == "describe":
            name = path.split("/")[-2]
            fields = [
                {"name": field, "type": kind, "label": field, "filterable": True, "sortable": True}
                for field, kind in FIELDS.get(name, {}).items()
            ]
            return {"name": name, "fields": fields, "queryable": True} if fields else None
        if last == "recordCount":
            return {"sObjects": [{"name": name, "count": size} for name, size in self.sizes.items()]}
        if "/jobs/query/" in path:
            return {"id": last, "state": "JobComplete", "numberRecordsProcessed": self.sizes[last]}
        text = urllib.parse.parse_qs(query).get("q", [""])[0]
        return {"totalSize": self.sizes[text.partition(" FROM ")[2].split()[0]], "done": True, "records": []}

    def _json(self, body: Any) -> None:
        self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json", "Sforce-Limit-Info": "api-usage=18/100000"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def serve(folder: Path, sizes: dict[str, int], told: Any) -> None:
    """In a process of its own, so that only the reader is measured."""
    Org.folder, Org.sizes = folder, sizes
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Org) as server:
        told.send(server.server_address[1])
        server.serve_forever()


def ceiling(url: str, sizes: dict[str, int], folder: Path) -> float:
    """The same bytes over the same transport, and one parse: nothing that reads can be faster."""
    began = time.perf_counter()
    for name, size in sizes.items():
        for page in range(-(-size // PAGE)):
            target = folder / f"raw-{name}-{page}.csv.gz"
            with urllib.request.urlopen(f"{url}/services/data/v66.0/jobs/query/{name}/results?locator={page}") as answer:
                target.write_bytes(answer.read())
        columns = ", ".join(f"'{field}': 'VARCHAR'" for field in FIELDS[name])
        with duckdb.connect(str(folder / "raw.duckdb")) as con:
            con.execute(
                f"CREATE TABLE \"{name}\" AS SELECT * FROM read_csv('{folder}/raw-{name}-*.csv.gz', columns={{{columns}}}, header=true, auto_detect=false)"
            )
    return time.perf_counter() - began


def ours(url: str, folder: Path, memory: str) -> tuple[dict[str, Any], float, float]:
    """Calls and rows, seconds until the mirror stands, seconds until the canonical tables stand."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = folder / "key.pem"
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    settings = SalesforceSettings(
        enabled=True, domain="acme.my", client_id="x", username="x@y.example", private_key_file=file, endpoint=url
    )
    naps: list[float] = []
    link = catalog.connect("salesforce", settings, Runtime(clock=lambda: datetime.now(UTC), sleep=naps.append))
    began, mirrored = time.perf_counter(), 0.0

    def note(_what: str, _done: int, _total: int | None) -> None:
        nonlocal mirrored
        mirrored = time.perf_counter() - began

    with (
        Facts.open(folder / "facts.duckdb", zone="Europe/Paris", memory_limit=memory) as facts,
        RunLanding(folder / "landing", "run") as landing,
    ):
        report = pull(facts, {"salesforce": link.reader()}, landing, full=True, progress=note)
    done = time.perf_counter() - began
    link.close()
    said = report.crms["salesforce"]
    return (
        {"rows": sum(said.rows.values()), "calls": link.reader().calls.made, "complete": said.complete, "error": said.error},
        mirrored,
        done,
    )


PEERS: Final = (
    Peer(
        "simple-salesforce 1.12.10 bulk2",
        "salesforce_client.py",
        ("simple-salesforce==1.12.10",),
        tuple(FIELDS),
        "CSV files, nothing loaded",
    ),
    Peer("Stitch tap-salesforce 2.8.1, Bulk 1", "salesforce_singer.py", ("tap-salesforce==2.8.1",), ("Account",), "JSON lines, no target"),
    Peer(
        "Airbyte source-salesforce 2.10.3",
        "salesforce_airbyte.py",
        ("airbyte-source-salesforce==2.10.3",),
        ("Account",),
        "JSON lines, no destination",
    ),
)


def bulk_one(path: str) -> str | None:
    """Bulk API 1.0 as far as a peer needs it: one batch a job, done at once. None for the page of a result, which is a file."""
    parts = path.rsplit("/services/async/", maxsplit=1)[-1].split("/")[1:]  # job/<id>/batch/<id>/result/<page>
    if len(parts) == 6:
        return None
    if len(parts) == 5:
        return f"<result-list>{''.join(f'<result>{page}</result>' for page in range(-(-Org.sizes[parts[1]] // PAGE)))}</result-list>"
    return f"<batchInfo><id>{parts[1]}</id><state>Completed</state></batchInfo>"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    given.add_argument("--accounts", type=int, default=100_000)
    given.add_argument("--revenue", type=int, default=500_000)
    given.add_argument("--cases", type=int, default=500_000)
    given.add_argument("--memory", default="1GB", help="what DuckDB may hold (store.memory_limit)")
    given.add_argument("--peer", action="store_true")
    asked = given.parse_args()
    sizes = {"Account": asked.accounts, "Opportunity": asked.revenue, "Case": asked.cases}
    records = sum(sizes.values())
    folder = Path(tempfile.mkdtemp(prefix="pull-salesforce-"))
    try:
        bodies(folder, sizes)
        here, there = multiprocessing.Pipe()
        server = multiprocessing.Process(target=serve, args=(folder, sizes, there), daemon=True)
        server.start()
        url = f"http://127.0.0.1:{here.recv()}"
        before = resource.getrusage(resource.RUSAGE_SELF)
        told, mirrored, done = ours(url, folder, asked.memory)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        raw = ceiling(url, sizes, folder)
        pages = sum(-(-size // PAGE) for size in sizes.values())
        least = pages + 3 * len(sizes)  # a job, a look, a removal for each object
        print(f"{records:,} records, {told}")
        print(
            f"to the canonical tables  {done:6.2f} s  {records / done:10,.0f} records/s   {cpu:.2f} s of CPU, {records / cpu:,.0f} records per CPU second"
        )
        print(f"to the mirror            {mirrored:6.2f} s  {records / mirrored:10,.0f} records/s")
        print(
            f"ceiling                  {raw:6.2f} s  {records / raw:10,.0f} records/s   ours/ceiling {raw / done:.2f}, mirror/ceiling {raw / mirrored:.2f}"
        )
        print(f"peak memory {after.ru_maxrss / 1024:,.0f} MB; calls {told['calls']}, least {least} and sign-in, schema, counts")
        ours_took = {"rows": records, "wall": done, "cpu": cpu}
        for one in PEERS if asked.peer else ():
            print(
                apart.told(one, apart.run(one, url, folder, {name: list(fields) for name, fields in FIELDS.items()}), ours_took), flush=True
            )
        server.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
