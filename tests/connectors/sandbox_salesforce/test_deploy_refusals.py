from __future__ import annotations

import pytest

from tests.connectors.sandbox_salesforce.packages import (
    KEY_FIELD,
    NS,
    NUMBER,
    PICKLIST,
    TEXT_FIELD,
    custom_object,
    deploy,
    field,
    grant,
    manifest,
    package,
    permission_set,
    problems,
    value,
    zipped,
)

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
