"""Our Salesforce package: an SFDX project in package/, and the zips of the Metadata API made from it.

    package/ (source form, one file a component)  ->  project: the folder for `sf project deploy start`
                                                  ->  archive: one zip a part (source.py), the same bytes every time
                                                  ->  marked:  the users' permission set with what was deployed in its description
                                                  ->  removal: the zip that takes pages and reports away; fields and permission sets stay

`judge` is the fence's rule for a deployment: its zip may hold nothing that the package does not hold, and delete nothing but pages.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from connectors import projects
from connectors.salesforce.source import DEVELOPMENT, DIRECTORIES, NAMESPACE, PARTS, assembled, document, home, parsed, pieces, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from connectors.contract import Check
    from connectors.salesforce.source import Part, Piece

INTEGRATION: Final = "Equilibre_Integration"
USER: Final = "Equilibre_User"
"""The permission set of the people; what was deployed of the pages stands at the end of its description."""
TYPES: Final = {
    "Text": "string", "LongTextArea": "textarea", "Number": "double", "Date": "date", "DateTime": "datetime", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
}  # fmt: skip
"""Metadata type -> type in describe."""
KEPT: Final = frozenset({"CustomField", "PermissionSet", "CustomLabels", "CustomObjectTranslation", "Translations"})
"""What a removal leaves: fields hold what people typed, permission sets show it to them; the others go with what they belong to."""
REMOVAL: Final = "destructiveChangesPost.xml"
_DEPLOYED: Final = frozenset({
    "description", "label", "license", "hasActivationRequired", "objectPermissions", "fieldPermissions", "userPermissions",
})  # fmt: skip
"""What of a permission set stands on its own; the rest names apps, tabs and classes."""
_SAME_DAY: Final = (1980, 1, 1, 0, 0, 0)
_PROJECT: Final = frozenset({"sfdx-project.json", ".forceignore", *DIRECTORIES})
_DEPLOY: Final = "deploys it: cd {folder}, sf org login web, sf project deploy start --source-dir force-app"
_MARK: Final = re.compile(r" \[((?:(?:" + "|".join(PARTS) + r"):[0-9a-f]{8} ?)+)\]$")


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
            values = frozenset(text_of(value, "fullName") for value in node.iterfind(".//{*}value"))
            found.append(
                Wanted(
                    object="Task" if obj == "Activity" else obj,
                    name=text_of(node, "fullName"),
                    label=text_of(node, "label"),
                    type=TYPES[text_of(node, "type")],
                    length=int(text_of(node, "length") or 0),
                    values=values,
                    is_key=text_of(node, "externalId") == "true",
                )
            )
    return tuple(sorted(found, key=lambda one: (one.object, one.name)))


def archive(version: str, objects: Collection[str] | None = None, part: Part | None = None) -> bytes:
    """The zip of one part, or of everything. Permissions on objects that are not among `objects` are left out: an org without Orders
    has none to grant.

    An object that exists and is only hidden must be among them: its permission is what makes it visible. Alone, the part of the
    fields leaves out the tab and the app in permission sets, which come later.
    """
    chosen = [piece for piece in pieces() if part in {None, piece.part}]
    return _zipped(version, chosen, lambda text: _permissions(text, objects, pages=part is None))


def marked(version: str, objects: Collection[str] | None, done: Iterable[Part]) -> bytes:
    """The zip of the users' permission set alone, its description saying which parts stand in the org."""
    stand = set(done)
    mark = " ".join(f"{part}:{fingerprint(part)}" for part in PARTS if part in stand)

    def permissions(text: bytes) -> bytes:
        root = parsed(_permissions(text, objects, pages="pages" in stand))
        said = root.find("{*}description")
        if said is not None and mark:
            said.text = f"{said.text} [{mark}]"
        return document("PermissionSet", root)

    return _zipped(version, [_user()], permissions)


def removal(version: str, objects: Collection[str] | None = None) -> bytes:
    """The zip that takes away what shows Équilibre; fields, permission sets and whatever people typed stay."""
    return _zipped(version, [_user()], lambda text: _permissions(text, objects, pages=False), {REMOVAL: _manifest(_removable(), None)})


def fingerprint(part: Part) -> str:
    """Eight digits that change with any file of a part."""
    digest = hashlib.sha256()
    for path, content in assembled(piece for piece in pieces() if piece.part == part):
        digest.update(path.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:8]


def standing(description: str) -> frozenset[Part]:
    """The parts that stand in an org as they are here, from the description of the users' permission set."""
    found = _MARK.search(description)
    said = found[1].split() if found else []
    return frozenset(part for part in PARTS if f"{part}:{fingerprint(part)}" in said)


