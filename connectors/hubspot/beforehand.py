"""What a pull asks before it reads object by object, and the calls that follow from it.

    in full   the first page of the list; when it is not all, how many the index counts, and the highest id  ->  the other pages
    since     the first two hundred changes, and how many there are                                          ->  the pages after them
                                                                       both  ->  associations in thousands, the recycle bin, stages

The pull would ask all of this anyway, and asks none of it again. The index may be asked five times a second only, so it is not asked
here what a short list tells by itself. Where few calls are left it is asked alone, since the read may not begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.failures import CrmError, Denied, QuotaExhausted
from connectors.hubspot import search
from connectors.hubspot.associations import BATCH
from connectors.hubspot.verdicts import NoScope
from connectors.hubspot.wanted import Known

if TYPE_CHECKING:
    from connectors.hubspot.wanted import Wanted

A_PAGE: Final = 100
PLENTY: Final = 1000
"""Calls left at which the first page of each list is worth nothing."""


def look(pull: Wanted) -> None:
    """Ask for one object. Raises what ends the whole pull; any other failure leaves the question to the pull of the object."""
    try:
        pull.known = _asked(pull)
    except (QuotaExhausted, Denied) as error:
        if not isinstance(error, NoScope):
            raise
    except CrmError:
        return


def _asked(pull: Wanted) -> Known | None:
    if pull.is_by_marker:
        return None
    if pull.is_searched:
        page = pull.searching.ask(None)
        return Known(total=page.total, page=page)
    room = pull.client.calls.room
    first = pull.listed(pull.resolved.properties) if room is None or room >= PLENTY else None
    if first is not None and first.after is None:
        return Known(total=len(set(first.ids)), page=first, is_counted=False)
    total, highest = search.extent(pull.client, pull.resolved.kind, pull.all_filters)
    return Known(total=total, highest=highest, page=first)


def calls(pull: Wanted, held: int) -> int:
    """The calls that the pull of one object will still make. What nobody could count is taken to be as many records as are held."""
    if pull.is_by_marker:  # through the companies that we flagged, of which there are none before our properties are
        return (1 + -(-held // BATCH) + -(-held // A_PAGE)) if "eq_run" in pull.schema.definitions("companies") else 0
    known = pull.known
    rows = known.total if known is not None else held
    if pull.is_searched:
        here = len(known.page.ids) if known is not None and known.page is not None else 0
        found = -(-max(0, rows - here) // search.PAGE) + (0 if pull.fits else -(-rows // A_PAGE))
    else:
        found = max(1, -(-rows // A_PAGE)) + (-(-rows // A_PAGE) if pull.is_too_wide else 0)
        found -= known is not None and known.page is not None
    return (known is None or not known.is_counted) + found + len(pull.resolved.links) * -(-rows // BATCH) + _bin(pull, rows)


def _bin(pull: Wanted, rows: int) -> int:
    """The pages of the recycle bin: as many as the last time."""
    if not pull.looks_into_the_bin(rows):
        return 0
    return max(1, -(-len(pull.binned_before) // A_PAGE))
