"""How small reads are put together into calls."""

from __future__ import annotations

import pytest

from connectors.salesforce.together import MOST, MOST_QUERIES, parts


@pytest.mark.parametrize(("queries", "sizes"), [(1, [1]), (5, [5]), (6, [4, 2]), (7, [5, 2]), (10, [5, 5]), (21, [5, 5, 5, 4, 2])])
def test_queries_go_five_a_call_and_none_alone(queries, sizes):
    urls = [f"query?q={number}" for number in range(queries)]
    cut = parts(urls)
    assert [len(call) for call in cut] == sizes
    assert [url for call in cut for url in call] == urls


def test_descriptions_go_twenty_five_a_call():
    assert [len(call) for call in parts([f"sobjects/A{number}/describe" for number in range(MOST + 1)])] == [MOST - 1, 2]
    mixed = parts([*(f"query?q={number}" for number in range(MOST_QUERIES)), "sobjects", "sobjects/A/describe"])
    assert [len(call) for call in mixed] == [MOST_QUERIES + 2]
