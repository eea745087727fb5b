"""Components that name others: a deployment follows the names, and what an earlier one left counts."""

from __future__ import annotations

import pytest

from tests.connectors.sandbox_salesforce.packages import (
    HEAD,
    NS,
    PICKLIST,
    custom_object,
    deploy,
    field,
    manifest,
    permission_set,
    problems,
    value,
    zipped,
)

META = f'{HEAD}<LightningComponentBundle xmlns="{NS}"><apiVersion>66.0</apiVersion><isExposed>true</isExposed></LightningComponentBundle>'
LABEL = (
    "<labels><fullName>EQ_Hello</fullName><language>en_US</language><protected>false</protected><shortDescription>hello</shortDescription>"
    "<value>Hello</value></labels>"
)


def file(kind: str, body: str) -> str:
    return f'{HEAD}<{kind} xmlns="{NS}">{body}</{kind}>'


def page(component: str) -> str:
    region = (
        f"<flexiPageRegions><itemInstances><componentInstance><componentName>{component}</componentName></componentInstance></itemInstances>"
        "<name>main</name><type>Region</type></flexiPageRegions>"
    )
    template = "<template><name>flexipage:defaultAppHomeTemplate</name></template>"
    return file("FlexiPage", f"{region}<masterLabel>Page</masterLabel>{template}<type>AppPage</type>")


def bundle(script: str) -> dict[str, str]:
    return {"lwc/eqFlag/eqFlag.js": script, "lwc/eqFlag/eqFlag.js-meta.xml": META}


def sent(desk, members: dict[str, list[str]], files: dict[str, str]) -> list[str]:
    return problems(deploy(desk, zipped({"package.xml": manifest(members), **files})))


def test_a_page_needs_the_component_it_shows_in_the_same_deployment_or_in_the_org(desk):
    alone = {"FlexiPage": ["Portfolio"]}, {"flexipages/Portfolio.flexipage": page("eqFlag")}
    assert sent(desk, *alone) == ["In field: LightningComponentBundle - no LightningComponentBundle named eqFlag found"]
    assert sent(desk, {"LightningComponentBundle": ["eqFlag"]}, bundle("export default 1")) == []
    assert sent(desk, *alone) == []
    assert sent(desk, {"FlexiPage": ["Other"]}, {"flexipages/Other.flexipage": page("force:highlightsPanel")}) == []


@pytest.mark.parametrize(
    ("script", "kind", "name"),
    [
        ("import a from '@salesforce/label/c.EQ_Hello';", "CustomLabel", "EQ_Hello"),
        ("import { a } from 'c/eqOther';", "LightningComponentBundle", "eqOther"),
    ],
)
def test_a_component_needs_the_labels_and_components_it_imports(desk, script, kind, name):
    assert sent(desk, {"LightningComponentBundle": ["eqFlag"]}, bundle(script)) == [f"No {kind} named {name} found: lwc/eqFlag/eqFlag.js"]


def test_a_label_in_the_same_deployment_will_do(desk):
    files = {**bundle("import a from '@salesforce/label/c.EQ_Hello';"), "labels/CustomLabels.labels": file("CustomLabels", LABEL)}
    members = {"LightningComponentBundle": ["eqFlag"], "CustomLabels": ["CustomLabels"], "CustomLabel": ["EQ_Hello"]}
    assert sent(desk, members, files) == []


def test_a_bundle_needs_its_description_and_takes_no_tests(desk):
    assert sent(desk, {"LightningComponentBundle": ["eqFlag"]}, {"lwc/eqFlag/eqFlag.js": "x"}) == [
        "Bundle eqFlag needs eqFlag.js and eqFlag.js-meta.xml"
    ]
    files = {**bundle("x"), "lwc/eqFlag/__tests__/eqFlag.test.js": "x"}
    assert sent(desk, {"LightningComponentBundle": ["eqFlag"]}, files) == ["Unexpected file found: lwc/eqFlag/__tests__/eqFlag.test.js"]


def test_a_list_view_needs_its_fields(desk):
    view = (
        "<listViews><fullName>Ours</fullName><columns>EQ_A__c</columns><filterScope>Everything</filterScope><label>Ours</label></listViews>"
    )
    members = {"ListView": ["Account.Ours"]}
    assert sent(desk, members, {"objects/Account.object": custom_object(view)}) == [
        "In field: field - no CustomField named Account.EQ_A__c found"
    ]
    both = {"objects/Account.object": custom_object(field("EQ_A__c"), view)}
    assert sent(desk, {**members, "CustomField": ["Account.EQ_A__c"]}, both) == []


def test_a_permission_set_needs_the_app_and_the_tab_it_shows(desk):
    app = "<applicationVisibilities><application>Ours</application><visible>true</visible></applicationVisibilities>"
    files = {"permissionsets/Eq.permissionset": permission_set(app)}
    assert sent(desk, {"PermissionSet": ["Eq"]}, files) == ["In field: CustomApplication - no CustomApplication named Ours found"]


def test_a_translation_needs_a_language_that_is_on_and_words_that_are_there(desk):
    values = "<picklistValues><masterLabel>Inconnu</masterLabel><translation>x</translation></picklistValues>"
    said = file("CustomObjectTranslation", f"<fields><label>Niveau</label><name>EQ_L__c</name>{values}</fields>")
    members = {"CustomObjectTranslation": ["Account-fr"], "CustomField": ["Account.EQ_L__c"]}
    files = {"objectTranslations/Account-fr.objectTranslation": said, "objects/Account.object": custom_object(field("EQ_L__c", PICKLIST))}
    assert sent(desk, members, files) == ["Picklist value Inconnu of EQ_L__c not found"]
    known = {**files, "objectTranslations/Account-fr.objectTranslation": said.replace("Inconnu", "Vigilance")}
    desk.org.knobs.languages.clear()
    assert sent(desk, members, known) == ["fr is not available in this organization, or the Translation Workbench is off"]
    desk.org.knobs.languages.add("fr")
    assert sent(desk, members, known) == []


def test_a_removal_takes_away_what_is_there_warns_of_what_is_not_and_never_takes_a_field(desk):
    sent(desk, {"LightningComponentBundle": ["eqFlag"]}, bundle("x"))
    gone = {"destructiveChangesPost.xml": manifest({"LightningComponentBundle": ["eqFlag", "eqNever"]}, None)}
    text = deploy(desk, zipped({"package.xml": manifest({}), **gone}))
    assert value(text, "status") == "Succeeded"
    assert problems(text) == ["No LightningComponentBundle named: eqNever found"]
    assert ("LightningComponentBundle", "eqFlag") not in desk.org.deployments.components
    refused = {"destructiveChanges.xml": manifest({"CustomField": ["Account.EQ_A__c"]}, None)}
    assert sent(desk, {}, refused) == ["Removing a CustomField is not offered by this sandbox"]
