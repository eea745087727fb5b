from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def shop(desk):
    """Three accounts, one the parent of another, with what hangs on them."""

    def account(name, **values):
        return desk.account(name, **values)

    desk.alpha = account(
        "Alpha", Industry="Banking", AnnualRevenue=100, Description="long text", BillingCity="Lyon", BillingCountry="France"
    )
    desk.beta = account("beta", Industry="Retail", ParentId=desk.alpha, AnnualRevenue=50)
    desk.gamma = account("Gamma's")
    for number, (who, amount, stage) in enumerate(
        [(desk.alpha, 10, "Closed Won"), (desk.alpha, 30, "Prospecting"), (desk.beta, 5, "Closed Won")], start=1
    ):
        values = {"Name": f"O{number}", "AccountId": who, "Amount": amount, "StageName": stage, "CloseDate": f"2026-0{number}-15"}
        desk.org.insert("Opportunity", values, created=datetime(2026, number, 1, 12, tzinfo=UTC))
    return desk


def names(desk, where: str) -> list[str]:
    return desk.names(f"SELECT Name FROM Account {where}")


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("WHERE Name = 'ALPHA'", ["Alpha"]),
        ("WHERE Name = 'Gamma\\'s'", ["Gamma's"]),
        ("WHERE Name != 'alpha'", ["beta", "Gamma's"]),
        ("WHERE Name <> 'alpha' AND Industry != null", ["beta"]),
        ("WHERE Name LIKE '%a'", ["Alpha", "beta"]),
        ("WHERE Name LIKE '_eta'", ["beta"]),
        ("WHERE Name LIKE 'a\\%'", []),
        ("WHERE (NOT Name LIKE 'a%')", ["beta", "Gamma's"]),
        ("WHERE Name > 'b'", ["beta", "Gamma's"]),
        ("WHERE Industry = null", ["Gamma's"]),
        ("WHERE Industry = ''", ["Gamma's"]),
        ("WHERE Industry != 'Banking'", ["beta", "Gamma's"]),
        ("WHERE Industry IN ('banking', 'Retail')", ["Alpha", "beta"]),
        ("WHERE Industry NOT IN ('banking')", ["beta", "Gamma's"]),
        ("WHERE AnnualRevenue > 50", ["Alpha"]),
        ("WHERE AnnualRevenue >= 5e1 AND AnnualRevenue <= 100.0", ["Alpha", "beta"]),
        ("WHERE AnnualRevenue < 60", ["beta"]),
        ("WHERE IsDeleted = false", ["Alpha", "beta", "Gamma's"]),
        ("WHERE Parent.Name = 'alpha'", ["beta"]),
        ("WHERE Parent.Industry = 'Banking' OR (Name = 'Alpha' AND AnnualRevenue = 100)", ["Alpha", "beta"]),
        ("WHERE NOT (Name = 'Alpha' OR Name = 'Beta')", ["Gamma's"]),
        ("WHERE Owner.Username = 'admin@acme.example' AND ParentId != null", ["beta"]),
        ("WHERE Id IN (SELECT AccountId FROM Opportunity WHERE IsWon = true)", ["Alpha", "beta"]),
        ("WHERE Id NOT IN (SELECT AccountId FROM Opportunity)", ["Gamma's"]),
        ("WHERE CreatedDate = TODAY", ["Alpha", "beta", "Gamma's"]),
        ("WHERE CreatedDate < LAST_N_DAYS:3", []),
    ],
)
def test_where_finds(shop, where, found):
    assert names(shop, where) == found


