"""Who is one client, and who belongs to whom."""

from __future__ import annotations

import pytest

from tests.rules.metrics.world import World

AS_OF = "2026-06-30"
SF = "001000000000001AAA"


def crms(**columns: dict[str, dict[str, object]]) -> World:
    """Build accounts by CRM: crms(salesforce={"S1": {...}}, hubspot={...})."""
    world = World()
    for source, accounts in columns.items():
        for account, fields in accounts.items():
            world.add("accounts", source=source, account_id=account, **fields)
    return world


def test_an_account_alone_is_its_own_group() -> None:
    world = World("A", "B").at(AS_OF)
    assert world.members == {"files:A": "files:A", "files:B": "files:B"}


@pytest.mark.parametrize("reference", [f"salesforce:{SF}", f"salesforce:{SF[:15]}", SF, SF[:15]])
def test_a_typed_link_joins_accounts_of_two_crms_in_every_spelling(reference: str) -> None:
    world = crms(salesforce={SF: {}}, hubspot={"9": {"same_as": reference}}).at(AS_OF)
    assert world.members["hubspot:9"] == f"salesforce:{SF}"


def test_identity_chains_run_through_three_crms() -> None:
    world = crms(salesforce={"S": {}}, hubspot={"H": {"same_as": "salesforce:S"}}, files={"F": {"same_as": "hubspot:H"}}).at(AS_OF)
    assert set(world.members.values()) == {"salesforce:S"}


def test_a_chain_may_mix_link_registration_and_domain() -> None:
    world = crms(
        salesforce={"S": {"registration_id": "303 265 045"}},
        hubspot={"H": {"registration_id": "FR40303265045", "domain": "acme.fr"}},
        files={"F": {"domain": "https://www.Acme.fr/contact"}},
    ).at(AS_OF)
    assert set(world.members.values()) == {"salesforce:S"}


@pytest.mark.parametrize("number", ["303265045", "303 265 045", "SIREN 303.265.045", "FR 40 303265045", "303 265 045 00012"])
def test_french_numbers_meet_at_the_siren(number: str) -> None:
    world = crms(salesforce={"S": {"registration_id": "303265045"}}, hubspot={"H": {"registration_id": number}}).at(AS_OF)
    assert world.members["hubspot:H"] == "salesforce:S"


def test_fourteen_digits_abroad_are_not_a_siret() -> None:
    world = crms(
        salesforce={"S": {"registration_id": "303265045"}}, hubspot={"H": {"registration_id": "30326504500012", "country": "BR"}}
    ).at(AS_OF)
    assert world.members["hubspot:H"] == "hubspot:H"


@pytest.mark.parametrize("number", ["n/a", "0000000000", "12345", "-"])
def test_placeholder_numbers_join_nobody(number: str) -> None:
    world = crms(salesforce={"S": {"registration_id": number}}, hubspot={"H": {"registration_id": number}}).at(AS_OF)
    assert world.members["hubspot:H"] == "hubspot:H"


@pytest.mark.parametrize("domain", ["gmail.com", "orange.fr", "linkedin.com/company/acme", "https://www.facebook.com/acme", "localhost"])
def test_public_domains_join_nobody(domain: str) -> None:
    world = crms(salesforce={"S": {"domain": domain}}, hubspot={"H": {"domain": domain}}).at(AS_OF)
    assert world.members["hubspot:H"] == "hubspot:H"


def test_equal_names_join_nobody() -> None:
    world = crms(salesforce={"S": {"name": "Acme"}}, hubspot={"H": {"name": "Acme"}}).at(AS_OF)
    assert world.members["hubspot:H"] == "hubspot:H"


def test_one_crm_never_joins_its_own_accounts() -> None:
    world = crms(
        hubspot={"1": {"domain": "acme.fr", "registration_id": "303265045"}, "2": {"domain": "acme.fr", "registration_id": "303265045"}}
    ).at(AS_OF)
    assert world.members == {"hubspot:1": "hubspot:1", "hubspot:2": "hubspot:2"}


def test_a_domain_of_two_accounts_of_one_crm_is_refused_and_listed() -> None:
    world = crms(salesforce={"S": {"domain": "acme.fr"}}, hubspot={"1": {"domain": "acme.fr"}, "2": {"domain": "acme.fr"}}).at(AS_OF)
    assert world.members == {"salesforce:S": "salesforce:S", "hubspot:1": "hubspot:1", "hubspot:2": "hubspot:2"}
    assert {record for _, record in world.diagnosed("DQ-12")} == {"S", "1", "2"}


