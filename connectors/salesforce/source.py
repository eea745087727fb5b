"""The source form of our package (one file a component) turned into the files of a Metadata API zip.

    objects/Account/fields/X.field-meta.xml, listViews/…   ->  a part of objects/Account.object
    objectTranslations/Account-fr/X.fieldTranslation-…     ->  a part of objectTranslations/Account-fr.objectTranslation
    lwc/name/…                                             ->  lwc/name/…  (its tests stay here)
    folder/X.type-meta.xml                                 ->  folder/X.type

A deployment is all or nothing, so the package goes in four parts: an org that refuses a dashboard still gets its fields.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, get_args
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
Part = Literal["fields", "pages", "reports", "translations"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
"""What is deployed one after the other; the sync needs the first only."""
DIRECTORIES: Final = ("force-app", "french")
"""The package directories of the project; French stands apart, since an org must know the language to take it."""
DEVELOPMENT: Final = frozenset({"node_modules", "out", "checks", "__pycache__", "__tests__"})
"""Folders of the project that never leave it: they are neither deployed nor written out."""
_FOLDERS: Final[Mapping[str, tuple[str, Part]]] = {
    "labels": ("CustomLabels", "pages"),
    "lwc": ("LightningComponentBundle", "pages"),
    "flexipages": ("FlexiPage", "pages"),
    "tabs": ("CustomTab", "pages"),
    "applications": ("CustomApplication", "pages"),
    "quickActions": ("QuickAction", "pages"),
    "permissionsets": ("PermissionSet", "fields"),
    "reportTypes": ("ReportType", "reports"),
    "reports": ("Report", "reports"),
    "dashboards": ("Dashboard", "reports"),
    "translations": ("Translations", "translations"),
}
_INNER: Final[Mapping[str, tuple[str, str, Part]]] = {
    "fields": ("fields", "CustomField", "fields"),
    "listViews": ("listViews", "ListView", "pages"),
}
"""Folder below an object -> its element in the .object file, its type, its part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A component of the package: where it lies in the zip, and what it is called in package.xml.

    `text` is a whole file; `node` one element of a file that several pieces make together, whose root is `root`.
    `members` are (type, name); a file that only goes along with another (the template of a component) has none.
    """

    path: str
    part: Part
    members: tuple[tuple[str, str], ...] = ()
    text: bytes = b""
    node: ET.Element | None = None
    root: str = ""


@cache
def pieces() -> tuple[Piece, ...]:
    """Every component, in the order of the zip's paths."""
    return tuple(sorted(_walk(), key=lambda piece: piece.path))


def home() -> Traversable:
    """The SFDX project."""
    return files("connectors.salesforce").joinpath("package")


def assembled(chosen: Iterable[Piece]) -> Iterator[tuple[str, bytes]]:
    """The files of a zip, pieces of one file put together."""
    together: dict[str, list[Piece]] = defaultdict(list)
    for piece in chosen:
        together[piece.path].append(piece)
    for path, parts in together.items():
        nodes = [part.node for part in parts if part.node is not None]
        yield path, document(parts[0].root, nodes) if parts[0].root else parts[0].text


def document(kind: str, nodes: Iterable[ET.Element]) -> bytes:
    root = ET.Element(f"{{{NAMESPACE}}}{kind}")
    root.extend(nodes)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE))


def parsed(text: bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - a file of this package, or a zip that is about to leave this process


def text_of(node: ET.Element, name: str) -> str:
    return (node.findtext(f"{{*}}{name}") or "").strip()


def _walk() -> Iterator[Piece]:
    default = [home().joinpath(directory, "main", "default") for directory in DIRECTORIES]
    for folder in (folder for one in default for folder in _children(one)):
        if folder.name == "objects":
            yield from _objects(folder)
        elif folder.name == "objectTranslations":
            yield from _object_translations(folder)
        else:
            kind, part = _FOLDERS[folder.name]
            yield from _bundles(folder) if folder.name == "lwc" else _plain(folder, folder.name, kind, part)


def _objects(folder: Traversable) -> Iterator[Piece]:
    for obj in _children(folder):
        for inner in _children(obj):
            element, kind, part = _INNER[inner.name]
            for file in _children(inner):
                node = parsed(file.read_bytes())
                member = (kind, f"{obj.name}.{text_of(node, 'fullName')}")
                yield Piece(
                    path=f"objects/{obj.name}.object", part=part, members=(member,), node=_renamed(node, element), root="CustomObject"
                )


def _object_translations(folder: Traversable) -> Iterator[Piece]:
    """The object's own file names the translation; each field's file adds an element to it."""
    for obj in _children(folder):
        path, root = f"objectTranslations/{obj.name}.objectTranslation", "CustomObjectTranslation"
        for file in _children(obj):
            node = parsed(file.read_bytes())
            if file.name.endswith(".fieldTranslation-meta.xml"):
                yield Piece(path=path, part="translations", node=_renamed(node, "fields"), root=root)
                continue
            yield Piece(path=path, part="translations", members=((root, obj.name),), root=root)
            own = [child for child in node if not child.tag.endswith("}fullName")]
            yield from (Piece(path=path, part="translations", node=child, root=root) for child in own)


def _bundles(folder: Traversable) -> Iterator[Piece]:
    for bundle in _children(folder):
        for file in _children(bundle):
            members = (("LightningComponentBundle", bundle.name),) if file.name.endswith(".js-meta.xml") else ()
            yield Piece(path=f"lwc/{bundle.name}/{file.name}", part="pages", members=members, text=file.read_bytes())


def _plain(folder: Traversable, path: str, kind: str, part: Part) -> Iterator[Piece]:
    """Files that keep their content and lose `-meta.xml`, but for folders of reports, which keep it and lose their type."""
    for file in _children(folder):
        if file.is_dir():
            yield from _plain(file, f"{path}/{file.name}", kind, part)
            continue
        name, _, suffix = file.name.removesuffix("-meta.xml").rpartition(".")
        text = file.read_bytes()
        full = f"{path}/{name}".partition("/")[2]
        target = f"{path}/{name}-meta.xml" if suffix.endswith("Folder") else f"{path}/{name}.{suffix}"
        yield Piece(path=target, part=part, members=((kind, full), *_inside(kind, text)), text=text)


def _inside(kind: str, text: bytes) -> tuple[tuple[str, str], ...]:
    if kind != "CustomLabels":
        return ()
    return tuple(("CustomLabel", text_of(label, "fullName")) for label in parsed(text))


def _children(folder: Traversable) -> list[Traversable]:
    hidden = (one for one in folder.iterdir() if one.name not in DEVELOPMENT and not one.name.startswith("."))
    return sorted(hidden, key=lambda one: one.name)


def _renamed(node: ET.Element, name: str) -> ET.Element:
    made = ET.Element(f"{{{NAMESPACE}}}{name}")
    made.extend(list(node))
    return made
