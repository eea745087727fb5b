from __future__ import annotations

import pytest

from tests.connectors.sandbox_salesforce.desk import error
from tests.connectors.sandbox_salesforce.packages import (
    KEY_FIELD,
    NS,
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

NUMBER = "<type>Number</type><precision>5</precision><scale>4</scale>"
PICKLIST = (
    "<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>"
    "<value><fullName>none</fullName><default>true</default><label>Rien</label></value>"
    "<value><fullName>watch</fullName><default>false</default><label>Vigilance</label></value></valueSetDefinition></valueSet>"
)


def assign(desk, name: str = "Equilibre"):
    found = desk.rows(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")
    return desk.post("/sobjects/PermissionSetAssignment", {"AssigneeId": desk.org.user, "PermissionSetId": found[0]["Id"]})


def fields(desk, name: str) -> dict[str, dict]:
    return {one["name"]: one for one in desk.get(f"/sobjects/{name}/describe").json()["fields"]}


# ---------------------------------------------------------------- what works


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


# ---------------------------------------------------------------- what is refused

WRONG_FIELDS = {
    "no label": (field("EQ_A__c", label=None), "Must specify a non-empty label for the CustomField"),
    "no type": (field("EQ_A__c", "<length>5</length>"), "Must specify type for the CustomField EQ_A__c"),
    "type with a typo": (field("EQ_A__c", "<type>Tekst</type>"), "'Tekst' is not a valid value for the enum 'FieldType'"),
    "unknown element": (
        field("EQ_A__c", f"{TEXT_FIELD}<lenght>5</lenght>"),
        f"Error parsing file: Element {{{NS}}}lenght invalid at this location in type CustomField",
    ),
    "element twice": (
        field("EQ_A__c", f"{TEXT_FIELD}<length>5</length>"),
        f"Error parsing file: Element {{{NS}}}length is duplicated at this location in type CustomField",
    ),
    "word for a boolean": (field("EQ_A__c", f"{TEXT_FIELD}<unique>yes</unique>"), "'yes' is not a valid value for the type xsd:boolean"),
    "word for a number": (field("EQ_A__c", "<type>Text</type><length>long</length>"), 'For input string: "long"'),
    "text without length": (field("EQ_A__c", "<type>Text</type>"), "Must specify 'length' for a CustomField of type Text"),
    "text too long": (field("EQ_A__c", "<type>Text</type><length>256</length>"), "Length of a Text field must be between 1 and 255"),
    "long text too short": (
        field("EQ_A__c", "<type>LongTextArea</type><length>255</length><visibleLines>3</visibleLines>"),
        "Length of a LongTextArea field must be between 256 and 131072",
    ),
    "long text without lines": (
        field("EQ_A__c", "<type>LongTextArea</type><length>500</length>"), "Must specify 'visibleLines' for a CustomField of type LongTextArea",
    ),
    "number without scale": (field("EQ_A__c", "<type>Number</type><precision>5</precision>"), "Must specify 'scale' for a CustomField of type Number"),
    "number with length": (field("EQ_A__c", f"{NUMBER}<length>5</length>"), "Can not specify 'length' for a CustomField of type Number"),
    "scale above precision": (
        field("EQ_A__c", "<type>Number</type><precision>2</precision><scale>4</scale>"), "Precision may not be above 18 and scale may not be above precision",
    ),
    "picklist as key": (field("EQ_A__c", f"{PICKLIST}<externalId>true</externalId>"), "Can not specify 'externalId' for a CustomField of type Picklist"),
    "unique checkbox": (
        field("EQ_A__c", "<type>Checkbox</type><defaultValue>false</defaultValue><unique>true</unique>"), "Can not specify 'unique' for a CustomField of type Checkbox",
    ),
    "checkbox without default": (field("EQ_A__c", "<type>Checkbox</type>"), "Must specify 'defaultValue' for a CustomField of type Checkbox"),
    "picklist without values": (field("EQ_A__c", "<type>Picklist</type>"), "Must specify 'valueSet' for a CustomField of type Picklist"),
    "values without sorted": (field("EQ_A__c", PICKLIST.replace("<sorted>false</sorted>", "")), "Required field is missing: sorted"),
    "long label": (field("EQ_A__c", label="x" * 41), f"Label: data value too large: {'x' * 41} (max length=40)"),
    "long help": (field("EQ_A__c", f"<inlineHelpText>{'x' * 511}</inlineHelpText>{TEXT_FIELD}"), f"Help Text: data value too large: {'x' * 511} (max length=510)"),
    "long description": (
        field("EQ_A__c", f"<description>{'x' * 1001}</description>{TEXT_FIELD}"), f"Description: data value too large: {'x' * 1001} (max length=1000)",
    ),
    "lookup to nowhere": (
        field("EQ_A__c", "<type>Lookup</type><referenceTo>Nope__c</referenceTo>"), "In field: referenceTo - no CustomObject named Nope__c found",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_FIELDS)
def test_a_field_is_refused_with_its_reason(desk, wrong):
    text, reason = WRONG_FIELDS[wrong]
    answer = deploy(desk, package({"Account": [text]}))
    assert value(answer, "status") == "Failed"
    assert reason.replace(">", "&gt;") in problems(answer)


@pytest.mark.parametrize("name", ["EQ__A__c", "1A__c", "EQ_" + "x" * 41 + "__c"])
def test_a_field_has_a_proper_name(desk, name):
    assert problems(deploy(desk, package({"Account": [field(name)]})))[0].startswith(f"Field name {name} must end in __c")


@pytest.mark.parametrize("name", ["Task", "Event"])
def test_fields_go_on_activity_not_on_task_or_event(desk, name):
    expected = f"Entity Enumeration Or ID: bad value for restricted picklist field: {name}"
    assert problems(deploy(desk, package({name: [field("EQ_Key__c", KEY_FIELD)]}))) == [expected]


def test_an_object_that_does_not_exist_takes_no_fields(desk):
    expected = "Entity Enumeration Or ID: bad value for restricted picklist field: Acount"
    assert problems(deploy(desk, package({"Acount": [field("EQ_A__c")]}))) == [expected]


def test_activity_has_no_long_text_and_a_hundred_fields(desk):
    long = "<type>LongTextArea</type><length>500</length><visibleLines>3</visibleLines>"
    assert problems(deploy(desk, package({"Activity": [field("EQ_A__c", long)]}))) == [
        "Fields of type LongTextArea are not allowed on Activity"
    ]
    desk.org.define("Activity", [f"F{n}__c text(10)" for n in range(100)])
    assert "limit of 100 custom fields" in problems(deploy(desk, package({"Activity": [field("EQ_A__c")]})))[0]


def test_external_ids_are_limited_per_object(desk):
    desk.org.define("Account", [f"F{n}__c text(10) external" for n in range(25)])
    assert "maximum number of 25 external ID fields" in problems(deploy(desk, package({"Account": [field("EQ_A__c", KEY_FIELD)]})))[0]


def test_a_type_cannot_be_changed(desk):
    deploy(desk, package({"Account": [field("EQ_A__c")]}))
    assert "Cannot change the type of Account.EQ_A__c" in problems(deploy(desk, package({"Account": [field("EQ_A__c", NUMBER)]})))[0]


@pytest.mark.parametrize(
    ("granted", "reason"),
    [
        ("Account.Nope__c", "In field: field - no CustomField named Account.Nope__c found"),
        ("Activity.EQ_Key__c", "In field: field - no CustomField named Activity.EQ_Key__c found"),
        ("Account.Name", "You cannot deploy to a required field: Account.Name"),
        ("Account.LastActivityDate", "Field Account.LastActivityDate is not editable"),
    ],
)
def test_a_grant_is_refused_with_its_reason(desk, granted, reason):
    deploy(desk, package({"Activity": [field("EQ_Key__c", KEY_FIELD)]}))
    assert problems(deploy(desk, package({}, [granted]))) == [reason]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([grant("Account.Industry", readable=False)], "Field permission for Account.Industry: editable requires readable"),
        ([grant("Account.Industry"), grant("Account.industry")], "Duplicate fieldPermissions for Account.industry"),
        (["<userPermissions><enabled>true</enabled><name>FlyToMars</name></userPermissions>"], "Unknown user permission: FlyToMars"),
        (["<license>Platinum</license>"], "In field: license - no UserLicense named Platinum found"),
        (["<fieldPermissions><field>Account.Industry</field><readable>true</readable></fieldPermissions>"], "Required field is missing: editable"),
        (
            [("<objectPermissions><allowCreate>false</allowCreate><allowDelete>false</allowDelete><allowEdit>true</allowEdit><allowRead>false</allowRead>"
             "<modifyAllRecords>false</modifyAllRecords><object>Account</object><viewAllRecords>false</viewAllRecords></objectPermissions>")],
            "Permission Edit Account depends on permission(s): Read Account",
        ),
        (
            [("<objectPermissions><allowCreate>false</allowCreate><allowDelete>false</allowDelete><allowEdit>false</allowEdit><allowRead>true</allowRead>"
             "<modifyAllRecords>false</modifyAllRecords><object>Nope__c</object><viewAllRecords>false</viewAllRecords></objectPermissions>")],
            "In field: object - no CustomObject named Nope__c found",
        ),
    ],
)  # fmt: skip
def test_a_permission_set_is_refused_with_its_reason(desk, parts, reason):
    raw = zipped(
        {"package.xml": manifest({"PermissionSet": ["Equilibre"]}), "permissionsets/Equilibre.permissionset": permission_set(*parts)}
    )
    assert problems(deploy(desk, raw)) == [reason]


def test_a_permission_sets_description_ends_at_255(desk):
    text = permission_set(description="x" * 256)
    raw = zipped({"package.xml": manifest({"PermissionSet": ["Equilibre"]}), "permissionsets/Equilibre.permissionset": text})
    assert problems(deploy(desk, raw)) == [f"Description: data value too large: {'x' * 256} (max length=255)"]


def test_the_manifest_and_the_files_must_agree(desk):
    files = {"objects/Account.object": custom_object(field("EQ_A__c"))}
    missing = zipped({"package.xml": manifest({"CustomField": ["Account.EQ_A__c", "Account.EQ_B__c"]}), **files})
    assert problems(deploy(desk, missing)) == [
        "An object 'Account.EQ_B__c' of type CustomField was named in package.xml, but was not found in zipped directory"
    ]
    unnamed = zipped({"package.xml": manifest({}), **files})
    assert problems(deploy(desk, unnamed)) == [
        "An object 'Account.EQ_A__c' of type CustomField was found in zipped directory, but was not named in package.xml"
    ]
    unknown = zipped({"package.xml": manifest({"CustomFeild": ["Account.EQ_A__c"], "CustomObject": ["Account"]}), **files})
    assert problems(deploy(desk, unknown)) == ["Unknown type name 'CustomFeild' specified in package.xml"]
    whole = zipped({"package.xml": manifest({"CustomObject": ["Account"]}), **files})
    assert problems(deploy(desk, whole)) == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"src/package.xml": "x"}, "No package.xml found"),
        ({"package.xml": "<Package"}, "Error parsing file: unclosed token"),
        ({"package.xml": f'<Paket xmlns="{NS}"/>'}, "Error parsing file: Element"),
        ({"package.xml": manifest({}, version=None)}, "Required field is missing: version"),
        ({"package.xml": manifest({}, version="99.0")}, "Invalid version specified:99.0"),
        ({"package.xml": manifest({}, version="66")}, "Invalid version specified:66"),
        ({"package.xml": manifest({}), "objects/Account.xml": "x"}, "Unknown file extension or folder"),
        ({"package.xml": manifest({}), "objects/Account.object": "<x"}, "Error parsing file"),
    ],
)
def test_a_package_that_is_none_is_refused(desk, files, reason):
    assert problems(deploy(desk, zipped(files)))[0].startswith(reason)


def test_what_is_no_zip_is_refused(desk):
    assert problems(deploy(desk, b"nonsense")) == ["Zip file is invalid"]


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
