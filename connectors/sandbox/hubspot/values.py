"""What a property accepts, and in which form it is kept: everything a portal stores is text.

raw JSON value  --accept-->  stored text ("" clears)   or   Problem (the vendor's code and sentence)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.hubspot.wire import bad_json, stamp

if TYPE_CHECKING:
    from collections.abc import Container

    from connectors.sandbox.hubspot.definitions import Property

LONGEST = 65_536
DAY = 86_400_000
_EPOCH = re.compile(r"-?\d{1,15}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that was refused. The vendor writes it twice, in two shapes."""

    name: str
    code: str
    message: str

    def as_result(self, portal_id: int) -> dict[str, Any]:
        head = {"isValid": False, "message": self.message, "error": self.code, "name": self.name}
        return {**head, "localizedErrorMessage": self.message, "portalId": portal_id}

    def as_error(self) -> dict[str, Any]:
        return {"message": self.message, "code": self.code, "context": {"propertyName": [self.name]}}


def absent(name: str) -> Problem:
    return Problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')


def read_only(name: str) -> Problem:
    return Problem(name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')


def text_of(raw: object) -> str:
    """Bring a JSON scalar to text as the vendor does; an object or array is not a value and refuses the whole body."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (str, int, float)):
        return str(raw)
    shape = "Array" if isinstance(raw, list) else "Object"
    raise bad_json(f"Cannot deserialize value of type `java.lang.String` from {shape} value (token `JsonToken.START_{shape.upper()}`)")


def accept(prop: Property, text: str, owners: Container[str] | None) -> str | Problem:
    """Check one value and give its stored form. `owners` are the owners that may be assigned (None: any, for a system write)."""
    if not text:
        return ""
    if prop.references == "OWNER":
        return _owner(prop, text, owners)
    check = {"number": _number, "bool": _bool, "enumeration": _option, "date": _date, "datetime": _datetime}.get(prop.type, _string)
    return check(prop, text)


def _bool(prop: Property, text: str) -> str | Problem:
    return text.lower() if text.lower() in {"true", "false"} else _not_allowed(prop, text)


def _string(prop: Property, text: str) -> str | Problem:
    if len(text) > LONGEST:
        # The limit is documented; the code of this refusal is not.
        return Problem(prop.name, "VALUE_TOO_LONG", f"The value is {len(text)} characters long; the limit is {LONGEST}.")
    if prop.name == "email" and not _EMAIL.fullmatch(text):
        return Problem(prop.name, "INVALID_EMAIL", f"Email address {text} is invalid")
    return text.lower() if prop.name == "email" else text


def _number(prop: Property, text: str) -> str | Problem:
    try:
        ok = math.isfinite(float(text)) and "_" not in text
    except ValueError:
        ok = False
    return text.strip() if ok else Problem(prop.name, "INVALID_FLOAT", f"{text} was not a valid number.")


def _option(prop: Property, text: str) -> str | Problem:
    allowed = {option["value"] for option in prop.options}
    chosen = [one for one in text.split(";") if one] if prop.field_type == "checkbox" else [text]
    wrong = next((one for one in chosen if one not in allowed), None)
    return text if wrong is None else _not_allowed(prop, wrong)


def _not_allowed(prop: Property, text: str) -> Problem:
    names = ", ".join(str(option["value"]) for option in prop.options) or "true, false"
    return Problem(prop.name, "INVALID_OPTION", f"{text} was not one of the allowed options: [{names}]")


def _owner(prop: Property, text: str, owners: Container[str] | None) -> str | Problem:
    """Documented: only an active owner may be assigned. The code for an unknown one is not recorded."""
    for one in text.split(";") if prop.field_type == "checkbox" else [text]:
        if one and not (one.isdigit() and len(one) < 11):
            return Problem(prop.name, "INVALID_INTEGER", f"{one} was not a valid integer (for owner ID).")
        if one and owners is not None and one not in owners:
            return Problem(prop.name, "INVALID_OWNER", f"{one} is not an active owner of this account.")
    return text


def _date(prop: Property, text: str) -> str | Problem:
    ms = instant(text)
    if ms is None:
        return Problem(prop.name, "INVALID_DATE", f"{text} was not a valid date.")
    if ms % DAY:
        clock = datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S")
        return Problem(prop.name, "INVALID_DATE", f"{text} is at {clock}.{ms % 1000:03d} UTC, not midnight!")
    return stamp(ms)[:10]


def _datetime(prop: Property, text: str) -> str | Problem:
    ms = instant(text)
    return Problem(prop.name, "INVALID_LONG", f"{text} was not a valid long.") if ms is None else stamp(ms)


def instant(text: str) -> int | None:
    """Read epoch milliseconds, a date (UTC midnight) or an ISO time with a zone; None for anything else, naive times included."""
    try:
        if _EPOCH.fullmatch(text):
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
        elif _DATE.fullmatch(text):
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        elif _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
