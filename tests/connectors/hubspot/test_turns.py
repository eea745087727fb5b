"""Long lists one after another: in their order, and never waiting for one that does not come."""

from __future__ import annotations

import threading

from connectors.hubspot.turns import Turns


def came(turns: Turns, *kinds: str, stop: threading.Event | None = None) -> tuple[list[str], list[threading.Thread]]:
    """Let objects come in this order, each reading as soon as it may; gives the order in which they read."""
    read: list[str] = []

    def reading(kind: str) -> None:
        turns.take(kind, (stop or threading.Event()).is_set)
        read.append(kind)

    threads = [threading.Thread(target=reading, args=(kind,), daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    return read, threads


def test_they_read_in_their_order_whoever_comes_first() -> None:
    turns = Turns(["companies", "deals"])
    read, (deals, companies) = came(turns, "deals", "companies")
    companies.join(20)
    assert read == ["companies"]
    turns.leave("companies")
    deals.join(20)
    assert read == ["companies", "deals"]


def test_one_that_leaves_unread_is_not_waited_for() -> None:
    turns = Turns(["companies", "deals"])
    read, (deals,) = came(turns, "deals")
    turns.leave("companies")
    deals.join(20)
    assert read == ["deals"]


def test_one_that_nobody_foresaw_reads_when_nobody_else_does() -> None:
    turns = Turns(["companies"])
    turns.take("companies", lambda: False)
    read, (widgets,) = came(turns, "widgets")
    assert read == []
    turns.leave("companies")
    turns.leave("companies")
    widgets.join(20)
    assert read == ["widgets"]


def test_a_run_that_is_told_to_end_waits_for_nobody() -> None:
    stop = threading.Event()
    read, (deals,) = came(Turns(["companies", "deals"]), "deals", stop=stop)
    stop.set()
    deals.join(20)
    assert read == ["deals"]
