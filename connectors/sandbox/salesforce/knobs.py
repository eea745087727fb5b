"""How this org behaves, where real orgs differ or where a test wants trouble that no single HTTP fault can make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.salesforce.store import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule of the admin that refuses a save: `when(new row, old row)` is true. A trigger that throws is one with another code."""

    object: str
    when: Callable[[Row, Row], bool]
    message: str
    code: str = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    fields: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Knobs:
    # quota
    daily_requests: int = 15_000
    long_requests: int = 0
    """Requests of others that have been running for 20 s or more; 25 of them close the door."""
    concurrent_limit: int = 25
    limit_info: Literal["plain", "app", "bursts", "absent"] = "plain"
    query_jobs_per_day: int = 10_000
    # paging
    page_size: int = 2_000
    """The most rows a page gets, whatever batchSize asks: wide rows make pages smaller."""
    child_page: int = 200
    bulk_page: int = 50_000
    locator_hours: float = 48.0
    longest_uri: int = 16_384
    longest_head: int = 24_576
    # time
    session_seconds: int = 7_200
    job_states: tuple[str, ...] = ("InProgress", "JobComplete")
    """The state of a job at the 1st, 2nd … look; the last one stays."""
    deploy_looks: int = 1
    """How many looks at a deployment say that it is still running."""
    # rights
    api_enabled: bool = True
    may_deploy: bool = True
    may_assign: bool = True
    update_inactive_owners: bool = True
    languages: set[str] = field(default_factory=lambda: {"fr"})
    """Languages that labels can be translated into."""
    locked_out: set[str] = field(default_factory=set)
    """Ids of records that sharing does not let the user change."""
    # saving
    checks: list[Check] = field(default_factory=list)
    duplicate_rules: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Object -> fields whose equality makes a new record a duplicate."""
    row_locks: dict[str, int] = field(default_factory=dict)
    """Record id -> how many more saves of it (or of its children) find it locked."""
    # oddities that were seen in the wild
    empty_bulk_body: bool = False
    approximate_counts: bool = False
