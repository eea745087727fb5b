"""The Salesforce package as source: every file held against the vendor's grammar, every text in both languages, every right given once."""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from connectors.salesforce import TYPED, package, source
from connectors.salesforce.allowed import FLAGS, KEY, TASK
from connectors.sandbox.salesforce.metatypes import grammar, problems
from rules.criteria import load
from rules.stages import CHAIN

HOME = Path(source.__file__).with_name("package")
FORCE, FRENCH = (HOME / directory / "main/default" for directory in source.DIRECTORIES)
KINDS = {
    ".field-meta.xml": "CustomField", ".listView-meta.xml": "ListView", ".permissionset-meta.xml": "PermissionSet", ".labels-meta.xml": "CustomLabels",
    ".translation-meta.xml": "Translations", ".objectTranslation-meta.xml": "CustomObjectTranslation", ".fieldTranslation-meta.xml": "CustomFieldTranslation",
    ".flexipage-meta.xml": "FlexiPage", ".tab-meta.xml": "CustomTab", ".app-meta.xml": "CustomApplication", ".quickAction-meta.xml": "QuickAction",
    ".reportType-meta.xml": "ReportType", ".report-meta.xml": "Report", ".reportFolder-meta.xml": "ReportFolder", ".dashboard-meta.xml": "Dashboard",
    ".dashboardFolder-meta.xml": "DashboardFolder", ".js-meta.xml": "LightningComponentBundle",
}  # fmt: skip
FILES = sorted([*FORCE.rglob("*-meta.xml"), *FRENCH.rglob("*-meta.xml")])


def read(path: Path | str) -> ET.Element:
    return ET.parse(next(root / path for root in (FORCE, FRENCH) if (root / path).exists())).getroot()  # noqa: S314 - our own


def texts(root: ET.Element, block: str, name: str, value: str) -> dict[str, str]:
    return {node.findtext(f"{{*}}{name}", ""): node.findtext(f"{{*}}{value}", "") for node in root.iterfind(f"{{*}}{block}")}


def english() -> dict[str, str]:
    return texts(read("labels/CustomLabels.labels-meta.xml"), "labels", "fullName", "value")


def french() -> dict[str, str]:
    return texts(read("translations/fr.translation-meta.xml"), "customLabels", "name", "label")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_metadata_file_speaks_the_grammar_of_the_metadata_wsdl(path: Path) -> None:
    kind = next(kind for suffix, kind in KINDS.items() if path.name.endswith(suffix))
    root = read(path)
    assert root.tag == f"{{{source.NAMESPACE}}}{kind}"
    assert list(problems(root, kind)) == []


def test_the_grammar_check_finds_a_wrong_element_and_a_wrong_word() -> None:
    text = f'<CustomField xmlns="{source.NAMESPACE}"><fullName>A__c</fullName><type>Tekst</type><lable>x</lable></CustomField>'
    field = source.parsed(text.encode())
    found = list(problems(field, "CustomField"))
    assert any("Tekst" in one for one in found)
    assert any("lable" in one for one in found)
    assert "FlexiPage" in grammar().types


def test_every_file_of_the_source_goes_into_the_zip_except_tests_and_dot_files() -> None:
    sources = {
        path
        for root in (FORCE, FRENCH)
        for path in root.rglob("*")
        if path.is_file() and "__tests__" not in path.parts and not path.name.startswith(".")
    }
    inner = {path for path in sources if path.parent.parent.parent.name == "objects" or path.parent.parent.name == "objectTranslations"}
    with zipfile.ZipFile(io.BytesIO(package.archive("66.0"))) as packed:
        names = packed.namelist()
    assert len(names) == len(set(names))
    objects = {path.parent.parent.name for path in inner if path.name.endswith(".field-meta.xml")}
    translations = {path.parent.name for path in inner if "objectTranslations" in path.parts}
    assert len(names) == len(sources - inner) + len(objects) + len(translations) + 1  # and package.xml


def test_the_parts_together_are_the_whole() -> None:
    whole = members(package.archive("66.0"))
    parts = [members(package.archive("66.0", None, part)) for part in source.PARTS]
    assert set().union(*parts) == whole
    assert sum(len(part) for part in parts) == len(whole)


