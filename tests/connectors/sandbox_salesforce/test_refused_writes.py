from __future__ import annotations

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.salesforce.knobs import Check
from tests.connectors.sandbox_salesforce.desk import error, fields_of


@pytest.fixture
def acme(desk):
    desk.org.define(
        "Account",
        [
            'Note__c text(255) "Flag note"', 'Level__c pick(none|watch|alert) restricted "Level"', "Share__c number(5,4)", "Seen__c datetime", "Day__c date",
            "Tick__c bool", "Key__c text(40) unique external", "Worked_Out__c number(5,2) calculated",
        ],
    )  # fmt: skip
    desk.id = desk.account()
    return desk


def save(desk, **values):
    return desk.patch(f"/sobjects/Account/{desk.id}", values)


def test_an_unknown_field_is_no_column(acme):
    assert error(save(acme, foo=1)) == (400, "INVALID_FIELD", "No such column 'foo' on sobject of type Account")
    acme.org.hide("Account", "Note__c")
    assert error(save(acme, Note__c="x"))[2] == "No such column 'Note__c' on sobject of type Account"


@pytest.mark.parametrize("field", ["SystemModstamp", "LastActivityDate", "Worked_Out__c", "CreatedDate"])
def test_read_only_fields_cannot_be_written(acme, field):
    answer = save(acme, **{field: None})
    assert error(answer) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        (
            f"Unable to create/update fields: {field}. Please check the security settings of this field and verify that it is read/write for your profile or "
            "permission set."
        ),
    )
    assert fields_of(answer) == [field]


def test_a_field_that_may_only_be_read_cannot_be_written(acme):
    acme.org.freeze("Account", "Note__c")
    assert error(save(acme, Note__c="x"))[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_the_id_is_not_a_value(acme):
    assert error(save(acme, Id=acme.id))[1] == "INVALID_FIELD"
    answer = acme.post("/sobjects/Account", {"Name": "x", "Id": acme.id})
    assert error(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call")


def test_text_that_is_too_long_is_told_with_the_label(acme):
    text = "x" * 256
    answer = save(acme, Note__c=text)
    assert error(answer) == (400, "STRING_TOO_LONG", f"Flag note: data value too large: {text} (max length=255)")
    assert fields_of(answer) == ["Note__c"]
    assert save(acme, Note__c="x" * 255).status_code == 204


def test_a_restricted_picklist_takes_only_its_values(acme):
    answer = save(acme, Level__c="Foo")
    assert error(answer) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Level: bad value for restricted picklist field: Foo")
    assert fields_of(answer) == ["Level__c"]
    assert save(acme, Level__c="watch").status_code == 204
    assert save(acme, Industry="Not listed").status_code == 204


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("Share__c", "much", "double from VALUE_STRING value much"),
        ("Share__c", True, "double from VALUE_TRUE value true"),
        ("Seen__c", "2026-11-22", "datetime from VALUE_STRING value 2026-11-22"),
        ("Seen__c", "2026-11-22T10:00:00", "datetime from VALUE_STRING value 2026-11-22T10:00:00"),
        ("Day__c", "22/11/2026", "date from VALUE_STRING value 22/11/2026"),
        ("Day__c", "2026-02-30", "date from VALUE_STRING value 2026-02-30"),
        ("Tick__c", "yes", "boolean from VALUE_STRING value yes"),
        ("Note__c", 5, "string from VALUE_NUMBER_INT value 5"),
        ("NumberOfEmployees", 1.5, "int from VALUE_NUMBER_FLOAT value 1.5"),
    ],
)
def test_a_value_that_is_no_value_of_its_field_is_a_parser_error(acme, field, value, kind):
    status, code, message = error(save(acme, **{field: value}))
    assert (status, code) == (400, "JSON_PARSER_ERROR")
    assert message.startswith(f"Cannot deserialize instance of {kind}")