def test_a_typed_link_wins_over_a_shared_domain() -> None:
    world = crms(
        salesforce={"S1": {"domain": "acme.fr"}, "S2": {"domain": "acme.fr"}},
        hubspot={"H": {"domain": "acme.fr", "same_as": "salesforce:S2"}},
    ).at(AS_OF)
    assert world.members["hubspot:H"] == "salesforce:S2"
    assert world.diagnosed("DQ-12") == set()


def test_keys_that_would_tear_an_account_between_two_clients_join_neither() -> None:
    world = crms(
        salesforce={"S": {"registration_id": "303265045", "domain": "one.fr"}},
        hubspot={"H": {"registration_id": "303265045", "domain": "two.fr"}},
        files={"F1": {"domain": "one.fr"}, "F2": {"domain": "two.fr"}},
    ).at(AS_OF)
    assert world.members == {"salesforce:S": "salesforce:S", "hubspot:H": "salesforce:S", "files:F1": "files:F1", "files:F2": "files:F2"}
    assert {record for _, record in world.diagnosed("DQ-12")} == {"S", "H", "F1", "F2"}


def test_a_typed_link_to_nowhere_is_listed_unless_that_crm_is_not_read() -> None:
    world = crms(salesforce={"S": {}}, hubspot={"1": {"same_as": "salesforce:gone"}, "2": {"same_as": "files:F"}}).at(AS_OF)
    assert {record for _, record in world.diagnosed("DQ-12")} == {"1"}


def test_the_ultimate_parent_names_the_group() -> None:
    world = crms(files={"top": {}, "mid": {"parent_id": "top"}, "low": {"parent_id": "mid"}}).at(AS_OF)
    assert set(world.members.values()) == {"files:top"}


def test_the_group_is_named_by_the_first_crm_that_knows_the_parent() -> None:
    world = crms(
        salesforce={"child": {}},
        hubspot={"parent": {"domain": "top.fr"}, "c": {"parent_id": "parent", "same_as": "salesforce:child"}},
        files={"p": {"domain": "top.fr"}},
    ).at(AS_OF)
    assert set(world.members.values()) == {"hubspot:parent"}


def test_parents_that_two_crms_dispute_follow_the_first_and_are_listed() -> None:
    world = crms(
        salesforce={"P": {}, "S": {"parent_id": "P"}},
        hubspot={"Q": {}, "H": {"parent_id": "Q", "same_as": "salesforce:S"}},
    ).at(AS_OF)
    assert world.members["hubspot:H"] == "salesforce:P"
    assert world.members["hubspot:Q"] == "hubspot:Q"
    assert {record for _, record in world.diagnosed("DQ-12")} == {"S", "H"}


def test_an_orphan_is_its_own_group_and_listed() -> None:
    world = crms(files={"A": {"parent_id": "gone"}}).at(AS_OF)
    assert world.members == {"files:A": "files:A"}
    assert world.diagnosed("DQ-05") == {("files:A", "A")}


def test_an_account_that_is_its_own_parent_is_a_cycle_of_one() -> None:
    world = crms(files={"A": {"parent_id": "A"}, "B": {"parent_id": "A"}}).at(AS_OF)
    assert world.members == {"files:A": "files:A", "files:B": "files:A"}
    assert world.diagnosed("DQ-04") == {("files:A", "A")}


def test_each_member_of_a_cycle_is_its_own_group_and_descendants_stay_with_their_member() -> None:
    parents = {"A": "C", "B": "A", "C": "B", "x": "A", "y": "x", "z": "C", "free": "y"}
    world = crms(files={account: {"parent_id": parent} for account, parent in parents.items()}).at(AS_OF)
    assert world.members == {
        "files:A": "files:A", "files:B": "files:B", "files:C": "files:C",
        "files:x": "files:A", "files:y": "files:A", "files:z": "files:C", "files:free": "files:A",
    }  # fmt: skip
    assert {record for _, record in world.diagnosed("DQ-04")} == {"A", "B", "C"}