def test_ids_are_the_same_at_15_and_18_characters(shop):
    assert names(shop, f"WHERE Id = '{shop.alpha[:15]}'") == names(shop, f"WHERE Id = '{shop.alpha}'") == ["Alpha"]
    assert names(shop, f"WHERE ParentId IN ('{shop.alpha[:15]}')") == ["beta"]
    assert names(shop, f"WHERE Id > '{shop.alpha}'") == ["beta", "Gamma's"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("CloseDate = 2026-01-15", ["O1"]),
        ("CloseDate > 2026-01-15", ["O2", "O3"]),
        ("CloseDate = THIS_YEAR", ["O1", "O2", "O3"]),
        ("CloseDate = LAST_YEAR", []),
        ("CloseDate < LAST_N_MONTHS:8", ["O1", "O2"]),
        ("CloseDate >= LAST_N_DAYS:280", ["O2", "O3"]),
        ("CreatedDate >= 2026-02-01T12:00:00Z", ["O2", "O3"]),
        ("CreatedDate > 2026-02-01T13:00:00+01:00", ["O3"]),
        ("CreatedDate = 2026-02-01T13:00:00.000+0100", ["O2"]),
        ("CALENDAR_MONTH(CloseDate) = 3", ["O3"]),
        ("CALENDAR_YEAR(CreatedDate) = 2025", []),
        ("DAY_ONLY(CreatedDate) = 2026-02-01", ["O2"]),
    ],
)
def test_dates_are_compared_as_days_and_times_as_moments(shop, condition, found):
    assert shop.names(f"SELECT Name FROM Opportunity WHERE {condition}") == found


def test_the_keyset_of_an_incremental_read_loses_no_tie(desk):
    moment = desk.clock.now - timedelta(hours=1)
    ids = [desk.org.insert("Account", {"Name": f"A{n}"}, created=moment) for n in range(5)]
    stamp = "2026-11-22T08:00:00Z"
    text = f"SELECT Id FROM Account WHERE (SystemModstamp = {stamp} AND Id > '{ids[2]}') OR SystemModstamp > {stamp} ORDER BY SystemModstamp, Id"
    assert [row["Id"] for row in desk.rows(text)] == ids[3:]


def test_order_puts_nulls_first_unless_told_otherwise(shop):
    assert names(shop, "ORDER BY AnnualRevenue") == ["Gamma's", "beta", "Alpha"]
    assert names(shop, "ORDER BY AnnualRevenue DESC NULLS LAST") == ["Alpha", "beta", "Gamma's"]
    assert names(shop, "ORDER BY Name") == ["Alpha", "beta", "Gamma's"]
    assert names(shop, "ORDER BY Parent.Name NULLS LAST, Name DESC") == ["beta", "Gamma's", "Alpha"]


def test_limit_and_offset_cut(shop):
    assert names(shop, "ORDER BY Name LIMIT 1 OFFSET 1") == ["beta"]
    assert names(shop, "ORDER BY Name LIMIT 0") == []


