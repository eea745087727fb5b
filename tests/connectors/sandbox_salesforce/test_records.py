from __future__ import annotations

from datetime import timedelta

import pytest

from tests.connectors.sandbox_salesforce.desk import error, fields_of

NOW = "2026-11-22T09:00:00.000+0000"


def test_a_record_is_created_read_changed_and_deleted(desk):
    made = desk.post("/sobjects/Account", {"Name": "  Acme ", "Industry": "Banking"})
    assert (made.status_code, made.json()["success"], made.json()["errors"]) == (201, True, [])
    record = made.json()["id"]
    assert made.headers["Location"] == f"/services/data/v66.0/sobjects/Account/{record}"
    shown = desk.get(f"/sobjects/Account/{record}").json()
    assert (shown["Name"], shown["OwnerId"], shown["CreatedDate"]) == ("Acme", desk.org.user, NOW)
    changed = desk.patch(f"/sobjects/Account/{record}", {"Name": "Acme 2"})
    assert (changed.status_code, changed.text) == (204, "")
    assert desk.get(f"/sobjects/Account/{record}", params={"fields": "Name"}).json()["Name"] == "Acme 2"
    assert desk.delete(f"/sobjects/Account/{record}").status_code == 204
    assert error(desk.get(f"/sobjects/Account/{record}")) == (404, "ENTITY_IS_DELETED", "entity is deleted")


def test_an_id_of_15_characters_will_do(desk):
    account = desk.account()
    assert desk.patch(f"/sobjects/Account/{account[:15]}", {"Name": "x"}).status_code == 204


def test_empty_text_is_null(desk):
    account = desk.account(Industry="Banking")
    desk.patch(f"/sobjects/Account/{account}", {"Industry": ""})
    assert desk.org.record(account).get("Industry") is None


def test_saving_nothing_new_still_stamps(desk):
    account = desk.account()
    desk.clock.move(minutes=3)
    desk.patch(f"/sobjects/Account/{account}", {"Name": "Acme"})
    row = desk.org.record(account)
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-22T09:03:00.000+0000"
    assert row["LastModifiedById"] == desk.org.user
    assert row["CreatedById"] == desk.org.admin


def test_stamps_are_cut_to_the_second(desk):
    desk.clock.move(microseconds=999_999)
    account = desk.account()
    assert desk.org.record(account)["SystemModstamp"] == NOW


def test_times_are_normalised_to_utc_and_numbers_to_their_scale(desk):
    desk.org.define("Account", ["Seen__c datetime", "Share__c number(5,4)"])
    account = desk.account()
    desk.patch(f"/sobjects/Account/{account}", {"Seen__c": "2026-03-29T03:30:00.750+02:00", "Share__c": 0.123456})
    row = desk.rows("SELECT Seen__c, Share__c FROM Account")[0]
    assert row == {"Seen__c": "2026-03-29T01:30:00.000+0000", "Share__c": 0.1235}


def test_a_missing_record_is_not_found(desk):
    absent = "001Qy0000000999"
    assert error(desk.get(f"/sobjects/Account/{absent}")) == (404, "NOT_FOUND", "The requested resource does not exist")
    assert error(desk.patch(f"/sobjects/Account/{absent}", {"Name": "x"}))[:2] == (404, "NOT_FOUND")


def test_an_id_that_is_none_is_malformed(desk):
    answer = desk.patch("/sobjects/Account/001xyz", {"Name": "x"})
    assert error(answer) == (400, "MALFORMED_ID", "Account ID: id value of incorrect type: 001xyz")
    assert fields_of(answer) == ["Id"]
    assert error(desk.get(f"/sobjects/Account/{desk.org.user}"))[:2] == (400, "MALFORMED_ID")


def test_changing_or_deleting_what_is_deleted_is_told_so(desk):
    account = desk.account()
    desk.org.delete("Account", account)
    for answer in (desk.patch(f"/sobjects/Account/{account}", {"Name": "x"}), desk.delete(f"/sobjects/Account/{account}")):
        assert error(answer) == (404, "ENTITY_IS_DELETED", "entity is deleted")
        assert fields_of(answer) == []


def test_if_unmodified_since_protects_a_newer_record(desk):
    account = desk.account()
    desk.clock.move(minutes=1)
    desk.org.update("Account", account, {"Name": "newer"})
    stale = {"If-Unmodified-Since": "Sun, 22 Nov 2026 09:00:30 GMT"}
    assert desk.patch(f"/sobjects/Account/{account}", {"Name": "x"}, headers=stale).status_code == 412
    fresh = {"If-Unmodified-Since": "Sun, 22 Nov 2026 09:01:00 GMT"}
    assert desk.patch(f"/sobjects/Account/{account}", {"Name": "x"}, headers=fresh).status_code == 204


# ---------------------------------------------------------------- by external id


@pytest.fixture
def keyed(desk):
    desk.org.define("Account", ["Key__c text(40) unique external", "Old__c text(40) external"])
    return desk


