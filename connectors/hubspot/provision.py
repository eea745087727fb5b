"""Makes a portal ready: the group `equilibre`, our company properties, the key and mark on tasks. Safe to run again.

Only what is missing is made. Of an enumeration that lost some of our options, the options are put back beside those that people
added; labels that people changed stay. A property that was deleted comes back with its old values, and that is said. Where the
portal allows no unique property on tasks, a plain one is made, and duplicates are then prevented by reading a company's own tasks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Check
from connectors.failures import CrmError, Rejected
from connectors.hubspot import FLAGS, GROUP, KEY
from connectors.hubspot.fields import LABEL, PROPERTIES
from connectors.hubspot.verdicts import NoScope, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.hubspot.client import Client
    from connectors.hubspot.schema import Schema

LOOKS: Final = 4
LAG: Final = 0.5
"""How often, and with which growing pause, the definitions are read back: they lag 0.25 to 0.7 s behind."""
Definitions = dict[str, "Mapping[str, Any]"]


class HubspotProvisioner:
    """Creates and repairs definitions; its client's fence knows no record."""

    def __init__(self, client: Client, schema: Schema) -> None:
        self._client, self._schema = client, schema

    def provision(self, *, dry_run: bool) -> Iterator[Check]:
        """One line a group and property."""
        for kind, wanted in PROPERTIES.items():
            try:
                yield from self._kind(kind, wanted, dry_run=dry_run)
            except NoScope as error:
                yield Check(subject=f"{kind} properties", state="error", detail=error.told, mend=error.mend)
        self._schema.forget()

    def _kind(self, kind: str, wanted: tuple[dict[str, Any], ...], *, dry_run: bool) -> Iterator[Check]:
        yield self._group(kind, dry_run=dry_run)
        there = self._there(kind)
        lacking = [one for one in wanted if one["name"] not in there]
        deleted = {str(one["name"]) for one in self._client.definitions(kind, archived=True).results} if lacking else set()
        made = set() if dry_run else self._make_together(kind, [one for one in lacking if not one.get("hasUniqueValue")])
        for definition in wanted:
            name = str(definition["name"])
            if name in there:
                yield self._repair(kind, definition, there[name], dry_run=dry_run)
            elif name in made:
                yield _created(kind, name, restored=name in deleted)
            else:
                yield self._make(kind, definition, restored=name in deleted, dry_run=dry_run)

    def _make_together(self, kind: str, definitions: list[dict[str, Any]]) -> set[str]:
        """Make many in one request, and give those that show afterwards. The others are asked for one by one, which tells why."""
        if not definitions:
            return set()
        try:
            self._client.define_all(kind, definitions)
        except Rejected:
            return set()
        wanted = {str(one["name"]) for one in definitions}
        shown: set[str] = set()
        for look in range(LOOKS):
            if look:
                self._client.runtime.sleep(LAG * look)
            shown = wanted & self._there(kind).keys()
            if shown == wanted:
                break
        return shown

    def _there(self, kind: str) -> Definitions:
        return {str(one["name"]): one for one in self._client.definitions(kind).results if not one.get("archived")}

    # ------------------------------------------------------------ one thing at a time

    def _group(self, kind: str, *, dry_run: bool) -> Check:
        subject = f"{kind} group {GROUP}"
        if any(one.get("name") == GROUP and not one.get("archived") for one in self._client.groups(kind).results):
            return Check(subject=subject, state="ok", detail="there")
        if dry_run:
            return Check(subject=subject, state="ok", detail="would be created")
        try:
            self._client.define_group(kind, {"name": GROUP, "label": LABEL})
        except Rejected as error:
            if not _exists(error):
                return Check(subject=subject, state="error", detail=error.message, mend=f"create the property group {GROUP} by hand")
        return Check(subject=subject, state="ok", detail="created")

    def _make(self, kind: str, definition: dict[str, Any], *, restored: bool, dry_run: bool) -> Check:
        subject = f"{kind}.{definition['name']}"
        if dry_run:
            return Check(subject=subject, state="ok", detail="would be restored with its old values" if restored else "would be created")
        try:
            made = self._client.define(kind, definition).document
        except Rejected as error:
            if definition.get("hasUniqueValue"):
                there = self._there(kind).get(str(definition["name"]))  # an earlier try of ours, whose answer was lost, may have made it
                return self._repair(kind, definition, there, dry_run=False) if there else self._make_plain(kind, definition, error)
            if not _exists(error):
                return Check(subject=subject, state="error", detail=error.message, mend="create the property by hand, see docs/hubspot.md")
            made = {}
        if definition.get("hasUniqueValue") and made.get("hasUniqueValue") is False:
            detail = "created, but HubSpot left its values free to repeat"
            return Check(subject=subject, state="warning", detail=detail, mend=PLAIN)
        return _created(kind, str(definition["name"]), restored=restored)

    def _make_plain(self, kind: str, definition: dict[str, Any], refusal: CrmError) -> Check:
        """Do without uniqueness: it is set when a property is made, or never."""
        subject = f"{kind}.{definition['name']}"
        try:
            self._client.define(kind, {**definition, "hasUniqueValue": False})
        except Rejected as error:
            if not _exists(error):
                mend = "tasks will carry their key in the last line of their text"
                return Check(
                    subject=subject, state="warning", detail=f"this portal takes no property on {kind}: {error.message}", mend=mend
                )
        return Check(
            subject=subject, state="warning", detail=f"created without uniqueness, which this portal refused: {refusal.message}", mend=PLAIN
        )

    def _repair(self, kind: str, definition: dict[str, Any], now: Mapping[str, Any], *, dry_run: bool) -> Check:
        name = str(definition["name"])
        subject = f"{kind}.{name}"
        if now.get("type") != definition["type"]:
            detail = f"is of type {now.get('type')}, and {definition['type']} is needed"
            return Check(
                subject=subject, state="error", detail=detail, mend="rename or delete that property in HubSpot, then provision again"
            )
        options = _options(definition, now)
        if options is not None:
            if not dry_run:
                self._client.redefine(kind, name, {"options": options})
            return Check(subject=subject, state="ok", detail="would get its missing options" if dry_run else "got its missing options back")
        if name == KEY and not now.get("hasUniqueValue"):
            return Check(subject=subject, state="warning", detail="there, but not unique, and that cannot be changed later", mend=PLAIN)
        return Check(subject=subject, state="ok", detail="there")