def members(raw: bytes, file: str = "package.xml") -> set[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        root = ET.fromstring(packed.read(file))  # noqa: S314 - our own
    return {(types.findtext("{*}name", ""), member.text or "") for types in root for member in types.iterfind("{*}members")}


def test_every_label_has_a_french_text_with_the_same_places_for_values() -> None:
    ours, theirs = english(), french()
    assert ours.keys() == theirs.keys()
    for name, text in ours.items():
        assert theirs[name], name
        assert sorted(re.findall(r"\{\d\}", text)) == sorted(re.findall(r"\{\d\}", theirs[name])), name
        assert len(text) <= 1_000


def test_every_label_is_used_and_every_label_used_is_there() -> None:
    used = {
        name
        for path in (FORCE / "lwc").rglob("*.js")
        for name in re.findall(r"@salesforce/label/c\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert used == set(english())


def test_every_rule_of_the_catalogue_has_its_name_in_both_languages() -> None:
    ours, theirs = english(), french()
    for rule in load().rules:
        name = f"EQ_Rule_{rule.id.replace('-', '_')}"
        assert (ours.get(name), theirs.get(name)) == (rule.name["en"], rule.name["fr"]), rule.id
    assert sum(name.startswith("EQ_Rule_") for name in ours) == len(load().rules)


def test_every_stage_has_a_label() -> None:
    assert {f"EQ_Stage_{stage}" for stage in CHAIN} == {name for name in english() if name.startswith("EQ_Stage_")}


@pytest.mark.parametrize("obj", ["Account", "Activity"])
def test_every_field_has_help_and_every_word_of_it_is_translated(obj: str) -> None:
    for path in sorted((FORCE / f"objects/{obj}/fields").iterdir()):
        field = read(path)
        name = field.findtext("{*}fullName", "")
        said = read(f"objectTranslations/{obj}-fr/{name}.fieldTranslation-meta.xml")
        assert field.findtext("{*}inlineHelpText"), name
        assert said.findtext("{*}name") == name
        assert said.findtext("{*}label"), name
        assert len(said.findtext("{*}help", "")) in range(1, 511), name
        assert {one.findtext("{*}label") for one in field.iterfind(".//{*}value")} == {
            one.findtext("{*}masterLabel") for one in said.iterfind("{*}picklistValues")
        }, name


def test_the_package_holds_the_fields_that_the_sync_writes_and_reads() -> None:
    account = {one.name for one in package.wanted() if one.object == "Account"}
    assert {*FLAGS.values(), *TYPED.values()} <= account
    assert {one.name for one in package.wanted() if one.object == "Task"} == {KEY, TASK["mark"]}


def grants(name: str) -> dict[str, str]:
    root = read(f"permissionsets/{name}.permissionset-meta.xml")
    return {node.findtext("{*}field", ""): node.findtext("{*}editable", "") for node in root.iterfind("{*}fieldPermissions")}


def test_restricted_details_are_readable_for_the_restricted_set_alone() -> None:
    assert "Account.EQ_Restricted__c" not in grants("Equilibre_User")
    assert grants("Equilibre_Restricted") == {"Account.EQ_Restricted__c": "false"}
    assert grants("Equilibre_Integration")["Account.EQ_Restricted__c"] == "true"


def test_people_see_every_field_but_the_restricted_one_and_edit_what_they_type() -> None:
    every = {f"Account.{one.name}" for one in package.wanted() if one.object == "Account"}
    user = grants("Equilibre_User")
    assert {name for name in user if name.startswith("Account.")} == every - {"Account.EQ_Restricted__c"}
    assert {name for name, editable in user.items() if editable == "true"} == {f"Account.{name}" for name in TYPED.values()}


def test_the_integration_user_edits_nothing_that_people_type() -> None:
    editable = {name for name, flag in grants("Equilibre_Integration").items() if flag == "true"}
    assert editable.isdisjoint({f"Account.{name}" for name in TYPED.values()})


def test_components_call_no_apex_and_no_other_server() -> None:
    for path in (FORCE / "lwc").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "@salesforce/apex" not in text, path.name
        assert not re.search(r"\bfetch\(|XMLHttpRequest|https?://|innerHTML", text), path.name


def test_the_lock_names_no_server_and_every_dependency_exactly() -> None:
    assert '"resolved"' not in (HOME / "package-lock.json").read_text(encoding="utf-8")
    versions = re.findall(r'"[@\w/-]+": "([^"]+)"', (HOME / "package.json").read_text(encoding="utf-8").partition("devDependencies")[2])
    assert versions
    assert all(version[0].isdigit() for version in versions)


def test_the_wheel_takes_the_source_of_the_package_and_leaves_its_workshop() -> None:
    project = tomllib.loads((HOME.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    excluded = project["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"]
    assert {f"connectors/salesforce/package/{name}" for name in ("node_modules", "out", "checks")} <= set(excluded)
