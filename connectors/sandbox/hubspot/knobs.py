"""How this portal behaves where portals differ, where the vendor lags, and where no one knows for sure.

Change them on `portal.knobs` at any time. The defaults are a quiet Professional portal; each test turns what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True, kw_only=True)
class Knobs:
    search_lag: float = 0.0
    """Seconds until the search index shows a change made over HTTP or by a timeless portal call. Seeds with a time are indexed at once."""
    definition_lag: float = 0.0
    """Seconds until a new property can be read and written (observed: 0.25 to 0.7)."""
    unique_refused: set[str] = field(default_factory=set)
    """Object types (tasks) on which the portal refuses properties with hasUniqueValue."""
    id_order: Literal["numeric", "text"] = "numeric"
    """How search compares and sorts hs_object_id. Not documented; a sound client survives both."""
    required: dict[str, set[str]] = field(default_factory=dict)
    """Object type -> properties that validation rules of the portal's admins require; since September 2026 they hold for API writes too."""
    ten_seconds: int | None = 190
    search_second: int | None = 5
    daily: int | None = 625_000
    """Requests per rolling ten seconds and per day of the portal's time zone for private apps; searches per second. None: no limit."""
    association_page: int = 500
    """Associations per input of a batch read before it pages."""
    association_bumps_modified: bool = False
    """Whether an association change moves hs_lastmodifieddate. Not documented."""
    restore_bumps_modified: bool = False
    """Whether taking a record out of the recycle bin moves hs_lastmodifieddate. Not documented; a sound client does without."""
    merge_makes_new_id: bool = False
    """Whether a merge gives the survivor a new id, as accounts without primary id preservation do."""
    whole_batch_refused: bool = False
    """Refuse a whole batch for one bad value although every input has an objectWriteTraceId."""
    bare_custom_names: bool = True
    """Accept the plain name of a custom object in paths. Live portals were seen to refuse it in some."""
