"""DEP-06 (b) through the whole run: a privilege granted while the stage is repair or later is seen, and only that."""

from __future__ import annotations

import pytest

from sync.ledger import open_ledger
from tests.sync.company import Company


def equals(folder):
    made = Company(folder)
    for name in "ABCDEF":
        made.add("accounts", account_id=name, name=f"Client {name}", stage="", privileges="", parent_id="")
        made.add("revenue", line_id=name, account_id=name, date="2026-03-15", amount="20000", kind="invoice", currency="EUR")
    entered(made, "A", stage="repair", privileges="rush")
    return made


@pytest.fixture
def company(tmp_path):
    """Clients of equal weight, one of them in repair with one privilege."""
    return equals(tmp_path)


def entered(company, account, **columns):
    next(row for row in company.tables["accounts"] if row["account_id"] == account).update(columns)


def levels(company, day):
    company.sync(day)
    return company.levels("DEP-06")


def held(company):
    ledger = open_ledger(company.config.ledger_url)
    found = ledger.privileges_held()
    ledger.engine.dispose()
    return {one.account: (one.since.isoformat(), len(one.codes)) for one in found}


@pytest.fixture(scope="module")
def two_days(tmp_path_factory):
    """A: granted one in repair. B: comes into the last round with what it has. C: a person. D: words, erased on the second day."""
    made = equals(tmp_path_factory.mktemp("two-days"))
    for row in made.tables["accounts"]:
        row["is_person"] = "true" if row["account_id"] == "C" else ""
    entered(made, "B", stage="watch", privileges="rush")
    entered(made, "C", stage="repair", privileges="rush")
    entered(made, "D", stage="repair", privileges="a word about Mrs Planted")
    seen = [(levels(made, "2026-06-01"), held(made))]
    ledger = b"".join(file.read_bytes() for file in (made.folder / "var").glob("ledger*"))
    entered(made, "A", privileges="price; Rush ;")
    entered(made, "B", stage="last_round", privileges="rush;terms")
    made.tables["accounts"] = [row for row in made.tables["accounts"] if row["account_id"] != "D"]
    made.sync("2026-06-02", full=True)
    seen.append((made.levels("DEP-06"), held(made)))
    return made, seen, ledger


def test_a_privilege_granted_in_repair_is_watch_and_says_since_when(two_days):
    company, seen, _ = two_days
    assert [found.get("A") for found, _ in seen] == [None, "watch"]
    (finding,) = company.findings(rule="DEP-06")["findings"]
    assert (finding["value"], finding["evidence"]) == (1, [{"crm": "files", "object": "accounts", "id": "A"}])
    assert finding["explanation"]["en"].startswith(
        "1 privilege was granted since the stage became repair or later (compared with 2026-06-01)"
    )
    assert finding["explanation"]["fr"].startswith("1 privilège a été accordé depuis le passage à l'étape Réparation ou au-delà")


@pytest.mark.exhaustive
def test_one_taken_back_and_another_given_is_a_new_one(company):
    levels(company, "2026-06-01")
    entered(company, "A", privileges="price")
    assert levels(company, "2026-06-02") == {"A": "watch"}


def test_what_was_granted_before_repair_counts_not(two_days):
    (_, before), (found, after) = two_days[1]
    assert "B" not in before
    assert "B" not in found
    assert after["B"] == ("2026-06-02", 2)


@pytest.mark.exhaustive
def test_back_in_watch_it_is_forgotten_and_a_new_repair_starts_anew(company):
    levels(company, "2026-06-01")
    entered(company, "A", stage="watch")
    levels(company, "2026-06-02")
    assert held(company) == {}
    entered(company, "A", stage="repair", privileges="rush;price")
    assert levels(company, "2026-06-03") == {}


@pytest.mark.exhaustive
def test_an_account_that_joins_the_group_brings_what_it_has(company):
    entered(company, "A", privileges="")
    entered(company, "B", privileges="price")
    levels(company, "2026-06-01")
    entered(company, "B", parent_id="A")
    assert levels(company, "2026-06-02") == {}
    entered(company, "B", privileges="price;gift")
    assert levels(company, "2026-06-03") == {"A": "watch"}


def test_a_field_that_was_never_there_is_noted_when_it_appears_not_as_a_grant(company):
    for row in company.tables["accounts"]:
        row["kept"] = row.pop("privileges")
    company.sync("2026-06-01")
    assert held(company) == {}
    for row in company.tables["accounts"]:
        row["privileges"] = row.pop("kept")
    assert levels(company, "2026-06-02") == {}
    assert held(company) == {"A": ("2026-06-02", 1)}


def test_a_dry_run_compares_and_notes_nothing(company):
    company.sync("2026-06-01", dry_run=True)
    assert held(company) == {}
    company.sync("2026-06-02")
    entered(company, "A", privileges="rush;price")
    company.sync("2026-06-03", dry_run=True)
    assert company.levels("DEP-06", run="last") == {"A": "watch"}
    assert held(company) == {"A": ("2026-06-02", 1)}


def test_the_words_that_people_typed_are_not_in_the_ledger(two_days):
    _, seen, ledger = two_days
    assert seen[0][1]["D"] == ("2026-06-01", 1)
    assert b"Planted" not in ledger


def test_natural_persons_and_erased_accounts_are_not_remembered(two_days):
    (_, before), (_, after) = two_days[1]
    assert set(before) == {"A", "D"}
    assert set(after) == {"A", "B"}
