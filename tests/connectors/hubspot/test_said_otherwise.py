"""A vendor that means the same and says it otherwise: what lands in the tables, and what is written, must not depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.contract import SetFlags
from rules.model import AccountRef
from tests.connectors.hubspot.conftest import Bench, opened, watermarks
from tests.connectors.hubspot.rows import DEAL
from tests.connectors.hubspot.twisted import TWISTS, Twisted

if TYPE_CHECKING:
    from tests.connectors.hubspot.conftest import Stage

READ = ("accounts", "revenue", "pipeline", "cases", "contacts", "activities", "invoices", "owners", "flags", "rates")


def furnish(bench: Bench) -> list[str]:
    """A few records of every kind, with empty values, another currency, a parent, a merger and something in the bin."""
    portal, owner = bench.portal, bench.portal.owner("ana@firm.example", "Ana")
    portal.owner("gone@firm.example", "Gone", archived=True)
    made = [portal.create("companies", {"name": f"C{n}", "domain": f"c{n}.example", "hubspot_owner_id": owner}) for n in range(8)]
    portal.update("companies", made[1], {"hs_parent_company_id": made[0]})
    portal.exchange_rate("USD", "0.9", bench.clock.now)
    for place, one in enumerate(made):
        money = {"amount": f"{100 + place}.50", "deal_currency_code": "USD" if place % 2 else ""}
        portal.create("deals", DEAL | money | {"closedate": "2026-11-01T10:00:00Z"}, [("companies", one, (5,))])
    portal.create("tickets", {"subject": "x", "hs_pipeline_stage": "4", "hs_ticket_priority": "HIGH"}, [("companies", made[2], (26,))])
    portal.create("contacts", {"email": "a@b.example", "jobtitle": "PDG"}, [("companies", made[3], (1,))])
    portal.create("calls", {"hs_timestamp": "2026-11-20T09:00:00Z", "hs_call_duration": "60000"}, [("companies", made[3], ())])
    portal.create(
        "invoices", {"hs_currency": "EUR", "hs_amount_billed": "12.50", "hs_invoice_status": "open"}, [("companies", made[4], ())]
    )
    portal.merge("companies", made[5], made[6])
    portal.archive("companies", made[7])
    return made


TOGETHER = (
    ("ids are numbers", "ids at the other end are text", "associations have no labels"),
    ("empty values are left out", "unknown keys, empty paging and errors"),
    ("empty values are empty texts", "keys stand in another order"),
    ("values have types", "written with spaces"),
    ("cursors are closed", "pages are shorter than asked"),
    ("no quota and no date is told", "compressed"),
)
"""What one vendor does at once; the last one is nearest to the wire."""
Tables = dict[str, list[str]]


def two_pulls(bench: Bench, made: list[str]) -> tuple[Tables, Tables]:
    """The tables after a pull in full, and after the next one, before which a company was renamed and another one deleted."""
    link = bench.connect()
    since = watermarks(bench.pull(link))
    first = {name: sorted(map(str, bench.table(link, name))) for name in READ}
    bench.clock.tick(3600)
    bench.portal.update("companies", made[0], {"name": "Changed"})
    bench.portal.archive("companies", made[3])
    bench.clock.tick(60)
    assert all(one.complete for one in bench.pull(link, since).values())
    return first, {name: sorted(map(str, bench.table(link, name))) for name in READ}


@pytest.fixture(scope="module")
def plain(stage: tuple[Stage, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, Tables]:
    with opened(stage, tmp_path_factory.mktemp("plain")) as bench:
        bench.provisioned()
        found = two_pulls(bench, furnish(bench))
    assert [len(table["accounts"]) for table in found] == [6, 5]
    assert "Changed" in str(found[1]["accounts"])
    return found


def twisted(app: Any, *how: str) -> Any:
    for one in how:
        app = Twisted(app, TWISTS[one])
    return app


@pytest.mark.parametrize("how", TOGETHER, ids=" and ".join)
def test_a_vendor_that_says_it_otherwise_fills_the_same_tables(
    plain: tuple[Tables, Tables], bench: Bench, stage: tuple[Stage, str], how: tuple[str, ...]
) -> None:
    bench.provisioned()
    made = furnish(bench)
    stage[0].app = twisted(stage[0].app, *how)
    assert two_pulls(bench, made) == plain


@pytest.mark.parametrize("how", [TOGETHER[0][:1], TOGETHER[1][1:] + TOGETHER[2][1:]], ids=" and ".join)
def test_flags_are_written_and_read_back_from_a_vendor_that_says_it_otherwise(
    bench: Bench, stage: tuple[Stage, str], how: tuple[str, ...]
) -> None:
    bench.provisioned()
    made = furnish(bench)
    stage[0].app = twisted(stage[0].app, *how)
    writer = bench.connect().writer()
    changes = [SetFlags(account=AccountRef(crm="hubspot", id=one), before={}, after={"level": "watch", "index": 41.5}) for one in made[:5]]
    gone = SetFlags(account=AccountRef(crm="hubspot", id=made[7]), before={}, after={"level": "watch"})
    receipts = {receipt.change.account.id: receipt.outcome for receipt in writer.write_flags([*changes, gone])}  # type: ignore[union-attr]
    assert receipts == {**dict.fromkeys(made[:5], "applied"), made[7]: "drifted"}
    shown = writer.read_flags([*made[:5], made[7]])
    assert {one: (held["level"], held["index"]) for one, held in shown.items()} == dict.fromkeys(made[:5], ("watch", 41.5))
