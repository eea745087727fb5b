"""What the connectors share of text scanning: the switch with the lexicons, and the rows that leave instead of the messages.

    vendor's page in memory -> Message -> rules.language -> Findings.add -> CSV of incident rows -> Landed -> table `incidents`

A text stays in the variable of the page that brought it; nothing here writes, logs or raises one. A row names its message by a hash
(`message`), which is the key of the stream: when a message comes again, what was said of it before is replaced, and when nothing is
found in it any more, or it was deleted, an empty row takes that back.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.contract import Stream
from rules.language import Detector, builtin, load
from rules.language.scan import ID_DIGITS, incident_id, incidents

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from rules.language.scan import Incident, Message

SUFFIX: Final = "_incidents"
"""Ends the name of every stream that messages became, so that they can be forgotten when scanning is switched off."""
COLUMNS: Final = ("message", "message_id", "case_id", "account_id", "occurred_at", "direction", "category", "confirmed")
HASHED: Final = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}(-\w+)?")
KEPT: Final = COLUMNS[1:]
"""The columns of `incidents` that a row fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Text scanning is on. Messages sent before `since` are not read; `cases` says whether the texts of cases and tickets are.

    `mark` changes with the lexicons, and then everything is read again.
    """

    detector: Detector
    since: datetime
    mark: str
    cases: bool = False

    @classmethod
    def of(cls, lexicons: Iterable[Path], since: datetime, *, cases: bool = False) -> Scan:
        """Read the lexicons. Raises LexiconError for one that cannot be used, OSError for one that cannot be read."""
        own = tuple(lexicons)
        lexicon = load(own) if own else builtin()
        texts = [f"{name}={version}".encode() for name, version in sorted(lexicon.versions.items())]
        digest = hashlib.sha256(b"\n".join([*texts, *(path.read_bytes() for path in own)])).hexdigest()
        return cls(detector=Detector(lexicon), since=since, mark=digest[:12], cases=cases)

    def found(self, message: Message, names: tuple[str, ...] = ()) -> list[Incident]:
        """Classify one message; `names` of accounts and people in it insult nobody."""
        return list(incidents([message], tuple(name for name in names if name), self.detector))


@dataclass(slots=True)
class Findings:
    """The file of incident rows of one stream. `messages` counts what was read, `rows` what is landed."""

    path: Path
    messages: int = 0
    rows: int = 0
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._put([COLUMNS])

    def add(self, message_id: str, found: Iterable[Incident], *, takes_back: bool = True) -> None:
        """Keep what was found in one message. `takes_back`: say too that nothing was, since something may have been said before."""
        message = incident_id(message_id, "none").partition("-")[0]
        if message in self._seen:
            return
        self._seen.add(message)
        self.messages += 1
        rows = [(message, *("" if cell is None else _cell(cell) for cell in astuple(one))) for one in found]
        if not rows and takes_back:
            rows = [(message, *("" for _ in KEPT))]
        self.rows += len(rows)
        self._put(rows)

    def _put(self, rows: Iterable[tuple[str, ...]]) -> None:
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)


def stream(name: str) -> Stream:
    """Name the stream of incidents that come from the messages of one object."""
    return Stream(name=f"{name}{SUFFIX}", columns=COLUMNS, key=("message",))


def relation() -> str:
    """Give the DuckDB SELECT that reads the files of Findings."""
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    options = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = ''"
    return f"SELECT {', '.join(COLUMNS)} FROM read_csv({{files}}, {options}, columns = {{{types}}})"


def is_hash(record_id: str) -> bool:
    """Tell the id of an incident that a message became: no page of a CRM opens it."""
    return HASHED.fullmatch(record_id) is not None


def together(people: str | None, messages: str) -> str:
    """Join what people entered (None: nothing) and what messages became. Where both name one incident, people are right."""
    if people is None:
        return messages
    return f"""WITH entered AS (
{people}
), found AS (
{messages}
)
SELECT * FROM entered
UNION ALL BY NAME
SELECT * FROM found WHERE NOT EXISTS (SELECT 1 FROM entered WHERE entered.message_id = found.message_id)"""


def _cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
