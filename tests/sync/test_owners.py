"""Who gets a task, and how the configuration may name them."""

import pytest

from sync.owners import Directory, Owner


def owner(id_, **given):
    return Owner(**{"id": id_, "email": None, "manager_id": None, "active": True, **given})


ANA = owner("005AB00000C1dEfGHI", email="Ana@acme.example")
IDS = {ANA.id: ANA, "005AB00000C1DEFXYZ": owner("005AB00000C1DEFXYZ"), "17": owner("17")}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("005AB00000C1dEfGHI", ANA),
        ("005AB00000C1dEf", ANA),
        ("005AB00000C1def", None),
        ("ana@ACME.example", ANA),
        ("17", IDS["17"]),
        ("1", None),
        ("", None),
    ],
)
def test_a_person_is_named_by_an_id_of_15_or_18_characters_or_by_an_address(name, found):
    assert Directory(owners=IDS, roles={}, default=name).route("owner", None) == found


def test_an_id_of_18_characters_meets_a_list_of_short_ones():
    short = owner("005AB00000C1dEf")
    assert Directory(owners={short.id: short}, roles={}, default=ANA.id).route("owner", None) == short


def test_whoever_left_is_passed_over_for_their_manager_and_a_ring_of_managers_ends():
    boss = owner("b", manager_id="a")
    gone = owner("a", active=False, manager_id="b")
    assert Directory(owners={"a": gone, "b": boss}, roles={}).route("owner", "a") == boss
    left = owner("b", active=False, manager_id="a")
    assert Directory(owners={"a": gone, "b": left}, roles={}).route("owner", "a") is None