def test_numbers_and_addresses_have_their_limits(acme):
    assert error(save(acme, Share__c=10))[1] == "NUMBER_OUTSIDE_VALID_RANGE"
    answer = acme.post("/sobjects/Contact", {"LastName": "L", "Email": "nobody"})
    assert error(answer) == (400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody")


def test_what_is_required_must_be_there(acme):
    answer = acme.post("/sobjects/Account", {"Industry": "Banking"})
    assert error(answer) == (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]")
    assert fields_of(answer) == ["Name"]
    assert error(save(acme, Name=None))[1] == "REQUIRED_FIELD_MISSING"
    answer = acme.post("/sobjects/Opportunity", {"Name": "x"})
    assert error(answer)[2] == "Required fields are missing: [StageName, CloseDate]"


def test_a_unique_value_belongs_to_one_record(acme):
    other = acme.account("Other", Key__c="K1")
    answer = save(acme, Key__c="k1")
    assert error(answer) == (400, "DUPLICATE_VALUE", f"duplicate value found: Key__c duplicates value on record with id: {other}")
    assert fields_of(answer) == []
    assert acme.patch(f"/sobjects/Account/{other}", {"Key__c": "k1"}).status_code == 204


def test_references_must_exist_and_be_of_their_type(acme):
    assert error(save(acme, ParentId="001Qy00000000ZZ")) == (400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    answer = save(acme, ParentId=acme.org.user)
    assert error(answer) == (400, "MALFORMED_ID", f"Parent Account ID: id value of incorrect type: {acme.org.user}")
    assert fields_of(answer) == ["ParentId"]
    assert error(save(acme, ParentId="nonsense"))[1] == "MALFORMED_ID"
    gone = acme.account("gone")
    acme.org.delete("Account", gone)
    assert error(save(acme, ParentId=gone))[1] == "INVALID_CROSS_REFERENCE_KEY"


def test_hierarchies_have_no_circles(acme):
    child = acme.account("child", ParentId=acme.id)
    assert error(save(acme, ParentId=child)) == (400, "CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints")


def test_an_owner_is_active(acme):
    left = acme.org.insert(
        "User", {"LastName": "Left", "Username": "left@acme.example", "Email": "left@acme.example", "Alias": "left", "IsActive": False}
    )
    answer = save(acme, OwnerId=left)
    assert error(answer) == (400, "INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{left}] as owner of account")
    acme.org.update("Account", acme.id, {"OwnerId": left})
    assert save(acme, Note__c="still works").status_code == 204
    acme.org.knobs.update_inactive_owners = False
    assert error(save(acme, Note__c="no more"))[1] == "INACTIVE_OWNER_OR_USER"


def test_a_queue_owns_only_what_it_serves(acme):
    queue = acme.org.insert("Group", {"Name": "Support", "Type": "Queue"})
    assert error(save(acme, OwnerId=queue)) == (400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    assert error(acme.post("/sobjects/Task", {"Subject": "x", "OwnerId": queue}))[1] == "INVALID_CROSS_REFERENCE_KEY"
    acme.org.insert("QueueSobject", {"QueueId": queue, "SobjectType": "Task"})
    assert acme.post("/sobjects/Task", {"Subject": "x", "OwnerId": queue}).status_code == 201


def test_the_admins_own_rules_speak_in_their_own_words(acme):
    acme.org.knobs.checks.append(
        Check(
            object="Account", when=lambda new, _old: not new.get("AccountNumber"), message="Numéro obligatoire", fields=("AccountNumber",)
        )
    )
    answer = save(acme, Note__c="x")
    assert error(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Numéro obligatoire")
    assert fields_of(answer) == ["AccountNumber"]
    assert save(acme, AccountNumber="1").status_code == 204


def test_a_failing_trigger_refuses_the_save(acme):
    text = "MyTrigger: execution of BeforeUpdate caused by: System.NullPointerException"
    acme.org.knobs.checks.append(
        Check(object="Account", when=lambda _new, old: bool(old), message=text, code="CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    )
    assert error(save(acme, Note__c="x")) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def test_a_transaction_policy_refuses_the_save(acme):
    acme.org.knobs.checks.append(
        Check(object="Account", when=lambda *_: True, message="blocked by policy", code="TXN_SECURITY_METERING_ERROR")
    )
    assert error(save(acme, Note__c="x")) == (400, "TXN_SECURITY_METERING_ERROR", "blocked by policy")


def test_duplicates_are_detected_unless_saving_is_allowed(acme):
    acme.org.knobs.duplicate_rules["Account"] = ("Name",)
    answer = acme.post("/sobjects/Account", {"Name": "ACME"})
    assert error(answer) == (400, "DUPLICATES_DETECTED", "Use one of these records?")
    assert answer.json()[0]["duplicateResult"]["allowSave"] is True
    allowed = acme.post("/sobjects/Account", {"Name": "ACME"}, headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})
    assert allowed.status_code == 201


def test_a_locked_row_can_be_saved_later(acme):
    acme.org.knobs.row_locks[acme.id] = 1
    message = f"unable to obtain exclusive access to this record or 1 records: {acme.id}"
    assert error(save(acme, Note__c="x")) == (400, "UNABLE_TO_LOCK_ROW", message)
    assert save(acme, Note__c="x").status_code == 204


def test_a_lock_on_the_account_holds_its_children(acme):
    acme.org.knobs.row_locks[acme.id] = 1
    assert error(acme.post("/sobjects/Contact", {"LastName": "L", "AccountId": acme.id}))[1] == "UNABLE_TO_LOCK_ROW"


def test_a_race_for_a_new_key_has_one_loser_who_matches_next_time(acme):
    acme.faults.add(Fault(method="PATCH", path="/Key__c/", effects=("duplicate_race",)))
    status, code, message = error(acme.patch("/sobjects/Account/Key__c/k9", {"Name": "x"}))
    assert (status, code) == (400, "DUPLICATE_VALUE")
    assert message.startswith("duplicate value found: Key__c duplicates value on record with id: 001")
    again = acme.patch("/sobjects/Account/Key__c/k9", {"Name": "x"})
    assert (again.status_code, again.json()["created"]) == (200, False)


def test_access_to_a_record_or_an_object_may_be_missing(acme):
    acme.org.knobs.locked_out.add(acme.id)
    assert error(save(acme, Note__c="x")) == (403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    acme.org.deny("Contact", "create")
    assert error(acme.post("/sobjects/Contact", {"LastName": "L"}))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_setup_lists_cannot_be_written(acme):
    answer = acme.post("/sobjects/TaskStatus", {"MasterLabel": "x"})
    assert error(answer) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted: TaskStatus")


def test_an_account_with_cases_cannot_be_deleted_but_takes_contacts_along(acme):
    contact = acme.org.insert("Contact", {"LastName": "L", "AccountId": acme.id})
    case = acme.org.insert("Case", {"Subject": "x", "AccountId": acme.id})
    assert error(acme.delete(f"/sobjects/Account/{acme.id}"))[1] == "DELETE_FAILED"
    acme.org.delete("Case", case)
    assert acme.delete(f"/sobjects/Account/{acme.id}").status_code == 204
    assert acme.org.record(contact)["IsDeleted"] is True


def test_a_person_account_has_no_name_to_write(open_desk):
    desk = open_desk("person_accounts")
    person = desk.account("Jane", IsPersonAccount=True)
    assert error(desk.patch(f"/sobjects/Account/{person}", {"Name": "Joan"}))[2] == "Account: bad field names on insert/update call: Name"


def test_a_body_must_be_json_and_say_so(acme):
    wrong = acme.call("PATCH", f"/sobjects/Account/{acme.id}", data="{", headers={"Content-Type": "application/json"})
    assert error(wrong)[:2] == (400, "JSON_PARSER_ERROR")
    unsaid = acme.call("PATCH", f"/sobjects/Account/{acme.id}", data="{}", headers={"Content-Type": "text/plain"})
    assert error(unsaid)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_refused_save_changes_nothing(acme):
    before = acme.org.record(acme.id)
    acme.clock.move(minutes=1)
    save(acme, Note__c="new", Level__c="nonsense")
    assert acme.org.record(acme.id) == before
