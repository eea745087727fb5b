"""Associations between records: which types exist between two object types, and who is associated with whom.

Every association is kept from both sides, each side with its own type id, as the vendor does. A labelled type (Primary) always
stands beside the plain one. A record has one primary company and one parent: setting another demotes the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connectors.sandbox.hubspot.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkType:
    """One direction of an association type. `only_one`: a record of the `start` type has at most one such association."""

    id: int
    start: str
    end: str
    inverse: int
    name: str
    label: str | None = None
    category: str = "HUBSPOT_DEFINED"
    only_one: bool = False

    def as_spec(self) -> dict[str, Any]:
        return {"category": self.category, "typeId": self.id, "label": self.label}


# start, end, id forward, id backward, label; the plain type of a pair comes before its labelled ones
_STANDARD: Final = (
    ("0-1", "0-2", 279, 280, None),
    ("0-1", "0-2", 1, 2, "Primary"),
    ("0-3", "0-2", 341, 342, None),
    ("0-3", "0-2", 5, 6, "Primary"),
    ("0-5", "0-2", 339, 340, None),
    ("0-5", "0-2", 26, 25, "Primary"),
    ("0-2", "0-2", 450, 450, None),
    ("0-2", "0-2", 14, 13, "Parent"),
    ("0-1", "0-1", 449, 449, None),
    ("0-3", "0-3", 451, 451, None),
    ("0-5", "0-5", 452, 452, None),
    ("0-3", "0-1", 3, 4, None),
    ("0-5", "0-1", 16, 15, None),
    ("0-3", "0-8", 19, 20, None),
    ("0-3", "0-5", 27, 28, None),
    ("0-53", "0-1", 177, 178, None),
    ("0-53", "0-2", 179, 180, None),
    ("0-53", "0-3", 175, 176, None),
    ("0-53", "0-8", 409, 410, None),
    ("0-27", "0-1", 204, 203, None),
    ("0-27", "0-2", 192, 191, None),
    ("0-27", "0-3", 216, 215, None),
    ("0-27", "0-5", 230, 229, None),
    ("0-46", "0-1", 202, 201, None),
    ("0-46", "0-2", 190, 189, None),
    ("0-46", "0-3", 214, 213, None),
    ("0-46", "0-5", 228, 227, None),
    ("0-47", "0-1", 200, 199, None),
    ("0-47", "0-2", 188, 187, None),
    ("0-47", "0-3", 212, 211, None),
    ("0-47", "0-5", 226, 225, None),
    ("0-48", "0-1", 194, 193, None),
    ("0-48", "0-2", 182, 181, None),
    ("0-48", "0-3", 206, 205, None),
    ("0-48", "0-5", 220, 219, None),
    ("0-49", "0-1", 198, 197, None),
    ("0-49", "0-2", 186, 185, None),
    ("0-49", "0-3", 210, 209, None),
    ("0-49", "0-5", 224, 223, None),
)


class Links:
    """All associations of a portal. Record ids are numbers, object types their ids (0-2)."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.types: dict[tuple[str, str], dict[int, LinkType]] = {}
        self._held: dict[tuple[str, str], dict[int, dict[int, set[int]]]] = {}
        self._next_custom = 1001
        words = {kind.id: kind.singular for kind in kinds}
        for start, end, forward, backward, label in _STANDARD:
            self._define(words, start, end, forward, backward, label)

    def _define(self, words: dict[str, str], start: str, end: str, forward: int, backward: int, label: str | None) -> None:
        plain = f"{words[start]}_to_{words[end]}"
        mirrored = f"{words[end]}_to_{words[start]}"
        if label == "Parent":
            there, back = "child_to_parent_company", "parent_to_child_company"
        elif label is None and (start, end) in {("0-1", "0-2"), ("0-3", "0-2"), ("0-5", "0-2")}:
            there, back = f"{plain}_unlabeled", f"{mirrored}_unlabeled"
        else:
            there, back = plain, mirrored
        shown = label if label == "Primary" else None
        self._add(LinkType(id=forward, start=start, end=end, inverse=backward, name=there, label=shown, only_one=label is not None))
        if forward != backward or start != end:
            self._add(LinkType(id=backward, start=end, end=start, inverse=forward, name=back, label=shown))

    def _add(self, one: LinkType) -> None:
        self.types.setdefault((one.start, one.end), {})[one.id] = one

    def open_custom(self, kind: Kind, kinds: Iterable[Kind]) -> None:
        """Let a custom object be associated with every other type, as its schema would say."""
        for other in kinds:
            forward = self._next_custom
            backward = forward if other.id == kind.id else forward + 1
            self._next_custom = backward + 1
            there, back = f"{kind.singular}_to_{other.singular}", f"{other.singular}_to_{kind.singular}"
            self._add(LinkType(id=forward, start=kind.id, end=other.id, inverse=backward, name=there, category="USER_DEFINED"))
            if forward != backward:
                self._add(LinkType(id=backward, start=other.id, end=kind.id, inverse=forward, name=back, category="USER_DEFINED"))

    def plain(self, start: str, end: str) -> LinkType | None:
        """The unlabelled type of a pair: the first defined."""
        return next(iter(self.types.get((start, end), {}).values()), None)

    def leading_from(self, start: str, type_id: int) -> LinkType | None:
        """Find a type by its id and the object type it starts at; the id alone says where it ends."""
        return next((known[type_id] for (begin, _), known in self.types.items() if begin == start and type_id in known), None)

    # ------------------------------------------------------------ who with whom

    def connect(self, start: str, number: int, end: str, other: int, type_ids: Iterable[int]) -> None:
        """Add association types between two records, on both sides; the plain type comes with any labelled one."""
        known = self.types[(start, end)]
        plain = self.plain(start, end)
        for type_id in [plain.id if plain else 0, *type_ids]:
            kind = known[type_id]
            back = self.types[(end, start)][kind.inverse]
            if kind.only_one:
                self._demote(start, number, end, kind, other)
            if back.only_one:
                self._demote(end, other, start, back, number)
            self._held.setdefault((start, end), {}).setdefault(number, {}).setdefault(other, set()).add(kind.id)
            self._held.setdefault((end, start), {}).setdefault(other, {}).setdefault(number, set()).add(kind.inverse)

    def _demote(self, start: str, number: int, end: str, kind: LinkType, keep: int) -> None:
        for other, held in self._held.get((start, end), {}).get(number, {}).items():
            if other != keep and kind.id in held:
                held.discard(kind.id)
                self._held[(end, start)][other][number].discard(kind.inverse)

    def disconnect(self, start: str, number: int, end: str, other: int, type_ids: Iterable[int] | None = None) -> None:
        """Take away the given types, or all; nothing there is nothing to do."""
        held = self._held.get((start, end), {}).get(number, {})
        if other not in held:
            return
        known = self.types[(start, end)]
        for type_id in list(held[other]) if type_ids is None else type_ids:
            if type_id in held[other]:
                held[other].discard(type_id)
                self._held[(end, start)][other][number].discard(known[type_id].inverse)
        if not held[other]:
            del held[other]
            del self._held[(end, start)][other][number]

    def of(self, start: str, number: int, end: str) -> dict[int, set[int]]:
        """The associated records of a type and by which association types."""
        return self._held.get((start, end), {}).get(number, {})

    def specs(self, start: str, end: str, held: Iterable[int]) -> list[LinkType]:
        known = self.types[(start, end)]
        return [known[type_id] for type_id in sorted(held)]

    def all_of(self, start: str, number: int) -> Iterator[tuple[str, int, set[int]]]:
        """Every association of one record: object type, record, association types."""
        for (begin, end), rows in self._held.items():
            if begin == start:
                for other, held in rows.get(number, {}).items():
                    yield end, other, set(held)

    def forget(self, start: str, number: int) -> None:
        for end, other, _ in list(self.all_of(start, number)):
            self.disconnect(start, number, end, other)