def test_an_upsert_inserts_then_matches(keyed):
    path = "/sobjects/Account/Key__c/acme%2F42%23%3F%20x"
    first = keyed.patch(path, {"Name": "Acme"})
    second = keyed.patch(path, {"Name": "Acme 2"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()) == (200, {"id": first.json()["id"], "success": True, "errors": [], "created": False})
    assert keyed.rows("SELECT Name, Key__c FROM Account") == [{"Name": "Acme 2", "Key__c": "acme/42#? x"}]


def test_an_upsert_matches_without_case_unless_the_field_minds(keyed):
    keyed.patch("/sobjects/Account/Key__c/abc", {"Name": "A"})
    assert keyed.patch("/sobjects/Account/Key__c/ABC", {"Name": "A"}).status_code == 200
    keyed.org.define("Account", ["Strict__c text(40) unique external casesensitive"])
    keyed.patch("/sobjects/Account/Strict__c/abc", {"Name": "B"})
    assert keyed.patch("/sobjects/Account/Strict__c/ABC", {"Name": "B"}).status_code == 201


def test_update_only_forbids_the_insert(keyed):
    answer = keyed.patch("/sobjects/Account/Key__c/new", {"Name": "x"}, params={"updateOnly": "true"})
    assert error(answer)[:2] == (404, "NOT_FOUND")
    assert keyed.rows("SELECT Id FROM Account") == []


def test_several_matches_are_listed(keyed):
    ids = [keyed.account(f"A{n}", Old__c="same") for n in range(2)]
    answer = keyed.patch("/sobjects/Account/Old__c/same", {"Name": "x"})
    assert (answer.status_code, answer.json()) == (300, [f"/services/data/v66.0/sobjects/Account/{one}" for one in ids])
    assert keyed.get("/sobjects/Account/Old__c/same").status_code == 300


@pytest.mark.parametrize("field", ["Nope__c", "Name"])
def test_a_field_that_is_no_key_is_refused(keyed, field):
    answer = keyed.patch(f"/sobjects/Account/{field}/x", {"Name": "y"})
    assert error(answer) == (404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {field}")


def test_a_hidden_key_is_no_key(keyed):
    keyed.org.hide("Account", "Key__c")
    message = "Provided external ID field does not exist or is not accessible: Key__c"
    assert error(keyed.patch("/sobjects/Account/Key__c/x", {"Name": "y"})) == (404, "NOT_FOUND", message)


def test_the_key_may_not_be_repeated_in_the_body(keyed):
    assert error(keyed.patch("/sobjects/Account/Key__c/x", {"Name": "y", "Key__c": "x"}))[:2] == (400, "INVALID_FIELD")


def test_a_record_is_read_and_deleted_by_its_key(keyed):
    account = keyed.account(Key__c="k1")
    assert keyed.get("/sobjects/Account/Key__c/k1").json()["Id"] == account
    assert keyed.delete("/sobjects/Account/Key__c/k1").status_code == 204
    assert error(keyed.get("/sobjects/Account/Key__c/k1"))[:2] == (404, "NOT_FOUND")


def test_a_deleted_record_gives_its_key_free_and_cannot_come_back(keyed):
    old = keyed.account(Key__c="k1")
    keyed.org.delete("Account", old)
    assert keyed.patch("/sobjects/Account/Key__c/k1", {"Name": "new"}).status_code == 201
    with pytest.raises(ValueError, match="DUPLICATE_VALUE"):
        keyed.org.undelete(old)


def test_a_key_that_becomes_one_later_finds_older_records(desk):
    desk.org.define("Account", ["Late__c text(40)"])
    account = desk.account(Late__c="x1")
    desk.org.define("Account", ["Late__c text(40) unique external"])
    assert desk.patch("/sobjects/Account/Late__c/x1", {"Name": "found"}).json()["id"] == account


def test_every_write_is_noted_with_names_not_values(keyed):
    account = keyed.account()
    keyed.patch(f"/sobjects/Account/{account}", {"Name": "secret name", "Industry": "Banking"})
    keyed.patch(f"/sobjects/Account/{account}", {"Nope": 1})
    done, refused = keyed.audit.writes
    assert (done.object, done.ids, done.fields, done.status, done.refused) == ("Account", (account,), ("Industry", "Name"), 204, 0)
    assert (refused.ids, refused.fields, refused.status, refused.refused) == ((), ("Nope",), 400, 1)
    assert "secret name" not in str(keyed.audit.as_json())
    assert done.at == keyed.clock.now
    assert keyed.audit.written_fields("Account") == {"Industry", "Name", "Nope"}


def test_the_bin_is_emptied_of_old_records_only(desk):
    old, new = desk.account("old"), desk.account("new")
    desk.org.delete("Account", old, at=desk.clock.now)
    desk.clock.move(days=15)
    desk.org.delete("Account", new)
    assert desk.org.purge() == 1
    assert [row["Id"] for row in desk.rows("SELECT Id FROM Account", everything=True)] == [new]
    assert error(desk.get(f"/sobjects/Account/{old}"))[:2] == (404, "NOT_FOUND")


def test_undeleting_brings_a_record_back_with_a_new_stamp(desk):
    account = desk.account()
    desk.org.delete("Account", account)
    desk.clock.now += timedelta(hours=1)
    desk.org.undelete(account)
    assert desk.rows("SELECT IsDeleted, SystemModstamp FROM Account") == [
        {"IsDeleted": False, "SystemModstamp": "2026-11-22T10:00:00.000+0000"}
    ]