def project(folder: Path) -> Check:
    """`provision --output`: the SFDX project as files; files of ours that are there are replaced, others stay."""
    return projects.told("salesforce: package", home(), folder, top=_PROJECT, left=DEVELOPMENT, deploy=_DEPLOY)


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
    ours = _ours()
    try:
        theirs = _contents(raw)
    except (zipfile.BadZipFile, ET.ParseError, UnicodeDecodeError) as error:
        raise ValueError("the zip cannot be read") from error
    removable = {f"{kind} {name}" for kind, names in _removable().items() for name in names}
    for name, parts in theirs.items():
        if name == REMOVAL and parts <= removable:
            continue
        if name not in ours or (name != "package.xml" and not parts <= ours[name]):
            raise ValueError("the zip holds what is not of our package")


@cache
def _ours() -> Mapping[str, frozenset[str]]:
    return _contents(archive("0.0"))


def _contents(raw: bytes) -> Mapping[str, frozenset[str]]:
    """The top elements of each XML file, in one spelling and without our mark; the whole text of any other; what a removal names."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return {name: _spelt(name, packed.read(name)) for name in packed.namelist()}


def _spelt(name: str, content: bytes) -> frozenset[str]:
    if name.startswith("lwc/"):
        return frozenset({content.decode()})
    root = parsed(content)
    if name == REMOVAL:
        return frozenset(f"{text_of(types, 'name')} {member.text}" for types in root for member in types.iterfind("{*}members"))
    for said in root.iterfind("{*}description") if name.startswith("permissionsets/") else ():
        said.text = _MARK.sub("", said.text or "")
    return frozenset(ET.canonicalize(ET.tostring(node, encoding="unicode"), strip_text=True) for node in root)


def _zipped(version: str, chosen: list[Piece], permissions: Callable[[bytes], bytes], more: Mapping[str, bytes] | None = None) -> bytes:
    members: dict[str, list[str]] = {}
    for kind, name in (member for piece in chosen for member in piece.members):
        members.setdefault(kind, []).append(name)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in assembled(chosen):
            _add(packed, path, permissions(content) if path.startswith("permissionsets/") else content)
        for path, content in (more or {}).items():
            _add(packed, path, content)
        _add(packed, "package.xml", _manifest(members, version))
    return out.getvalue()


def _permissions(text: bytes, objects: Collection[str] | None, *, pages: bool) -> bytes:
    kept = [node for node in parsed(text) if not _is_permission_on(node, objects) and (pages or node.tag.rpartition("}")[2] in _DEPLOYED)]
    return document("PermissionSet", kept)


def _user() -> Piece:
    return next(piece for piece in pieces() if piece.members == (("PermissionSet", USER),))


def _removable() -> Mapping[str, list[str]]:
    """What a removal names: everything that is not kept, folders of reports excepted, where people may have put reports of their own."""
    found: dict[str, list[str]] = {}
    for kind, name in (member for piece in pieces() for member in piece.members):
        if kind not in KEPT and not (kind in {"Report", "Dashboard"} and "/" not in name):
            found.setdefault(kind, []).append(name)
    return found


@cache
def _fields() -> Mapping[str, tuple[ET.Element, ...]]:
    found: dict[str, list[ET.Element]] = {}
    for piece in pieces():
        if piece.part == "fields" and piece.node is not None:
            found.setdefault(piece.path.removeprefix("objects/").removesuffix(".object"), []).append(piece.node)
    return {obj: tuple(nodes) for obj, nodes in found.items()}


@cache
def _permission_sets() -> Mapping[str, ET.Element]:
    return {name: parsed(piece.text) for piece in pieces() for kind, name in piece.members if kind == "PermissionSet"}


def _is_permission_on(node: ET.Element, objects: Collection[str] | None) -> bool:
    """Whether a node grants something on an object that is not among `objects`."""
    kind = node.tag.rpartition("}")[2]
    obj = (
        text_of(node, "object")
        if kind == "objectPermissions"
        else text_of(node, "field").partition(".")[0]
        if kind == "fieldPermissions"
        else ""
    )
    return objects is not None and bool(obj) and obj not in objects


@cache
def granted() -> frozenset[str]:
    """The objects on which a permission set of the package grants anything."""
    nodes = [node for root in _permission_sets().values() for node in root]
    named = {text_of(node, "object") or text_of(node, "field").partition(".")[0] for node in nodes}
    return frozenset(named - {""})


def _manifest(members: Mapping[str, list[str]], version: str | None) -> bytes:
    nodes = []
    for kind, names in members.items():
        types = ET.Element(f"{{{NAMESPACE}}}types")
        for name in names:
            ET.SubElement(types, f"{{{NAMESPACE}}}members").text = name
        ET.SubElement(types, f"{{{NAMESPACE}}}name").text = kind
        nodes.append(types)
    if version is not None:
        nodes.append(ET.Element(f"{{{NAMESPACE}}}version"))
        nodes[-1].text = version
    return document("Package", nodes)


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(name, date_time=_SAME_DAY), content, zipfile.ZIP_DEFLATED)
