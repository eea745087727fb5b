"""jsforce, a client of another language and other authors, against this sandbox.

It is fetched through npm only when EQUILIBRE_NODE=1 is set, into a folder of the machine's temporary files that later runs find again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest

VERSION: Final = "3.10.16"
HOME: Final = Path(tempfile.gettempdir()) / f"equilibre-jsforce-{VERSION}"
TOLD: Final = """
const jsforce = require('jsforce');
const [url, token] = process.argv.slice(1);
const conn = new jsforce.Connection({instanceUrl: url, accessToken: token, version: '66.0'});
(async () => {
  const told = await (async (conn) => { %s })(conn);
  console.log(JSON.stringify(told));
})().catch((error) => { console.log(JSON.stringify({error: error.errorCode || error.name, message: error.message})); });
"""


@pytest.fixture(scope="module")
def node() -> str:
    """The node program with jsforce beside it; skips with the reason where one of them is missing."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("node and npm are not installed")
    if not (HOME / "node_modules" / "jsforce").is_dir():
        if os.environ.get("EQUILIBRE_NODE") != "1":
            pytest.skip("jsforce is not installed; set EQUILIBRE_NODE=1 to let npm fetch it")
        HOME.mkdir(exist_ok=True, mode=0o700)
        subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", f"jsforce@{VERSION}"], cwd=HOME, check=True, timeout=300)
    return program


@pytest.fixture
def ask(node: str, desk) -> Any:
    """Run a few lines of jsforce against the desk's org and give what they return."""
    token = desk.org.sessions.start(desk.org.user)

    def run(lines: str) -> Any:
        done = subprocess.run(
            [node, "-e", TOLD % lines, desk.base, token], cwd=HOME, check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_jsforce_signs_in_with_a_token_and_learns_who_it_is(ask, desk) -> None:
    told = ask("return await conn.query('SELECT Id FROM Organization');")
    assert [row["Id"] for row in told["records"]] == [desk.org.id]


def test_jsforce_describes_an_object(ask) -> None:
    told = ask("const d = await conn.describe('Account'); return [d.keyPrefix, d.fields.find(f => f.name === 'ParentId').referenceTo];")
    assert told == ["001", ["Account"]]


def test_jsforce_follows_the_pages_of_a_query(ask, desk) -> None:
    desk.org.knobs.page_size = 10
    made = {desk.account(f"Client {number}") for number in range(25)}
    told = ask(
        "let page = await conn.query('SELECT Id FROM Account'); const ids = page.records.map(r => r.Id); let pages = 1;"
        "while (!page.done) { page = await conn.queryMore(page.nextRecordsUrl); pages += 1; ids.push(...page.records.map(r => r.Id)); }"
        "return {ids, pages};"
    )
    assert (set(told["ids"]), len(told["ids"]), told["pages"]) == (made, 25, 3)


def test_jsforce_reads_by_bulk_2(ask, desk) -> None:
    """One page only: jsforce 3.10 closes its own stream at the end of the first page and fails at the second."""
    made = {desk.account(f'Client "{number}", Lyon') for number in range(25)}
    told = ask(
        "const stream = await conn.bulk2.query('SELECT Id, Name FROM Account', {pollInterval: 50, pollTimeout: 20000});"
        "const rows = []; for await (const row of stream) rows.push(row.Id); return rows;"
    )
    assert set(told) == made


def test_jsforce_upserts_a_collection_by_its_key(ask, desk) -> None:
    desk.org.define("Account", ["Ext__c text(40) unique external"])
    lines = "return await conn.sobject('Account').upsert([{Ext__c: 'a', Name: 'One'}, {Ext__c: 'b', Name: 'Two'}], 'Ext__c', {allOrNone: false});"
    first, again = ask(lines), ask(lines)
    assert [(row["success"], row["created"]) for row in first] == [(True, True)] * 2
    assert [(row["success"], row["created"]) for row in again] == [(True, False)] * 2
    assert {row["Name"] for row in desk.org.records("Account")} == {"One", "Two"}


def test_jsforce_hears_why_a_query_is_refused(ask) -> None:
    assert ask("return await conn.query('SELECT Id, Nope__c FROM Account');")["error"] == "INVALID_FIELD"
