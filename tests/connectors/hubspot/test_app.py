"""The HubSpot project's files: what HubSpot reads before it builds, and that the cards know the rules and fields that we write.

The cards themselves are tested where node is present (`.ci/node-hubspot`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from connectors.hubspot.fields import COMPANY
from connectors.hubspot.project import project
from rules.criteria import load

APP = Path(__file__).parents[3] / "connectors" / "hubspot" / "app"
CARDS = APP / "src" / "app" / "cards"
BALANCE = CARDS / "balance"
METADATA = sorted((APP / "src").rglob("*-hsmeta.json"))
SOURCES = sorted((APP / "src").rglob("*.ts*"))


def read(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def source(name: str) -> str:
    return (BALANCE / name).read_text(encoding="utf-8")


def quoted(text: str, constant: str) -> list[str]:
    body = re.search(rf"const {constant} = [\[{{](.*?)[\]}}] as const", text, re.DOTALL)
    assert body is not None, constant
    return re.findall(r"'([^']*)'", body.group(1))


def test_the_project_is_of_the_platform_that_we_name():
    assert read(APP / "hsproject.json") == {"name": "equilibre", "srcDir": "src", "platformVersion": "2026.03"}


def test_every_component_has_its_own_id_and_a_type_that_the_platform_knows():
    documents = [read(path) for path in METADATA]
    assert sorted(each["type"] for each in documents) == ["app", "card", "card"]
    assert len({each["uid"] for each in documents}) == len(documents)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", each["uid"]) for each in documents)


def test_the_app_asks_for_reading_companies_and_reaches_no_address():
    config = read(APP / "src" / "app" / "app-hsmeta.json")["config"]
    assert config["auth"] == {
        "type": "static",
        "requiredScopes": ["crm.objects.companies.read"],
        "optionalScopes": [],
        "conditionallyRequiredScopes": [],
    }
    assert config["permittedUrls"] == {"fetch": [], "iframe": [], "img": []}
    assert config["distribution"] == "private"


def test_the_cards_stand_on_companies_in_the_tab_and_in_the_sidebar_and_their_entry_points_exist():
    configs = [read(path)["config"] for path in sorted(CARDS.glob("*-hsmeta.json"))]
    assert {config["location"] for config in configs} == {"crm.record.tab", "crm.record.sidebar"}
    for config in configs:
        assert config["objectTypes"] == ["companies"]
        assert (APP / "src" / config["entrypoint"].lstrip("/")).is_file()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_cards_call_nothing_and_write_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"https?://|\bfetch\(|runServerlessFunction|dangerously|console\.", text) == []
    outside = [name for name in re.findall(r"from '([^']+)'", text) if not name.startswith(("./", "@hubspot/ui-extensions"))]
    assert set(outside) <= {"react"}


def test_every_property_that_the_cards_read_or_edit_is_an_equilibre_property():
    named = {name for path in SOURCES for name in re.findall(r"'(eq_[a-z_]+)'", path.read_text(encoding="utf-8"))}
    ours = {str(each["name"]) for each in COMPANY}
    assert named - ours == set()
    assert "eq_restricted" not in named


def test_everything_that_people_type_can_be_edited_in_the_card():
    typed = set(re.findall(r"'(eq_[a-z_]+)'", source("People.tsx")))
    written = set(re.findall(r"'(eq_[a-z_]+)'", source("model.ts"))) - {"eq_stage"}
    left = {str(each["name"]) for each in COMPANY} - written - typed - {"eq_run", "eq_restricted"}
    assert left == set()


def test_the_cards_call_every_rule_by_the_catalogue_s_name():
    known = dict(re.findall(r"^ {2}'([A-Z]+-\d+)': (.*),$", source("names.ts"), re.MULTILINE))
    for rule in load().rules:
        for name in (rule.name["en"], rule.name["fr"]):
            assert "'" + name.replace("'", "\\'") + "'" in known[rule.id], rule.id


def test_stages_and_levels_are_those_of_the_properties():
    options = {each["name"]: [option["value"] for option in each.get("options", [])] for each in COMPANY}
    assert quoted(source("model.ts"), "STAGES") == options["eq_stage"]
    assert quoted(source("model.ts"), "LEVELS") == options["eq_level"]


def test_the_lock_file_pins_every_package_by_hash_and_names_no_registry():
    lock = read(APP / "package-lock.json")
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert [name for name, each in packages.items() if not each.get("integrity") and not each.get("inBundle")] == []
    assert "://" not in re.sub(r'"(url|funding)": "[^"]*"|"funding": \{.*?\}|"funding": \[.*?\]', "", json.dumps(packages))


def test_the_cards_depend_on_the_same_versions_that_are_checked():
    root = read(APP / "package.json")["dependencies"]
    for name, version in read(CARDS / "package.json")["dependencies"].items():
        assert root[name] == version


def test_the_written_project_holds_what_is_uploaded_and_nothing_else(tmp_path):
    told = project(tmp_path).detail
    there = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert told == f"{len(there)} files written to {tmp_path}"
    assert {"hsproject.json", "src/app/app-hsmeta.json", "src/app/cards/BalanceCard.tsx", "src/app/cards/package.json"} <= set(there)
    assert [name for name in there if name != "hsproject.json" and not name.startswith("src/")] == []
    assert (tmp_path / "src/app/cards/BalanceCard.tsx").read_bytes() == (CARDS / "BalanceCard.tsx").read_bytes()


def test_writing_twice_gives_the_same_and_leaves_other_files(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert project(tmp_path) == project(tmp_path)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_written_is_one_line_with_the_mend(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    check = project(tmp_path / "file" / "inside")
    assert check.state == "error"
    assert check.mend == "name another folder"
