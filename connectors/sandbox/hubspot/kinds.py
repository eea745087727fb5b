"""The object types of a portal: ids, spellings, default properties, what a create must hold, and which scope opens them.

Standard types are fixed by the vendor (reference: object type ids, default sets, scopes); custom ones get `2-<number>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One object type. `defaults` are the properties a read returns unasked, `required` what a create must set:
    every name of one of the tuples; `scopes` is the word in `crm.objects.<word>.read`.
    """

    id: str
    name: str
    singular: str
    label: str
    defaults: tuple[str, ...]
    modified: str = "hs_lastmodifieddate"
    required: tuple[tuple[str, ...], ...] = ()
    any_of: tuple[str, ...] = ()
    searchable: tuple[str, ...] = ()
    scopes: str = ""
    legacy_scope: str | None = None
    aliases: frozenset[str] = field(default=frozenset())

    @property
    def is_custom(self) -> bool:
        return self.id.startswith("2-")

    def record_scopes(self, verb: str) -> frozenset[str]:
        """Any one of these opens the records for `verb` (read or write)."""
        wanted = {f"crm.objects.{self.scopes or self.name}.{verb}"}
        return frozenset(wanted | ({self.legacy_scope} if self.legacy_scope else set()))

    def schema_scopes(self, verb: str) -> frozenset[str]:
        """Definitions are written with the schema scope only, and read with either."""
        wanted = {f"crm.schemas.{self.scopes or self.name}.{verb}"}
        return frozenset(wanted | (self.record_scopes("read") | self.record_scopes("write") if verb == "read" else set()))


_ENGAGEMENT = ("createdate", "hs_lastmodifieddate", "hs_object_id")


def _engagement(number: int, name: str, singular: str, searchable: tuple[str, ...]) -> Kind:
    """Tasks, notes, calls, meetings and e-mails hang on the contact scopes and need a timestamp."""
    return Kind(
        id=f"0-{number}",
        name=name,
        singular=singular,
        label=name.capitalize(),
        defaults=_ENGAGEMENT,
        required=(("hs_timestamp",),),
        searchable=searchable,
        scopes="contacts",
    )


STANDARD: tuple[Kind, ...] = (
    Kind(
        id="0-1",
        name="contacts",
        singular="contact",
        label="Contacts",
        defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        modified="lastmodifieddate",
        any_of=("email", "firstname", "lastname"),
        searchable=("firstname", "lastname", "email", "phone", "company"),
    ),
    Kind(
        id="0-2",
        name="companies",
        singular="company",
        label="Companies",
        defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        any_of=("name", "domain"),
        searchable=("website", "phone", "name", "domain"),
    ),
    Kind(
        id="0-3",
        name="deals",
        singular="deal",
        label="Deals",
        defaults=("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline"),
        required=(("dealname", "dealstage"),),
        searchable=("dealname", "pipeline", "dealstage", "description", "dealtype"),
    ),
    Kind(
        id="0-5",
        name="tickets",
        singular="ticket",
        label="Tickets",
        defaults=(
            "content",
            "createdate",
            "hs_lastmodifieddate",
            "hs_object_id",
            "hs_pipeline",
            "hs_pipeline_stage",
            "hs_ticket_category",
            "hs_ticket_priority",
            "subject",
        ),
        required=(("subject", "hs_pipeline_stage"),),
        searchable=("subject", "content", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_id"),
        legacy_scope="tickets",
    ),
    Kind(
        id="0-8",
        name="line_items",
        singular="line_item",
        label="Line items",
        defaults=("amount", "createdate", "hs_lastmodifieddate", "hs_object_id", "hs_product_id", "name", "price", "quantity"),
        searchable=("name", "description", "hs_sku"),
        legacy_scope="e-commerce",
        aliases=frozenset({"line item", "line items"}),
    ),
    Kind(
        id="0-53",
        name="invoices",
        singular="invoice",
        label="Invoices",
        defaults=("createdate", "hs_lastmodifieddate", "hs_object_id"),
        required=(("hs_currency",),),
        searchable=("hs_number", "hs_title"),
    ),
    _engagement(27, "tasks", "task", ("hs_task_subject", "hs_task_body")),
    _engagement(46, "notes", "note", ("hs_note_body",)),
    _engagement(47, "meetings", "meeting", ("hs_meeting_title", "hs_meeting_body")),
    _engagement(48, "calls", "call", ("hs_call_title", "hs_call_body")),
    _engagement(49, "emails", "email", ("hs_email_subject", "hs_email_text")),
)


def custom(number: int, name: str, portal_id: int) -> Kind:
    """Make a custom object type: reached by its id, by its fully qualified name and by `p_<name>`."""
    return Kind(
        id=f"2-{number}",
        name=name,
        singular=name,
        label=name.replace("_", " ").capitalize(),
        defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
        scopes="custom",
        aliases=frozenset({f"p{portal_id}_{name}", f"p_{name}"}),
    )


class Kinds:
    """Finds an object type by any of its spellings, in any case."""

    def __init__(self) -> None:
        self._known: dict[str, Kind] = {}
        self._all: list[Kind] = []
        for kind in STANDARD:
            self.add(kind)

    def add(self, kind: Kind) -> None:
        self._all.append(kind)
        names = {kind.id, *kind.aliases} if kind.is_custom else {kind.id, kind.name, kind.singular, *kind.aliases}
        for name in names:
            self._known[name.lower()] = kind

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._all)

    def find(self, asked: str, *, bare: bool) -> Kind | None:
        """Resolve a path segment; `bare`: a custom object may also be asked for by its plain name."""
        kind = self._known.get(asked.lower())
        if kind is None and bare:
            kind = next((one for one in self._all if one.is_custom and one.name == asked.lower()), None)
        return kind
