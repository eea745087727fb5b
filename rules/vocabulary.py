"""The metrics that rules may name: exactly the columns that rules/metrics/*.sql yield, asked of DuckDB itself.

A list kept by hand would drift from the SQL; building the metrics over empty facts costs a moment once per process.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.expression import Kind


@cache
def documented() -> tuple[Mapping[str, Kind], Mapping[str, Kind]]:
    """Give name -> kind of the group metrics and of the portfolio metrics."""
    raise NotImplementedError
