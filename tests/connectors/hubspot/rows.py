"""Records that the tests of the pull enter, and what the mirror shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.hubspot.tables import canonical

if TYPE_CHECKING:
    from tests.connectors.hubspot.conftest import Bench


DEAL = {"dealname": "x", "dealstage": "closedwon", "pipeline": "default", "amount": "10"}


def companies(bench: Bench, count: int) -> list[str]:
    return [bench.portal.create("companies", {"name": f"C{index}"}) for index in range(count)]


def names(bench: Bench) -> set[str | None]:
    return {row["name"] for row in bench.mirror.rows("SELECT name FROM raw_hubspot.companies WHERE archived <> 'true'")}


def many_properties(bench: Bench) -> dict[str, dict[str, str]]:
    """Define two hundred company properties with long names and give the configuration that wants them all."""
    wanted = [f"a_rather_long_property_name_number_{index:03d}" for index in range(200)]
    bench.portal.define("companies", dict.fromkeys(wanted, "string"))
    columns = [name for name in canonical()["accounts"] if name not in {"source", "account_id"}]
    return {f"part{part}": {"object": "companies", **dict(zip(columns, wanted[part * 30 :], strict=False))} for part in range(7)}
