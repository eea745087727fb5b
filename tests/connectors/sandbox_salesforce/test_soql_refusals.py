from __future__ import annotations

import pytest

REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


def test_an_unknown_field_is_named_with_its_place(desk):
    assert desk.refused("SELECT Id, Foo__c FROM Account") == (
        400,
        "INVALID_FIELD",
        (
            "\nSELECT Id, Foo__c FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo__c' on entity 'Account'. If you are attempting to use a "
            f"custom field, be sure to append the '__c' after the custom field name. {REFERENCE}"
        ),
    )


def test_an_unknown_object_is_named_with_its_place(desk):
    assert desk.refused("SELECT COUNT() FROM XYZZY") == (
        400,
        "INVALID_TYPE",
        (
            "\nSELECT COUNT() FROM XYZZY\n                     ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported. If you are attempting to use a "
            f"custom object, be sure to append the '__c' after the entity name. {REFERENCE}"
        ),
    )


def test_the_place_is_counted_over_lines(desk):
    message = desk.refused("SELECT Id,\n  Nope\nFROM Account")[2]
    assert message.startswith("\n  Nope\n  ^\nERROR at Row:2:Column:3\n")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Industry FROM Account",
        "SELECT Id FROM Account WHERE Industry = 'x'",
        "SELECT Id FROM Account ORDER BY Industry",
        "SELECT Parent.Industry FROM Account",
    ],
)
def test_a_hidden_field_is_as_unknown_as_one_that_does_not_exist(desk, text):
    desk.org.hide("Account", "Industry")
    status, code, message = desk.refused(text)
    assert (status, code) == (400, "INVALID_FIELD")
    assert "No such column 'Industry' on entity 'Account'." in message


def test_a_currency_code_without_several_currencies_fails_the_whole_query(desk):
    assert "No such column 'CurrencyIsoCode' on entity 'Opportunity'" in desk.refused("SELECT Id, CurrencyIsoCode FROM Opportunity")[2]


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("SELECT Id FORM Account", "FORM"),
        ("SELEC Id FROM Account", "SELEC"),
        ("SELECT Id FROM Account WHERE", "<EOF>"),
        ("SELECT Id FROM Account LIMIT x", "x"),
        ("SELECT Id FROM Account LIMIT 5 WHERE Name = 'a'", "WHERE"),
        ("SELECT Id FROM Account;", ";"),
        ("SELECT Id, FROM Account", "FROM"),
        ("SELECT * FROM Account", "*"),
        ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", "AND"),
        ("SELECT Id FROM Account WHERE Id IN ()", ")"),
        ('SELECT Id FROM Account WHERE Name = "a"', '"a"'),
        ("SELECT Id FROM Account WHERE Name == 'a'", "="),
        ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01T00:00:00", "2026-01-01T00:00:00"),
        ("SELECT Id FROM Account WHERE CreatedDate = SOMEDAY", "SOMEDAY"),
        ("SELECT Id FROM Account WHERE CreatedDate > LAST_N_FORTNIGHTS:2", "LAST_N_FORTNIGHTS"),
        ("SELECT UPPER(Name) FROM Account", "("),
    ],
)
def test_what_cannot_be_read_is_malformed_at_its_token(desk, text, token):
    assert desk.refused(text) == (400, "MALFORMED_QUERY", f"unexpected token: '{token}'")


