from __future__ import annotations

from tests.connectors.sandbox_salesforce.desk import error
from tests.connectors.sandbox_salesforce.packages import (
    KEY_FIELD,
    NS,
    NUMBER,
    PICKLIST,
    TEXT_FIELD,
    call,
    custom_object,
    deploy,
    field,
    grant,
    look,
    manifest,
    package,
    permission_set,
    problems,
    start,
    value,
    zipped,
)


def assign(desk, name: str = "Equilibre"):
    found = desk.rows(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")
    return desk.post("/sobjects/PermissionSetAssignment", {"AssigneeId": desk.org.user, "PermissionSetId": found[0]["Id"]})


def fields(desk, name: str) -> dict[str, dict]:
    return {one["name"]: one for one in desk.get(f"/sobjects/{name}/describe").json()["fields"]}


def test_a_deployment_does_nothing_before_it_has_run(desk):
    name = value(start(desk, package({"Account": [field("EQ_Level__c")]}, [])).text, "id")
    assert name.startswith("0Af")
    assert value(look(desk, name), "status") == "Pending"
    assert desk.get("/tooling/query", params={"q": "SELECT Id FROM CustomField"}).json()["totalSize"] == 0
    text = look(desk, name)
    assert (value(text, "status"), value(text, "success"), value(text, "numberComponentsDeployed")) == ("Succeeded", "true", "2")
    assert desk.get("/tooling/query", params={"q": "SELECT Id FROM CustomField"}).json()["totalSize"] == 1


def test_a_new_field_is_seen_only_once_a_permission_set_with_it_is_deployed_and_assigned(desk):
    account = desk.account()
    deploy(desk, package({"Account": [field("EQ_Run__c")]}))
    assert "EQ_Run__c" not in fields(desk, "Account")
    assert "No such column 'EQ_Run__c'" in desk.refused("SELECT EQ_Run__c FROM Account")[2]
    assert error(desk.patch(f"/sobjects/Account/{account}", {"EQ_Run__c": "x"}))[1] == "INVALID_FIELD"
    deploy(desk, package({}, ["Account.EQ_Run__c"]))
    assert "EQ_Run__c" not in fields(desk, "Account")
    assert assign(desk).status_code == 201
    assert fields(desk, "Account")["EQ_Run__c"]["updateable"] is True
    assert desk.patch(f"/sobjects/Account/{account}", {"EQ_Run__c": "x"}).status_code == 204
    assert desk.rows("SELECT EQ_Run__c FROM Account") == [{"EQ_Run__c": "x"}]
    desk.sign_in(desk.org.admin)
    assert "EQ_Run__c" not in fields(desk, "Account")


def test_a_hidden_field_can_be_diagnosed_by_tooling(desk):
    deploy(desk, package({"Account": [field("EQ_Run__c")], "Activity": [field("EQ_Key__c", KEY_FIELD)]}))

    def tooling(text: str) -> list[dict]:
        return desk.get("/tooling/query/", params={"q": text}).json()["records"]

    assert len(tooling("SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Account' AND DeveloperName = 'EQ_Run'")) == 1
    assert len(tooling("SELECT Id FROM CustomField WHERE TableEnumOrId = 'Activity' AND DeveloperName = 'EQ_Key'")) == 1
    text = (
        "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Task' AND QualifiedApiName = 'EQ_Key__c'"
    )
    assert tooling(text)[0]["QualifiedApiName"] == "EQ_Key__c"


def test_fields_of_activity_appear_on_task_and_event_granted_together(desk):
    deploy(desk, package({"Activity": [field("EQ_Key__c", KEY_FIELD)]}, ["Task.EQ_Key__c"]))
    assign(desk)
    for name in ("Task", "Event"):
        described = fields(desk, name)["EQ_Key__c"]
        assert (described["unique"], described["externalId"], described["caseSensitive"], described["length"]) == (True, True, True, 40)
    assert desk.patch("/sobjects/Task/EQ_Key__c/k1", {"Subject": "x"}).json()["created"] is True


def test_all_kinds_of_field_arrive_as_they_were_meant(desk):
    bodies = {
        "EQ_Level__c": PICKLIST, "EQ_Share__c": NUMBER, "EQ_At__c": "<type>DateTime</type>", "EQ_On__c": "<type>Date</type>",
        "EQ_Tick__c": "<type>Checkbox</type><defaultValue>false</defaultValue>",
        "EQ_Rules__c": "<type>LongTextArea</type><length>32768</length><visibleLines>5</visibleLines>",
        "EQ_Set__c": PICKLIST.replace("Picklist", "MultiselectPicklist", 1) + "<visibleLines>4</visibleLines>",
    }  # fmt: skip
    names = [f"Account.{one}" for one in bodies]
    assert problems(deploy(desk, package({"Account": [field(name, body) for name, body in bodies.items()]}, names))) == []
    assign(desk)
    described = fields(desk, "Account")
    kinds = {one: described[one]["type"] for one in bodies}
    assert list(kinds.values()) == ["picklist", "double", "datetime", "date", "boolean", "textarea", "multipicklist"]
    assert described["EQ_Level__c"]["restrictedPicklist"] is True
    assert [one["label"] for one in described["EQ_Level__c"]["picklistValues"]] == ["Rien", "Vigilance"]
    assert described["EQ_Rules__c"]["filterable"] is False


def test_deploying_again_changes_nothing_and_a_smaller_grant_takes_away(desk):
    raw = package({"Account": [field("EQ_A__c"), field("EQ_B__c")]}, ["Account.EQ_A__c", "Account.EQ_B__c"])
    assert "<created>true</created>" in deploy(desk, raw)
    assign(desk)
    again = deploy(desk, raw)
    assert "<created>true</created>" not in again
    assert {"EQ_A__c", "EQ_B__c"} <= fields(desk, "Account").keys()
    deploy(desk, package({}, ["Account.EQ_A__c"]))
    assert "EQ_B__c" not in fields(desk, "Account")


def test_a_readable_grant_does_not_let_write(desk):
    raw = zipped({
        "package.xml": manifest({"CustomField": ["Account.EQ_A__c"], "PermissionSet": ["Equilibre"]}),
        "objects/Account.object": custom_object(field("EQ_A__c")),
        "permissionsets/Equilibre.permissionset": permission_set(grant("Account.EQ_A__c", editable=False)),
    })  # fmt: skip
    deploy(desk, raw)
    assign(desk)
    assert fields(desk, "Account")["EQ_A__c"]["updateable"] is False


def test_a_required_field_needs_no_grant(desk):
    deploy(desk, package({"Account": [field("EQ_Must__c", f"{TEXT_FIELD}<required>true</required>")]}))
    assert fields(desk, "Account")["EQ_Must__c"]["nillable"] is False


def test_a_permission_set_that_wants_activation_grants_nothing(desk):
    text = permission_set(grant("Account.EQ_A__c")).replace("<label>", "<hasActivationRequired>true</hasActivationRequired><label>")
    raw = zipped({
        "package.xml": manifest({"CustomField": ["Account.EQ_A__c"], "PermissionSet": ["Equilibre"]}),
        "objects/Account.object": custom_object(field("EQ_A__c")),
        "permissionsets/Equilibre.permissionset": text,
    })  # fmt: skip
    deploy(desk, raw)
    assign(desk)
    assert "EQ_A__c" not in fields(desk, "Account")


def test_checking_only_changes_nothing(desk):
    text = deploy(desk, package({"Account": [field("EQ_A__c")]}, ["Account.EQ_A__c"]), checkOnly="true")
    assert (value(text, "status"), value(text, "checkOnly")) == ("Succeeded", "true")
    assert desk.rows("SELECT Id FROM PermissionSet") == []


def test_a_failing_component_rolls_back_the_package_in_production(desk):
    raw = package({"Account": [field("EQ_A__c"), field("EQ_Bad__c", "<type>Text</type>")]})
    text = deploy(desk, raw, rollbackOnError="false")
    assert (value(text, "status"), value(text, "numberComponentErrors"), value(text, "numberComponentsDeployed")) == ("Failed", "1", "0")
    assert desk.get("/tooling/query", params={"q": "SELECT Id FROM CustomField"}).json()["totalSize"] == 0


def test_a_sandbox_org_may_succeed_in_part(open_desk):
    desk = open_desk(is_sandbox=True)
    raw = package({"Account": [field("EQ_A__c"), field("EQ_Bad__c", "<type>Text</type>")]})
    text = deploy(desk, raw, rollbackOnError="false")
    assert (value(text, "status"), value(text, "numberComponentsDeployed")) == ("SucceededPartial", "1")
    assert desk.get("/tooling/query", params={"q": "SELECT Id FROM CustomField"}).json()["totalSize"] == 1


def test_a_new_object_is_granted_to_nobody_until_it_is(desk):
    shape = (
        "<label>Review</label><pluralLabel>Reviews</pluralLabel><nameField><label>Name</label><type>Text</type></nameField>"
        "<deploymentStatus>Deployed</deploymentStatus><sharingModel>ReadWrite</sharingModel>"
    )
    object_grant = (
        "<objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete><allowEdit>true</allowEdit><allowRead>true</allowRead>"
        "<modifyAllRecords>false</modifyAllRecords><object>Review__c</object><viewAllRecords>false</viewAllRecords></objectPermissions>"
    )
    members = {"CustomObject": ["Review__c"], "CustomField": ["Review__c.Note__c"]}
    raw = zipped({"package.xml": manifest(members), "objects/Review__c.object": custom_object(shape, field("Note__c"))})
    assert problems(deploy(desk, raw)) == []
    assert desk.get("/sobjects/Review__c/describe").status_code == 404
    grants = permission_set(grant("Review__c.Note__c"), object_grant)
    raw = zipped({"package.xml": manifest({"PermissionSet": ["Reviews"]}), "permissionsets/Reviews.permissionset": grants})
    assert problems(deploy(desk, raw)) == []
    assign(desk, "Reviews")
    assert "Note__c" in fields(desk, "Review__c")


def test_other_metadata_is_checked_for_its_grammar_and_kept(desk):
    layout = f'<QuickAction xmlns="{NS}"><label>Revue</label><optionsCreateFeedItem>false</optionsCreateFeedItem><type>Update</type></QuickAction>'
    raw = zipped({"package.xml": manifest({"QuickAction": ["Account.EQ_Review"]}), "quickActions/Account.EQ_Review.quickAction": layout})
    assert problems(deploy(desk, raw)) == []
    wrong = zipped({"package.xml": manifest({"QuickAction": ["A.B"]}), "quickActions/A.B.quickAction": layout.replace("Update", "Upadte")})
    assert problems(deploy(desk, wrong)) == ["'Upadte' is not a valid value for the enum 'QuickActionType'"]


def test_soap_faults_are_500_with_a_code(desk):
    bad = call(desk, "deploy", "", session="00D!nonsense")
    assert (bad.status_code, value(bad.text, "faultcode")) == (500, "sf:INVALID_SESSION_ID")
    other = call(desk, "describeMetadata", "")
    assert value(other.text, "faultcode") == "sf:INVALID_OPERATION"
    unknown = look(desk, "0AfQy0000000999")
    assert value(unknown, "faultcode") == "sf:INVALID_CROSS_REFERENCE_KEY"
    desk.org.knobs.may_deploy = False
    denied = start(desk, package({}))
    assert (
        value(denied.text, "faultstring")
        == "INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"
    )


def test_assigning_twice_is_a_duplicate_and_may_be_forbidden(desk):
    deploy(desk, package({}, []))
    first = assign(desk).json()["id"]
    message = f"duplicate value found: AssigneeId|PermissionSetId duplicates value on record with id: {first}"
    assert error(assign(desk)) == (400, "DUPLICATE_VALUE", message)
    assert desk.delete(f"/sobjects/PermissionSetAssignment/{first}").status_code == 204
    desk.org.knobs.may_assign = False
    assert error(assign(desk))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_assignments_users_and_the_organisation_can_be_queried(desk):
    deploy(desk, package({}, []))
    assign(desk)
    text = f"SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '{desk.org.user}' AND PermissionSet.Name = 'Equilibre'"
    assert len(desk.rows(text)) == 1
    assert desk.rows("SELECT Id, IsSandbox FROM Organization") == [{"Id": desk.org.id, "IsSandbox": False}]
    assert desk.rows("SELECT IsActive FROM User WHERE Username = 'equilibre@acme.example'") == [{"IsActive": True}]