def test_parents_are_nested_and_null_where_there_are_none(shop):
    rows = shop.query("SELECT Id, Name, Parent.Name, Parent.Owner.Name FROM Account ORDER BY Name LIMIT 2")["records"]
    assert rows[0]["Parent"] is None
    assert rows[1]["Parent"]["Name"] == "Alpha"
    assert rows[1]["Parent"]["attributes"] == {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{shop.alpha}"}
    assert rows[1]["Parent"]["Owner"]["Name"] == "Camille Admin"
    assert list(rows[1]) == ["attributes", "Id", "Name", "Parent"]


def test_names_are_answered_in_the_vendors_spelling(shop):
    assert shop.rows("select ID, nAmE from ACCOUNT where NAME = 'beta'") == [{"Id": shop.beta, "Name": "beta"}]
    assert shop.rows("SELECT Account.Name FROM Account WHERE Account.Name = 'beta'") == [{"Name": "beta"}]


def test_values_have_the_json_of_the_vendor(shop):
    row = shop.rows("SELECT AnnualRevenue, IsDeleted, CreatedDate, Fax, BillingAddress FROM Account WHERE Name = 'Alpha'")[0]
    assert row["AnnualRevenue"] == 100.0
    assert isinstance(row["AnnualRevenue"], float)
    assert row["IsDeleted"] is False
    assert row["CreatedDate"] == "2026-11-22T09:00:00.000+0000"
    assert row["Fax"] is None
    assert (row["BillingAddress"]["city"], row["BillingAddress"]["state"]) == ("Lyon", None)


def test_counting_gives_a_total_without_rows(shop):
    assert shop.query("SELECT COUNT() FROM Account WHERE Industry != null") == {"totalSize": 2, "done": True, "records": []}


def test_aggregates_are_grouped_named_and_sorted(shop):
    text = "SELECT AccountId, SUM(Amount) total, COUNT(Id), MAX(CloseDate) FROM Opportunity GROUP BY AccountId ORDER BY SUM(Amount) DESC"
    answer = shop.query(text)
    assert answer["records"][0] == {
        "attributes": {"type": "AggregateResult"}, "AccountId": shop.alpha, "total": 40.0, "expr0": 2, "expr1": "2026-02-15",
    }  # fmt: skip
    assert answer["totalSize"] == 2


def test_groups_can_be_kept_by_having_and_made_by_parents_and_dates(shop):
    assert shop.rows("SELECT Account.Name, COUNT(Id) n FROM Opportunity GROUP BY Account.Name HAVING COUNT(Id) > 1") == [
        {"Name": "Alpha", "n": 2}
    ]
    months = shop.rows(
        "SELECT CALENDAR_MONTH(CloseDate) m, AVG(Amount) a FROM Opportunity GROUP BY CALENDAR_MONTH(CloseDate) ORDER BY CALENDAR_MONTH(CloseDate)"
    )
    assert months == [{"m": 1, "a": 10.0}, {"m": 2, "a": 30.0}, {"m": 3, "a": 5.0}]
    assert shop.rows("SELECT COUNT_DISTINCT(AccountId) n, MIN(Amount) low FROM Opportunity") == [{"n": 2, "low": 5.0}]
    assert shop.rows("SELECT SUM(Amount) s, COUNT(Id) n FROM Opportunity WHERE Name = 'nobody'") == [{"s": None, "n": 0}]


def test_children_come_with_their_parent_or_as_null(shop):
    rows = shop.rows(
        "SELECT Name, (SELECT Name, Amount FROM Opportunities WHERE Amount > 5 ORDER BY Amount DESC) FROM Account ORDER BY Name"
    )
    assert rows[0]["Opportunities"] == {
        "totalSize": 2,
        "done": True,
        "records": [{"Name": "O2", "Amount": 30.0}, {"Name": "O1", "Amount": 10.0}],
    }
    assert rows[1]["Opportunities"] is None


def test_custom_children_and_parents_have_their_own_suffix(desk):
    desk.org.define("Invoice__c", ["Account__c ref(Account) children=Invoices", "Amount__c currency(16,2)"])
    account = desk.account("Acme")
    desk.org.insert("Invoice__c", {"Name": "F1", "Account__c": account, "Amount__c": 12.5})
    assert desk.rows("SELECT (SELECT Name FROM Invoices__r) FROM Account")[0]["Invoices__r"]["records"] == [{"Name": "F1"}]
    assert desk.rows("SELECT Account__r.Name, Amount__c FROM Invoice__c") == [{"Account__r": {"Name": "Acme"}, "Amount__c": 12.5}]


def test_a_polymorphic_parent_tells_its_type_and_name(shop):
    shop.org.insert("Task", {"Subject": "call", "WhatId": shop.alpha})
    row = shop.rows("SELECT What.Type, What.Name, Who.Type FROM Task")[0]
    assert row == {"What": {"Type": "Account", "Name": "Alpha"}, "Who": None}
    queue = shop.org.insert("Group", {"Name": "Support", "Type": "Queue"})
    shop.org.insert("Case", {"Subject": "x", "OwnerId": queue})
    assert shop.rows("SELECT Owner.Type, Owner.Name FROM Case WHERE Owner.Type = 'Queue'") == [
        {"Owner": {"Type": "Queue", "Name": "Support"}}
    ]


def test_typeof_gives_each_type_its_own_fields(shop):
    deal = shop.org.records("Opportunity")[0]["Id"]
    shop.org.insert("Task", {"Subject": "1", "WhatId": shop.alpha})
    shop.org.insert("Task", {"Subject": "2", "WhatId": deal})
    text = "SELECT TYPEOF What WHEN Account THEN Name, Industry WHEN Opportunity THEN StageName ELSE Id END FROM Task ORDER BY Subject"
    assert [row["What"] for row in shop.rows(text)] == [{"Name": "Alpha", "Industry": "Banking"}, {"StageName": "Closed Won"}]


def test_multi_picklists_are_searched_by_part(open_desk):
    desk = open_desk("account_contact_relation")
    account, other = desk.account("A"), desk.account("B")
    contact = desk.org.insert("Contact", {"LastName": "L", "AccountId": account})
    desk.org.insert("AccountContactRelation", {"AccountId": other, "ContactId": contact, "Roles": ["Decision Maker", "Influencer"]})
    text = "SELECT Roles FROM AccountContactRelation WHERE Roles {} AND IsDirect = false"
    assert desk.rows(text.format("INCLUDES ('influencer', 'Other')")) == [{"Roles": "Decision Maker;Influencer"}]
    assert desk.rows(text.format("INCLUDES ('Decision Maker;Other')")) == []
    assert desk.rows(text.format("EXCLUDES ('Influencer')")) == []


def test_fields_all_lists_everything_visible(shop):
    shop.org.hide("Account", "Fax")
    row = shop.rows("SELECT FIELDS(ALL) FROM Account LIMIT 1")[0]
    assert "Name" in row
    assert "Fax" not in row


def test_labels_are_given_on_request(desk):
    row = next(row for row in desk.org.records("TaskStatus") if row["ApiName"] == "Not Started")
    desk.org.update("TaskStatus", row["Id"], {"MasterLabel": "Pas commencée"})
    desk.org.insert("Task", {"Subject": "x"})
    assert desk.rows("SELECT Status, toLabel(Status) shown FROM Task") == [{"Status": "Not Started", "shown": "Pas commencée"}]


def test_sums_are_in_the_corporate_currency_and_rows_in_their_own(open_desk):
    desk = open_desk("multi_currency")
    desk.org.insert("CurrencyType", {"IsoCode": "USD", "ConversionRate": 1.25, "DecimalPlaces": 2, "IsActive": True})
    account = desk.account()
    for code, amount in (("EUR", 100), ("USD", 125)):
        values = {
            "Name": code,
            "AccountId": account,
            "Amount": amount,
            "CurrencyIsoCode": code,
            "StageName": "Prospecting",
            "CloseDate": "2026-12-01",
        }
        desk.org.insert("Opportunity", values)
    assert desk.rows("SELECT SUM(Amount) s FROM Opportunity") == [{"s": 200.0}]
    assert [row["Amount"] for row in desk.rows("SELECT Amount FROM Opportunity")] == [100.0, 125.0]
    assert [row["Amount"] for row in desk.rows("SELECT convertCurrency(Amount) FROM Opportunity")] == [100.0, 100.0]


def test_deleted_and_archived_rows_show_only_in_query_all(desk):
    account = desk.account("gone")
    desk.org.insert("Task", {"Subject": "old", "Status": "Completed", "ActivityDate": "2025-01-01"})
    desk.org.delete("Account", account)
    assert desk.org.archive() == 1
    assert desk.rows("SELECT Id FROM Account") == desk.rows("SELECT Id FROM Task") == []
    assert desk.rows("SELECT Id, IsDeleted FROM Account WHERE IsDeleted = true", everything=True) == [{"Id": account, "IsDeleted": True}]
    assert desk.rows("SELECT Subject, IsArchived FROM Task", everything=True) == [{"Subject": "old", "IsArchived": True}]


def test_thirty_thousand_rows_answer_in_a_moment(desk):
    start = desk.clock.now - timedelta(days=30)
    for number in range(30_000):
        desk.org.insert("Account", {"Name": f"A{number}"}, created=start + timedelta(minutes=number))
    text = "SELECT Id, Name, Owner.Name FROM Account WHERE SystemModstamp >= 2026-10-23T09:00:00Z ORDER BY SystemModstamp, Id"
    page = desk.get("/query", params={"q": text})
    assert page.elapsed < timedelta(seconds=1)
    following = desk.http.get(desk.base + page.json()["nextRecordsUrl"], timeout=20)
    assert following.elapsed < timedelta(seconds=0.5)
    assert page.json()["totalSize"] == 30_000