def test_a_plus_that_was_not_encoded_is_a_space_and_so_malformed(desk):
    answer = desk.http.get(
        f"{desk.base}/services/data/v66.0/query?q=SELECT+Id+FROM+Account+WHERE+CreatedDate>2026-01-01T00:00:00+01:00", timeout=20
    )
    assert answer.json()[0]["errorCode"] == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT Id FROM Account WHERE Name = 'a", "unterminated string literal"),
        ("SELECT Id FROM Account WHERE Name = 'a\\q'", "Illegal character escape"),
        ("SELECT Name n FROM Account", "only aggregate expressions use field aliasing"),
        ("SELECT Name, COUNT(Id) FROM Account", "Field must be grouped or aggregated: Name"),
        ("SELECT Id FROM Account ALL ROWS", "ALL ROWS not allowed in this context"),
        ("SELECT FIELDS(ALL) FROM Account", "must have a LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", "must have a LIMIT of at most 200"),
        ("SELECT Industry, COUNT() FROM Account GROUP BY Industry", "Grouped query cannot use COUNT()"),
        ("SELECT convertCurrency(AnnualRevenue) FROM Account", "convertCurrency may only be used"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)", "cannot be used with a semi join"),
        ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account", "Relationship depth cannot exceed 5"),
        ("", "SOQL statements cannot be empty or null."),
    ],
)
def test_what_is_not_allowed_is_malformed_with_its_reason(desk, text, said):
    status, code, message = desk.refused(text)
    assert (status, code) == (400, "MALFORMED_QUERY")
    assert said in message


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ("CreatedDate > '2026-01-01'", "dateTime"),
        ("CreatedDate > 2026-01-01", "dateTime"),
        ("LastActivityDate > 2026-01-01T00:00:00Z", "date"),
        ("IsDeleted = 'true'", "boolean"),
        ("AnnualRevenue > '5'", "double"),
        ("Name = 5", "string"),
        ("Industry = true", "string"),
    ],
)
def test_a_literal_of_the_wrong_type_is_refused(desk, condition, kind):
    status, code, message = desk.refused(f"SELECT Id FROM Account WHERE {condition}")
    field = condition.split()[0]
    quotes = "should be" if kind == "string" else "should not be"
    assert (status, code) == (400, "INVALID_FIELD")
    assert message.endswith(f"value of filter criterion for field '{field}' must be of type {kind} and {quotes} enclosed in quotes")


def test_long_text_can_be_neither_filtered_sorted_nor_grouped(desk):
    assert desk.refused("SELECT Id FROM Account WHERE Description = 'x'") == (
        400,
        "INVALID_FIELD",
        "field 'Description' can not be filtered in a query call",
    )
    assert desk.refused("SELECT Id FROM Account ORDER BY Description") == (
        400,
        "INVALID_FIELD",
        "field 'Description' can not be sorted in a query call",
    )
    text = "SELECT Description, COUNT(Id) FROM Account GROUP BY Description"
    assert desk.refused(text) == (400, "INVALID_FIELD", "field 'Description' can not be grouped in a query call")


@pytest.mark.parametrize(
    "condition", ["Id = 'xyz'", "ParentId IN ('001')", "IsDeleted > true", "Name INCLUDES ('a')", "AnnualRevenue LIKE '1%'", "Name > null"]
)
def test_operators_that_do_not_fit_are_refused(desk, condition):
    assert desk.refused(f"SELECT Id FROM Account WHERE {condition}")[:2] == (400, "INVALID_QUERY_FILTER_OPERATOR")


def test_unknown_relationships_are_named(desk):
    assert "Didn't understand relationship 'Foo' in field path." in desk.refused("SELECT Foo.Name FROM Account")[2]
    status, code, message = desk.refused("SELECT (SELECT Id FROM Foos) FROM Account")
    assert (status, code) == (400, "INVALID_TYPE")
    assert "Didn't understand relationship 'Foos' in FROM part of query call." in message
    assert "No such column 'Industry' on entity 'Name'" in desk.refused("SELECT What.Industry FROM Task")[2]


def test_a_field_may_be_selected_once(desk):
    assert "duplicate field selected: Name" in desk.refused("SELECT Name, Id, name FROM Account")[2]


def test_text_cannot_be_summed(desk):
    assert "field Name does not support aggregate operator SUM" in desk.refused("SELECT SUM(Name) FROM Account")[2]


def test_offsets_end_at_two_thousand(desk):
    assert desk.refused("SELECT Id FROM Account LIMIT 1 OFFSET 2001") == (
        400,
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Maximum SOQL offset allowed is 2000",
    )


def test_more_than_two_thousand_groups_cannot_be_paged(desk):
    for number in range(2_001):
        desk.account(f"A{number}")
    status, code, message = desk.refused("SELECT Name, COUNT(Id) FROM Account GROUP BY Name")
    assert (status, code) == (400, "EXCEEDED_ID_LIMIT")
    assert "does not support queryMore()" in message
    assert desk.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name LIMIT 2000")["totalSize"] == 2_000


def test_a_statement_has_an_end(desk):
    desk.org.knobs.longest_uri = desk.org.knobs.longest_head = 300_000
    assert (
        desk.refused("SELECT Id FROM Account WHERE Name = '" + "x" * 100_000 + "'")[2]
        == "SOQL statements cannot be longer than 100000 characters."
    )