def _created(kind: str, name: str, *, restored: bool) -> Check:
    subject = f"{kind}.{name}"
    if not restored:
        return Check(subject=subject, state="ok", detail="created")
    mend = "the next sync sets them anew" if name in FLAGS.values() else "look through the values that people had typed"
    return Check(subject=subject, state="warning", detail="restored; it was deleted before and brought its old values back", mend=mend)


PLAIN: Final = "nothing to do: duplicates are then prevented by reading a company's own tasks before each new one"


def _options(definition: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Give the whole list of options with ours added to what is there, for HubSpot replaces the list; None when none is missing.

    One of ours that somebody hid is shown again, because a hidden option cannot be written.
    """
    wanted = {str(one["value"]): one for one in definition.get("options", ())}
    kept = [dict(one) for one in now.get("options") or ()]
    missing = [one for value, one in wanted.items() if value not in {str(option.get("value")) for option in kept}]
    hidden = [option for option in kept if option.get("hidden") and str(option.get("value")) in wanted]
    if not missing and not hidden:
        return None
    places = [int(option.get("displayOrder") or 0) for option in kept]
    added = [{**one, "displayOrder": max(places, default=-1) + 1 + place} for place, one in enumerate(missing)]
    allowed = ("label", "value", "displayOrder", "hidden", "description")
    shown = [{key: option[key] for key in allowed if key in option and option[key] is not None} for option in kept]
    return [{**option, "hidden": bool(option.get("hidden")) and str(option["value"]) not in wanted} for option in shown] + added


def _exists(error: Rejected) -> bool:
    """Whether the refusal says that the thing is there already: somebody made it a moment ago, or our first try had."""
    return isinstance(error, Refused) and (error.refusal.status == 409 or error.refusal.category == "OBJECT_ALREADY_EXISTS")
