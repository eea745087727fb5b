from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.benches import BENCHES, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.served import Address


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, tmp_path: Path, address: Address) -> Iterator[Bench]:
    """Each CRM in turn: every promise of the contract is kept by all of them."""
    made = BENCHES[request.param](folder=tmp_path, address=address)
    yield made
    made.close()