@pytest.mark.parametrize("size", [2, 3, 31, 64])
def test_long_rings_are_torn_whole(size: int) -> None:
    ring = {f"r{n}": {"parent_id": f"r{(n + 1) % size}"} for n in range(size)}
    tails = {f"t{n}": {"parent_id": f"r{n}"} for n in range(size)}
    world = crms(files=ring | tails).at(AS_OF)
    assert all(world.members[f"files:r{n}"] == world.members[f"files:t{n}"] == f"files:r{n}" for n in range(size))


def test_a_long_chain_ends_at_its_root() -> None:
    world = crms(files={"n0": {}} | {f"n{n}": {"parent_id": f"n{n - 1}"} for n in range(1, 100)}).at(AS_OF)
    assert set(world.members.values()) == {"files:n0"}


def test_people_get_no_row_but_their_revenue_counts() -> None:
    world = World("A")
    world.add("accounts", account_id="P", is_person=True)
    world.line("A", "2026-01-01", 100).line("P", "2026-01-01", 300).at(AS_OF)
    assert world.of("share") == {"A": 0.25}
    assert world.portfolio["positive_total"] == 400
    assert world.portfolio["active_customers"] == 2
    assert world.members["files:P"] == "files:P"


def test_people_never_belong_to_a_companys_group() -> None:
    world = crms(files={"top": {}, "person": {"parent_id": "top", "is_person": True}, "firm": {"parent_id": "person"}}).at(AS_OF)
    assert world.members == {"files:top": "files:top", "files:person": "files:person", "files:firm": "files:firm"}


def test_a_person_in_one_crm_is_a_person_in_all() -> None:
    world = crms(salesforce={"S": {"is_person": True}}, hubspot={"H": {"same_as": "salesforce:S"}}).at(AS_OF)
    assert world.con.execute("SELECT bool_and(is_person_group) FROM members").fetchone() == (True,)
    assert world.con.execute("SELECT count(*) FROM group_metrics").fetchone() == (0,)


def test_people_that_are_switched_on_are_measured_except_for_behaviour() -> None:
    world = World("A")
    world.add("accounts", account_id="P", is_person=True).line("P", "2026-01-01", 300)
    world.add("incidents", account_id="P", occurred_at="2026-06-01", category="threat", confirmed=True)
    world.add("cases", account_id="P", opened_at="2026-06-01", closed_at="2026-06-02", category="public_complaint")
    found = world.at(AS_OF, person_accounts=True).group("P")
    assert found["share"] == 1.0
    assert found["hostility_index"] is found["leave_threats_12m"] is found["public_complaints_12m"] is found["severe_incidents_30d"] is None
    assert world.con.execute("SELECT count(*) FROM serious_incidents").fetchone() == (0,)
    assert world.group("A")["hostility_index"] == 0


def test_files_may_call_an_account_by_its_id_in_another_crm() -> None:
    world = crms(salesforce={SF: {}}, hubspot={"42": {}})
    world.line(SF, "2026-01-01", 1).line(f"salesforce:{SF}", "2026-01-01", 2).line(SF[:15], "2026-01-01", 4)
    world.line("42", "2026-01-01", 8).line("hubspot:42", "2026-01-01", 16).at(AS_OF)
    assert world.group(f"salesforce:{SF}")["net_revenue"] == 7
    assert world.group("hubspot:42")["net_revenue"] == 24
    assert world.diagnosed("DQ-10") == set()


def test_an_id_that_fits_accounts_of_two_crms_means_neither() -> None:
    world = crms(salesforce={"7": {}}, hubspot={"7": {}})
    world.line("7", "2026-01-01", 5, line_id="l").at(AS_OF)
    assert world.of("net_revenue") == {"7": 0}
    assert world.diagnosed("DQ-10") == {(None, "l")}


def test_an_account_of_the_file_itself_wins_over_one_elsewhere() -> None:
    world = crms(salesforce={"7": {}}, files={"7": {}})
    world.line("7", "2026-01-01", 5).at(AS_OF)
    assert world.group("files:7")["net_revenue"] == 5
    assert world.group("salesforce:7")["net_revenue"] == 0


def test_a_file_may_name_a_parent_in_another_crm() -> None:
    world = crms(salesforce={SF: {}}, files={"F": {"parent_id": f"salesforce:{SF[:15]}"}}).at(AS_OF)
    assert world.members["files:F"] == f"salesforce:{SF}"
    assert world.diagnosed("DQ-05") == set()
