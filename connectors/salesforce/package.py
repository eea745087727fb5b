"""Our Salesforce package: an SFDX project in package/, and the zip of the Metadata API made from it.

    package/ (source form, one file a field)  ->  write_project: the folder for `sf project deploy start`
                                              ->  archive: objects/*.object + permissionsets/* + package.xml, the same bytes every time

`judge` is the fence's rule for a deployment: its zip may hold nothing that the package does not hold.
"""

from __future__ import annotations

import base64
import io
import shutil
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
INTEGRATION: Final = "Equilibre_Integration"
TYPES: Final = {
    "Text": "string", "LongTextArea": "textarea", "Number": "double", "Date": "date", "DateTime": "datetime", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
}  # fmt: skip
"""Metadata type -> type in describe."""
_SAME_DAY: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A field as the package defines it. `object` is where it is seen: an Activity field shows on Task."""

    object: str
    name: str
    label: str
    type: str
    length: int
    values: frozenset[str]
    is_key: bool


@cache
def wanted() -> tuple[Wanted, ...]:
    """Every field of the package."""
    found = []
    for obj, nodes in _fields().items():
        for node in nodes:
            values = frozenset(_text(value, "fullName") for value in node.iterfind(".//{*}value"))
            found.append(
                Wanted(
                    object="Task" if obj == "Activity" else obj,
                    name=_text(node, "fullName"),
                    label=_text(node, "label"),
                    type=TYPES[_text(node, "type")],
                    length=int(_text(node, "length") or 0),
                    values=values,
                    is_key=_text(node, "externalId") == "true",
                )
            )
    return tuple(sorted(found, key=lambda one: (one.object, one.name)))


def archive(version: str, objects: Collection[str] | None = None) -> bytes:
    """The zip for a deployment. Permissions on objects that are not among `objects` are left out: an org without Orders has none to grant."""
    members: dict[str, list[str]] = {"CustomField": [], "PermissionSet": []}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for obj, nodes in _fields().items():
            _add(packed, f"objects/{obj}.object", _document("CustomObject", [_renamed(node, "fields") for node in nodes]))
            members["CustomField"] += [f"{obj}.{_text(node, 'fullName')}" for node in nodes]
        for name, root in _permission_sets().items():
            kept = [node for node in root if not _is_permission_on(node, objects)]
            _add(packed, f"permissionsets/{name}.permissionset", _document("PermissionSet", kept))
            members["PermissionSet"].append(name)
        _add(packed, "package.xml", _manifest(members, version))
    return out.getvalue()


def write_project(folder: Path) -> int:
    """Write the SFDX project into a folder and give the number of files. Files of ours are replaced, others stay."""
    with as_file(_home()) as source:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        return sum(1 for path in source.rglob("*") if path.is_file())


def judge(body: object) -> None:
    """Raise ValueError unless a SOAP body deploys parts of our package, or asks how a deployment fares."""
    try:
        root = ET.fromstring(body if isinstance(body, (str, bytes)) else b"")  # noqa: S314 - our own request, before it leaves
        called = [node for part in root.iterfind("{*}Body") for node in part]
    except ET.ParseError as error:
        raise ValueError("not XML") from error
    names = [node.tag.rpartition("}")[2] for node in called]
    if names == ["checkDeployStatus"]:
        return
    if names != ["deploy"]:
        raise ValueError("neither a deployment nor a question about one")
    _judge_zip(base64.b64decode(called[0].findtext("{*}ZipFile") or "", validate=True))


def _judge_zip(raw: bytes) -> None:
    ours = _contents(archive("0.0"))
    try:
        theirs = _contents(raw)
    except (zipfile.BadZipFile, ET.ParseError) as error:
        raise ValueError("the zip cannot be read") from error
    for name, parts in theirs.items():
        if name not in ours or (name != "package.xml" and not parts <= ours[name]):
            raise ValueError("the zip holds what is not of our package")


def _contents(raw: bytes) -> Mapping[str, frozenset[str]]:
    """The top elements of each file, in one spelling."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return {name: frozenset(_spelt(node) for node in _root(packed.read(name))) for name in packed.namelist()}


def _spelt(node: ET.Element) -> str:
    return ET.canonicalize(ET.tostring(node, encoding="unicode"), strip_text=True)


def _home() -> Traversable:
    return files("connectors.salesforce").joinpath("package")


def _source() -> Traversable:
    return _home().joinpath("force-app", "main", "default")


@cache
def _fields() -> Mapping[str, tuple[ET.Element, ...]]:
    objects = sorted(_source().joinpath("objects").iterdir(), key=lambda one: one.name)
    return {
        obj.name: tuple(_parsed(file) for file in sorted(obj.joinpath("fields").iterdir(), key=lambda one: one.name)) for obj in objects
    }


@cache
def _permission_sets() -> Mapping[str, ET.Element]:
    found = sorted(_source().joinpath("permissionsets").iterdir(), key=lambda one: one.name)
    return {file.name.removesuffix(".permissionset-meta.xml"): _parsed(file) for file in found}


def _parsed(file: Traversable) -> ET.Element:
    return _root(file.read_bytes())


def _root(text: bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - a file of this package, or a zip that is about to leave this process


def _text(node: ET.Element, name: str) -> str:
    return (node.findtext(f"{{*}}{name}") or "").strip()


def _renamed(node: ET.Element, name: str) -> ET.Element:
    made = ET.Element(f"{{{NAMESPACE}}}{name}")
    made.extend(list(node))
    return made


def _is_permission_on(node: ET.Element, objects: Collection[str] | None) -> bool:
    return objects is not None and node.tag.endswith("}objectPermissions") and _text(node, "object") not in objects


def _document(kind: str, nodes: list[ET.Element]) -> bytes:
    root = ET.Element(f"{{{NAMESPACE}}}{kind}")
    root.extend(nodes)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE))


def _manifest(members: Mapping[str, list[str]], version: str) -> bytes:
    root = ET.Element(f"{{{NAMESPACE}}}Package")
    for kind, names in members.items():
        types = ET.SubElement(root, f"{{{NAMESPACE}}}types")
        for name in names:
            ET.SubElement(types, f"{{{NAMESPACE}}}members").text = name
        ET.SubElement(types, f"{{{NAMESPACE}}}name").text = kind
    ET.SubElement(root, f"{{{NAMESPACE}}}version").text = version
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE))


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(name, date_time=_SAME_DAY), content, zipfile.ZIP_DEFLATED)
