"""The vendor's own grammar of metadata files, read from the WSDL that simple-salesforce ships, and the check of a file against it.

The words of the complaints are those of the Metadata API: an element it does not know, one given twice, a value no enum has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_XSD = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    name: str
    type: str
    required: bool
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    types: Mapping[str, tuple[str | None, tuple[Element, ...]]]
    enums: Mapping[str, frozenset[str]]

    def elements(self, name: str) -> dict[str, Element]:
        """Give the elements of a type, those of the types it extends included."""
        above, own = self.types[name]
        return {**(self.elements(above) if above else {}), **{element.name: element for element in own}}


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """Read the WSDL, once."""
    with files("simple_salesforce").joinpath("metadata.wsdl").open("rb") as file:
        schema = ET.parse(file).getroot().find(f".//{_XSD}schema")  # noqa: S314 # a file of an installed package
    types: dict[str, tuple[str | None, tuple[Element, ...]]] = {}
    enums: dict[str, frozenset[str]] = {}
    for one in schema if schema is not None else ():
        name = one.get("name", "")
        if one.tag == f"{_XSD}complexType":
            extension = one.find(f".//{_XSD}extension")
            above = extension.get("base", "").rpartition(":")[2] if extension is not None else None
            types[name] = (above, tuple(_element(child) for child in one.iter(f"{_XSD}element")))
        elif one.tag == f"{_XSD}simpleType":
            enums[name] = frozenset(value.get("value", "") for value in one.iter(f"{_XSD}enumeration"))
    return Grammar(types=types, enums=enums)


def _element(node: ET.Element) -> Element:
    kind = node.get("type", "")
    return Element(
        name=node.get("name", ""),
        type=kind if kind.startswith("xsd:") else kind.rpartition(":")[2],
        required=node.get("minOccurs", "1") != "0",
        many=node.get("maxOccurs", "1") != "1",
    )


def problems(node: ET.Element, kind: str) -> Iterator[str]:
    """Check an element and all below it against a type; yields complaints, the structure first."""
    known = grammar().elements(kind)
    seen: list[str] = []
    for child in node:
        space, _, name = child.tag.rpartition("}")
        element = known.get(name)
        if element is None or space != "{" + NAMESPACE:
            yield f"Error parsing file: Element {child.tag} invalid at this location in type {kind}"
            continue
        if name in seen and (not element.many or seen[-1] != name):
            yield f"Error parsing file: Element {child.tag} is duplicated at this location in type {kind}"
        seen.append(name)
        yield from _value_problems(child, element)
    for element in known.values():
        if element.required and element.name not in seen:
            yield f"Required field is missing: {element.name}"


def _value_problems(child: ET.Element, element: Element) -> Iterator[str]:
    text = (child.text or "").strip()
    if element.type in grammar().types:
        yield from problems(child, element.type)
    elif element.type in grammar().enums:
        if text not in grammar().enums[element.type]:
            yield f"'{text}' is not a valid value for the enum '{element.type}'"
    elif element.type == "xsd:boolean" and text not in {"true", "false", "1", "0"}:
        yield f"'{text}' is not a valid value for the type xsd:boolean"
    elif element.type in {"xsd:int", "xsd:long"} and not text.lstrip("-").isdigit():
        yield f'For input string: "{text}"'


def text_of(node: ET.Element, name: str) -> str | None:
    """Give the text of a child, None when it is not there."""
    found = node.find(f"{{{NAMESPACE}}}{name}")
    return None if found is None else (found.text or "").strip()


def all_of(node: ET.Element, name: str) -> list[ET.Element]:
    return node.findall(f"{{{NAMESPACE}}}{name}")


def truth(text: str | None) -> bool:
    return (text or "").strip().lower() in {"true", "1"}
