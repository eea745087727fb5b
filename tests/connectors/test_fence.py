"""Nothing passes the fence that no rule allows, however it is spelled."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.failures import CrmError
from connectors.fence import ANYTHING, SCALAR, Csv, Fence, FenceBreach, Form, Needs, Rule

FIELDS = frozenset({"eq_level", "eq_run"})
RULES = (
    Rule(method="GET", path=r"/objects/[a-z]+", query=None),
    Rule(method="POST", path=r"/objects/[a-z]+/search", body=ANYTHING),
    Rule(
        method="POST",
        path=r"/objects/companies/update",
        body={"inputs": [{"id": re.compile(r"\d{1,20}"), "properties": dict.fromkeys(FIELDS, SCALAR), "kind": frozenset({"flag"})}]},
        query=frozenset({"dry"}),
        writes=True,
    ),
    Rule(method="POST", path=r"/token", body=Form({"grant_type": frozenset({"refresh_token"}), "secret": SCALAR})),
    Rule(method="PUT", path=r"/jobs/\d+/batches", body=Csv(frozenset({"Id", "eq_level"})), writes=True),
)
fence = Fence("crm", RULES)
UPDATE = "/objects/companies/update"


def update(**properties: object) -> dict[str, object]:
    return {"inputs": [{"id": "1", "properties": properties}]}


def refused(method: str, path: str, body: object = None) -> str:
    with pytest.raises(FenceBreach) as caught:
        fence.check(method, path, body)
    return caught.value.message


def test_a_listed_write_passes_and_counts_as_a_write() -> None:
    assert fence.check("POST", UPDATE, update(eq_level="watch", eq_run=None)).writes


def test_a_read_by_post_passes_whatever_it_asks_and_counts_as_a_read() -> None:
    assert not fence.check("POST", "/objects/deals/search", {"filterGroups": [{"filters": []}]}).writes


def test_one_foreign_field_stops_the_whole_batch() -> None:
    body = {"inputs": [{"id": str(index), "properties": {"eq_level": "watch"}} for index in range(99)]}
    body["inputs"].append({"id": "99", "properties": {"eq_level": "watch", "name": "x"}})
    assert "properties.name" in refused("POST", UPDATE, body)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "post", "Post", "OPTIONS", ""])
def test_another_verb_on_an_allowed_path_is_refused(method: str) -> None:
    assert refused(method, UPDATE, update(eq_level="watch"))


@pytest.mark.parametrize(
    "path",
    [
        "/objects/companies/update/",
        "//objects/companies/update",
        "/objects/companies/../companies/update",
        "/objects/companies%2Fupdate",
        "/objects/companies/%75pdate",
        "/objects/companies/update%3Fdry",
        "/objects/companies/update\n",
        "/objects/companies\\update",
        "objects/companies/update",
        "https://evil.example/objects/companies/update",
        "//evil.example/objects/companies/update",
        "/objects/companies/update#x",
        "/objects/companies/update#",
        "//[",
        "/x/objects/companies/update",
        "",
    ],
)
def test_another_spelling_of_an_allowed_path_is_refused(path: str) -> None:
    assert refused("POST", path, update(eq_level="watch"))


def test_a_record_without_what_says_that_it_is_ours_is_refused() -> None:
    rule = Rule(method="PATCH", path="/tasks", body={"records": [Needs({"key": SCALAR, "text": SCALAR}, frozenset({"key"}))]}, writes=True)
    fence = Fence("crm", [rule])
    assert fence.check("PATCH", "/tasks", {"records": [{"key": "1", "text": "x"}]}) is rule
    for record in ({"text": "x"}, {"key": "1", "other": "x"}, "key", None):
        with pytest.raises(FenceBreach):
            fence.check("PATCH", "/tasks", {"records": [record]})


def test_a_query_parameter_that_is_not_listed_is_refused_on_a_write() -> None:
    assert fence.check("POST", f"{UPDATE}?dry=true", update(eq_level="watch"))
    assert "idProperty" in refused("POST", f"{UPDATE}?idProperty=domain", update(eq_level="watch"))


@pytest.mark.parametrize("name", ["_HttpMethod", "_httpmethod", "_HttpMethod[]"])
def test_a_verb_hidden_in_the_query_is_refused_even_on_a_read(name: str) -> None:
    assert "verb" in refused("GET", f"/objects/companies?{name}=PATCH")


def test_a_key_that_stands_twice_is_refused_because_parsers_choose_differently() -> None:
    raw = b'{"inputs": [{"id": "1", "properties": {"name": "x"}, "properties": {"eq_level": "watch"}}]}'
    assert "twice" in refused("POST", UPDATE, raw)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe{}", b"[]", b'"text"', b"1", b"null", json.dumps(update(eq_level={"a": 1})).encode()])
def test_a_body_that_is_not_of_the_shape_is_refused(raw: bytes) -> None:
    assert refused("POST", UPDATE, raw)


@pytest.mark.parametrize("identity", ["", "1/2", "1?idProperty=x", 1, None, "1" * 21])
def test_a_value_outside_its_pattern_is_refused(identity: object) -> None:
    assert refused("POST", UPDATE, {"inputs": [{"id": identity, "properties": {}}]})


def test_a_form_may_only_hold_its_names_and_values() -> None:
    assert fence.check("POST", "/token", "grant_type=refresh_token&secret=abc")
    assert refused("POST", "/token", "grant_type=password&secret=abc")
    assert refused("POST", "/token", "grant_type=refresh_token&scope=all")
    assert refused("POST", "/token", "grant_type=refresh_token&grant_type=refresh_token")


def test_a_bulk_csv_may_only_hold_its_columns() -> None:
    assert fence.check("PUT", "/jobs/7/batches", b"Id,eq_level\r\n1,watch\r\n").writes
    assert "Name" in refused("PUT", "/jobs/7/batches", 'Id,"Name"\n1,x\n')
    assert refused("PUT", "/jobs/7/batches", b"")


def test_a_body_is_refused_where_none_is_allowed() -> None:
    assert refused("GET", "/objects/companies", b"{}")


def test_the_message_names_the_key_but_never_a_value() -> None:
    message = refused("POST", UPDATE, update(**{"nom du client": "Madame Dupont", "eq_level": "watch"}))
    assert "Dupont" not in message
    assert "nom du client" not in message


def test_a_breach_is_an_error_of_the_crm_tree_so_that_one_run_reports_it() -> None:
    assert issubclass(FenceBreach, CrmError)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["inputs", "id", "properties", "kind", "eq_level", "eq_run", "name"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def _allowed(body: object) -> bool:
    """The same rule said another way, for the fuzz to compare with."""
    if not isinstance(body, dict) or set(body) - {"inputs"}:
        return False
    rows = body.get("inputs", [])
    return isinstance(rows, list) and all(_allowed_row(row) for row in rows)


def _allowed_row(row: object) -> bool:
    if not isinstance(row, dict) or set(row) - {"id", "properties", "kind"}:
        return False
    properties = row.get("properties", {})
    plain = (
        isinstance(properties, dict)
        and not set(properties) - FIELDS
        and not any(isinstance(one, (dict, list)) for one in properties.values())
    )
    named = "id" not in row or (isinstance(row["id"], str) and re.fullmatch(r"\d{1,20}", row["id"]) is not None)
    return plain and named and row.get("kind", "flag") == "flag"


@given(body=JSON, as_bytes=st.booleans())
def test_no_body_outside_the_shape_passes(body: object, as_bytes: bool) -> None:
    sent = json.dumps(body).encode() if as_bytes else body
    if _allowed(body):
        assert fence.check("POST", UPDATE, sent).writes
    else:
        assert refused("POST", UPDATE, sent)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
    path=st.text(alphabet="/abcdefghijobectscompaniesupdate.%?#;&=2Fe_", max_size=40).map(lambda text: f"/objects/{text}"),
)
def test_no_path_outside_the_rules_passes(method: str, path: str) -> None:
    known = {"GET": r"/objects/[a-z]+(\?.*)?", "POST": r"/objects/[a-z]+/search\??"}
    if re.fullmatch(known.get(method, r"(?!)"), path) and "%" not in path.partition("?")[0] and "#" not in path:
        return
    assert refused(method, path, {"any": "thing"} if method == "POST" else None)
