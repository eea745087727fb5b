"""A file of a deployment's zip taken apart into the components it holds, each well formed or with what is wrong with it.

objects/*.object: fields and list views · labels/*: every label · *-meta.xml of reports and dashboards: a folder · lwc/*: one bundle a folder
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from connectors.sandbox.salesforce import custom_field
from connectors.sandbox.salesforce.metatypes import NAMESPACE, all_of, problems, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.sandbox.salesforce.custom_field import Draft

FOLDERS = {
    "objects": ("CustomObject", ".object"),
    "permissionsets": ("PermissionSet", ".permissionset"),
    "quickActions": ("QuickAction", ".quickAction"),
    "layouts": ("Layout", ".layout"),
    "flexipages": ("FlexiPage", ".flexipage"),
    "reports": ("Report", ".report"),
    "reportTypes": ("ReportType", ".reportType"),
    "dashboards": ("Dashboard", ".dashboard"),
    "tabs": ("CustomTab", ".tab"),
    "customMetadata": ("CustomMetadata", ".md"),
    "applications": ("CustomApplication", ".app"),
    "labels": ("CustomLabels", ".labels"),
    "translations": ("Translations", ".translation"),
    "objectTranslations": ("CustomObjectTranslation", ".objectTranslation"),
}
"""Folders of a package and what lies in them."""
_SHELVES = {"reports": "ReportFolder", "dashboards": "DashboardFolder"}
_BUNDLE_FILES = (".js", ".html", ".css", ".svg")


@dataclass(slots=True, kw_only=True)
class Component:
    """One component. `node` is its XML, `texts` the scripts of a bundle; `problem` is why it cannot be deployed, None when it can.

    `deleted`: it is to be taken away; `warning` says that it was not there.
    """

    type: str
    name: str
    file: str
    node: ET.Element | None = None
    draft: Draft | None = None
    texts: tuple[str, ...] = ()
    problem: str | None = None
    created: bool = False
    deleted: bool = False
    warning: str | None = None


def take_apart(files: Mapping[str, bytes]) -> Iterator[Component]:
    """Every component of a zip without its manifests, fields before what grants them."""
    for path in sorted(files, key=lambda path: not path.startswith("objects/")):
        if not path.startswith("lwc/"):
            yield from _components(path, files[path])
    for name in sorted({path.split("/")[1] for path in files if path.startswith("lwc/")}):
        yield _bundle(name, {path: text for path, text in files.items() if path.startswith(f"lwc/{name}/")})


def parsed(raw: bytes) -> ET.Element | str:
    """The XML, or the vendor's words about what is none."""
    try:
        return ET.fromstring(raw)  # noqa: S314 # the sandbox reads what its own user sends it
    except ET.ParseError as error:
        return f"Error parsing file: {error}"


def _components(path: str, raw: bytes) -> Iterator[Component]:
    folder, _, rest = path.partition("/")
    kind, suffix = FOLDERS.get(folder, ("", ""))
    grammar = kind
    if folder in _SHELVES and path.endswith("-meta.xml"):
        grammar, suffix = _SHELVES[folder], "-meta.xml"
    if not kind or not path.endswith(suffix):
        yield Component(type="", name=path, file=path, problem=f"Unknown file extension or folder: {path}")
        return
    root = parsed(raw)
    whole = _judged(Component(type=kind, name=rest.removesuffix(suffix), file=path), root, grammar)
    if whole.problem is not None or isinstance(root, str):
        yield whole
    elif kind == "CustomObject":
        yield from _of_object(whole, root)
    else:
        yield whole
        yield from _of_labels(path, root) if kind == "CustomLabels" else ()


def _judged(one: Component, root: ET.Element | str, grammar: str) -> Component:
    if isinstance(root, str):
        one.problem = root
    elif root.tag != f"{{{NAMESPACE}}}{grammar}":
        one.problem = f"Error parsing file: Element {root.tag} invalid at this location"
    else:
        one.node, one.problem = root, next(problems(root, grammar), None)
    return one


def _of_object(whole: Component, root: ET.Element) -> Iterator[Component]:
    views = all_of(root, "listViews")
    if len(list(root)) > len(all_of(root, "fields")) + len(views):
        yield whole
    for draft in custom_field.drafts(whole.name, root):
        yield Component(type="CustomField", name=f"{whole.name}.{draft.name}", file=whole.file, draft=draft)
    for view in views:
        yield Component(type="ListView", name=f"{whole.name}.{text_of(view, 'fullName')}", file=whole.file, node=view)


def _of_labels(path: str, root: ET.Element) -> Iterator[Component]:
    for label in all_of(root, "labels"):
        problem = "Value: data value too large (max length=1000)" if len(text_of(label, "value") or "") > 1_000 else None
        yield Component(type="CustomLabel", name=text_of(label, "fullName") or "", file=path, node=label, problem=problem)


def _bundle(name: str, files: Mapping[str, bytes]) -> Component:
    """A bundle needs a script and a description of its own name; tests and the like do not belong into it."""
    stem = f"lwc/{name}/{name}"
    one = Component(type="LightningComponentBundle", name=name, file=f"{stem}.js")
    strange = [path for path in files if path != f"{stem}.js-meta.xml" and not (path.count("/") == 2 and path.endswith(_BUNDLE_FILES))]
    if f"{stem}.js" not in files or f"{stem}.js-meta.xml" not in files:
        one.problem = f"Bundle {name} needs {name}.js and {name}.js-meta.xml"
    elif strange:
        one.problem = f"Unexpected file found: {strange[0]}"
    else:
        one = _judged(one, parsed(files[f"{stem}.js-meta.xml"]), "LightningComponentBundle")
    one.texts = tuple(text.decode() for path, text in files.items() if path.endswith(".js"))
    return one
