"""The vendor's words for what is wrong with a query, with the place where it is wrong."""

from __future__ import annotations

from connectors.sandbox.salesforce.errors import Refused


def located(text: str, at: int, message: str, *, caret: int = 0) -> str:
    """Draw the line of the query with a caret under the place, as the vendor does. `caret` moves only the caret."""
    row = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start:] if end < 0 else text[start:end]
    column = at - start
    return f"\n{line}\n{' ' * (column + caret)}^\nERROR at Row:{row}:Column:{column + 1}\n{message}"


def no_column(text: str, at: int, name: str, entity: str) -> Refused:
    message = (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )
    return Refused("INVALID_FIELD", located(text, at, message))


def no_relation(text: str, at: int, name: str) -> Refused:
    message = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the "
        "custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
    )
    return Refused("INVALID_FIELD", located(text, at, message))


def no_children(text: str, at: int, name: str) -> Refused:
    message = (
        f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' "
        "after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
    )
    return Refused("INVALID_TYPE", located(text, at, message))


def no_object(text: str, at: int, name: str) -> Refused:
    message = (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )
    return Refused("INVALID_TYPE", located(text, at, message, caret=1))


def not_filterable(name: str) -> Refused:
    return Refused("INVALID_FIELD", f"field '{name}' can not be filtered in a query call")


def not_sortable(name: str) -> Refused:
    return Refused("INVALID_FIELD", f"field '{name}' can not be sorted in a query call")


def not_groupable(name: str) -> Refused:
    return Refused("INVALID_FIELD", f"field '{name}' can not be grouped in a query call")


def not_aggregatable(text: str, at: int, name: str, function: str) -> Refused:
    return Refused("INVALID_FIELD", located(text, at, f"field {name} does not support aggregate operator {function}"))


def wrong_value(text: str, at: int, name: str, kind: str) -> Refused:
    quotes = "should be enclosed in quotes" if kind in {"string", "reference", "id"} else "should not be enclosed in quotes"
    return Refused("INVALID_FIELD", located(text, at, f"value of filter criterion for field '{name}' must be of type {kind} and {quotes}"))


def wrong_operator(name: str) -> Refused:
    return Refused("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on field '{name}'")


def wrong_id(value: str) -> Refused:
    return Refused("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
