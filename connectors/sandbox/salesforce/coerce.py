"""Values on their way in: Python values of a seed, JSON values of a client, and the text cells of a CSV, to what a row holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from connectors.sandbox.salesforce import ids
from connectors.sandbox.salesforce.errors import Refused, wrong_id
from connectors.sandbox.salesforce.fields import NUMERIC
from connectors.sandbox.salesforce.stamps import read_date, read_datetime, stamp

if TYPE_CHECKING:
    from connectors.sandbox.salesforce.fields import Field

_JSON = {
    str: "VALUE_STRING",
    bool: "VALUE_TRUE",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}
_NAMES = {"currency": "double", "percent": "double", "datetime": "datetime", "reference": "string", "id": "string", "picklist": "string"}


def seed(field: Field, value: Any) -> Any:
    """Take a value that a seed or test gives; ValueError when it does not fit the field."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        value = stamp(value)
    elif isinstance(value, date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = float(value)
    elif isinstance(value, (list, tuple)):
        value = ";".join(value)
    try:
        return client(field, value)
    except Refused as refused:
        raise ValueError(f"{field.name}: {refused.message}") from refused


def client(field: Field, value: Any) -> Any:
    """Take a JSON value; Refused with JSON_PARSER_ERROR or the field's own complaint. Text is trimmed and '' is null, as on save."""
    if field.type == "anyType":
        return value
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return False if field.type == "boolean" else None
    if field.type == "boolean":
        return _boolean(field, value)
    if field.type in NUMERIC:
        return _number(field, value)
    if not isinstance(value, str):
        raise unparsable(field, value)
    return _text(field, value)


def _text(field: Field, value: str) -> str:
    if field.type in {"reference", "id"}:
        whole = ids.canonical(value)
        if whole is None:
            raise wrong_id(field.label, value, field.name)
        return whole
    if field.type not in {"date", "datetime"}:
        return value
    read = read_date(value) if field.type == "date" else read_datetime(value)
    if read is None:
        raise unparsable(field, value)
    return read


def cell(field: Field, text: Any) -> Any:
    """Take a CSV cell: a date alone is a datetime at midnight UTC there; everything else as in JSON."""
    if field.type == "datetime" and isinstance(text, str) and len(text) == 10:
        text += "T00:00:00Z"
    return client(field, text)


def unparsable(field: Field, value: Any) -> Refused:
    kind = _JSON.get(type(value), "VALUE_STRING")
    shown = str(value).lower() if isinstance(value, bool) else value
    return Refused(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {_NAMES.get(field.type, field.type)} from {kind} value {shown} "
        "or request may be missing a required field at [line:1, column:1]",
    )


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise unparsable(field, value)


def _number(field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise unparsable(field, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise unparsable(field, value) from error
    if not number.is_finite():
        raise unparsable(field, value)
    if field.type == "int":
        if number != number.to_integral_value():
            raise unparsable(field, value)
        return int(number)
    rounded = number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP) if abs(number) < Decimal(10) ** 25 else number
    if field.precision and abs(rounded) >= Decimal(10) ** (field.precision - field.scale):
        raise Refused(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            fields=(field.name,),
        )
    return float(rounded)
