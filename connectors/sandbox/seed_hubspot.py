"""Puts the portfolio's HubSpot half into a Portal, as a company of this size would have set it up.

    standard objects     companies, contacts, deals, tickets, meetings, calls, invoices, with a few properties of its own
    its own objects      time sheets, client incidents, client orders, client contracts
    in both CRMs         the help desk of those clients is here, and the year's invoices of some (`copied`), pushed by the accounting tool

Everything is dated as it happened, so a first pull meets years of stamps and a later one only what changed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.portfolio.model import BOOKED, HUBSPOT, SUPPORT, chosen
from connectors.sandbox.seed_hubspot_setup import (
    CATEGORIES,
    CONTRACTS,
    INCIDENTS,
    OBJECTS,
    ORDERS,
    PRIORITIES,
    PROPERTIES,
    SIDES,
    STAGES,
    TOPICS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.portfolio import Portfolio, Row

YEAR: Final = 365


def seed(portal: Portal, portfolio: Portfolio, salesforce: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Fill the portal. Give portfolio id -> HubSpot id (accounts, people, contracts, orders, cases, invoices), and own object -> type id.

    `salesforce` gives the Salesforce ids of the clients in both CRMs, for those that are linked by id.
    """
    for kind, properties in PROPERTIES.items():
        portal.define(kind, properties)
    types = {name: portal.define(name, properties) for name, properties in OBJECTS.items()}
    seeding = _Seeding(portal, portfolio, salesforce, types)
    for step in (
        seeding.rates, seeding.owners, seeding.companies, seeding.contacts, seeding.contracts, seeding.orders, seeding.tickets,
        seeding.incidents, seeding.activities, seeding.hours, seeding.invoices, seeding.deals, seeding.merges,
    ):  # fmt: skip
        step()
    return seeding.ids, types


def type_entries(portal: Portal, portfolio: Portfolio, ids: Mapping[str, str]) -> int:
    """Type what people know about their clients into the eq_ properties; KeyError before they exist. Gives the number of companies."""
    known = {prop.name: prop for prop in portal.definitions[portal.kind("companies").id].listed(portal.now())}
    mine = {account: entry for account, entry in portfolio.entries.items() if HUBSPOT in portfolio.crms[account]}
    for account, entry in mine.items():
        typed: Row = {}
        for name, value in entry.items():
            offered = [str(option["value"]) for option in known[f"eq_{name}"].options]
            typed[f"eq_{name}"] = chosen(value, offered) if isinstance(value, str) else _value(value)
        portal.update("companies", ids[account], typed)
    return len(mine)


def _value(value: Any) -> Any:
    """Write a date, time or amount as the vendor's JSON does."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


class _Seeding:
    """One pass over the portfolio, in the order in which records refer to each other."""

    def __init__(self, portal: Portal, portfolio: Portfolio, salesforce: Mapping[str, str], types: Mapping[str, str]) -> None:
        self.portal, self.portfolio, self.salesforce, self.types = portal, portfolio, salesforce, types
        self.ids: dict[str, str] = {}
        self._mornings: dict[date, datetime] = {}
        self._accounts = {account for account, crms in portfolio.crms.items() if HUBSPOT in crms}
        self._alone = {account for account, crms in portfolio.crms.items() if crms == (HUBSPOT,)}

    def _mine(self, table: str) -> Iterator[Row]:
        held = self._accounts if table in SUPPORT or table == "accounts" else self._alone
        return (row for row in self.portfolio.tables[table] if row["account_id"] in held)

    def _morning(self, day: date) -> datetime:
        found = self._mornings.get(day)
        if found is None:
            found = self._mornings[day] = datetime.combine(day, time(7, 30), UTC)
        return found

    def _create(
        self, kind: str, values: Row, account: str, created: datetime, updated: datetime | None = None, *, contact: str | None = None
    ) -> str:
        """Create a record that belongs to a company, and to a contact where there is one."""
        links: list[tuple[str, str, tuple[int, ...]]] = [("companies", self.ids[account], _PRIMARY.get(kind, ()))]
        if contact is not None:
            links.append(("contacts", self.ids[contact], ()))
        filled = {name: _value(value) for name, value in values.items() if value is not None}
        return self.portal.create(kind, filled, links, created=created, updated=max(updated or created, created))

    def rates(self) -> None:
        """Enter the rates as HubSpot wants them: home units for one foreign unit."""
        for row in self.portfolio.tables["rates"]:
            rate = (Decimal(1) / Decimal(str(row["units_per_home"]))).quantize(Decimal("1.000000"))
            self.portal.exchange_rate(row["currency"], rate, self._morning(row["from"]))

    def owners(self) -> None:
        """Enter who works here; the one who left is deactivated, and his companies still bear his name."""
        for row in self.portfolio.tables["owners"]:
            person = self.portfolio.people[row["owner_id"]]
            self.ids[row["owner_id"]] = self.portal.owner(
                person.email, person.first, person.last, archived=not row["active"], created=self.portfolio.days.at(4200)
            )

    def companies(self) -> None:
        for row in self._mine("accounts"):
            profile = self.portfolio.profiles[row["account_id"]]
            values = {
                "name": row["name"],
                "domain": row["domain"] if profile.twin in {"", "domain"} else None,
                "city": profile.city,
                "country": "France" if row["country"] == "FR" else row["country"],
                "hs_country_code": row["country"],
                "annualrevenue": profile.turnover,
                "lifecyclestage": "customer",
                "hubspot_owner_id": self.ids[row["owner_id"]],
                "hs_parent_company_id": self.ids.get(row["parent_id"]),
                "siren": row["registration_id"] if profile.twin in {"", "registration_id"} else None,
                "delai_reglement_jours": row["payment_terms_days"],
                "agence": profile.branch,
                "metier": profile.trade,
                "fiche_salesforce": f"salesforce:{self.salesforce[row['account_id']]}" if profile.twin == "id" else None,
            }
            filled = {name: value for name, value in values.items() if value is not None}
            self.ids[row["account_id"]] = self.portal.create("companies", filled, created=row["created_at"])
        for double in self.portfolio.duplicates:
            if double.crm == HUBSPOT:
                twin = self.portal.get("companies", self.ids[double.winner])
                values = {"name": f"{twin['name']} SAS", "hubspot_owner_id": twin["hubspot_owner_id"], "city": twin["city"]}
                self.ids[double.account_id] = self.portal.create("companies", values, created=self.portfolio.days.at(double.ago + 8))

    def contacts(self) -> None:
        for row in self._mine("contacts"):
            person = self.portfolio.people[row["contact_id"]]
            values = {
                "firstname": person.first,
                "lastname": person.last,
                "email": person.email,
                "jobtitle": row["title"],
                "hs_buying_role": "DECISION_MAKER" if row["is_decision_maker"] else None,
                "decideur": row["is_decision_maker"],
                "en_poste_depuis": row["since"],
                "en_poste_jusqu_au": row["until"],
            }
            self.ids[row["contact_id"]] = self._create("contacts", values, row["account_id"], self._morning(row["since"]))

    def contracts(self) -> None:
        for row in self._mine("contracts"):
            values = {
                "debut": row["start_date"],
                "fin": row["end_date"],
                "engagement": row["committed_amount"],
                "devise": row["currency"],
                "preavis_mois": row["notice_months"],
                "etat": CONTRACTS[row["status"]],
                "conditions_particulieres": row["special_terms"],
            }
            kind = self.types["client_contracts"]
            self.ids[row["contract_id"]] = self._create(kind, values, row["account_id"], self._morning(row["start_date"]))

    def orders(self) -> None:
        for row in self._mine("orders"):
            values = {
                "numero": row["order_id"],
                "commandee_le": row["ordered_at"],
                "date_demandee": row["requested_date"],
                "date_promise": row["promised_date"],
                "date_livraison": row["delivered_date"],
                "urgence": row["is_rush"],
                "delai_standard_jours": row["standard_lead_days"],
                "etat": ORDERS[row["status"]],
            }
            last = self._morning(row["delivered_date"]) if row["delivered_date"] else None
            self.ids[row["order_id"]] = self._create(self.types["client_orders"], values, row["account_id"], row["ordered_at"], last)

    def tickets(self) -> None:
        for row in self._mine("cases"):
            text = self.portfolio.texts.get(row["case_id"])
            values = {
                "subject": text.subject if text else "Demande",
                "content": (text.body or None) if text else None,
                "hs_pipeline": "0",
                "hs_pipeline_stage": "4" if row["closed_at"] else "1",
                "hs_ticket_priority": PRIORITIES[row["priority"]],
                "motif": CATEGORIES[row["category"]],
                "source_type": "EMAIL",
                "hubspot_owner_id": self.ids[row["owner_id"]],
                "first_agent_reply_date": row["first_response_at"],
                "closed_date": row["closed_at"],
                "faute_de_notre_part": row["own_fault"],
                "non_fondee": row["unfounded"],
            }
            self.ids[row["case_id"]] = self._create("tickets", values, row["account_id"], row["opened_at"], row["closed_at"])

    def incidents(self) -> None:
        for row in self._mine("incidents"):
            values = {
                "survenu_le": row["occurred_at"],
                "categorie": INCIDENTS[row["category"]],
                "confirme": row["confirmed"],
                "ticket": self.ids.get(row["case_id"]),
            }
            self._create(self.types["client_incidents"], values, row["account_id"], row["occurred_at"])

    def activities(self) -> None:
        for row in self._mine("activities"):
            start, minutes = row["started_at"], row["duration_minutes"]
            values: Row = {
                "hs_timestamp": start,
                "hubspot_owner_id": self.ids[row["owner_id"]],
                "objet": TOPICS[row["topic"]],
                "initiative": SIDES[row["initiated_by"]],
                "participants": row["people"],
            }
            if row["kind"] == "meeting":
                values |= {
                    "hs_meeting_title": "Rendez-vous",
                    "hs_meeting_start_time": start,
                    "hs_meeting_end_time": start + timedelta(minutes=minutes),
                }
                values |= {"hs_meeting_outcome": "COMPLETED", "chez_le_client": row["on_site"]}
            else:
                values |= {"hs_call_title": "Appel", "hs_call_duration": round(minutes * 60_000), "hs_call_status": "COMPLETED"}
                values |= {"hs_call_direction": "OUTBOUND" if row["initiated_by"] == "us" else "INBOUND"}
            self._create(f"{row['kind']}s", values, row["account_id"], start, contact=row["contact_id"])

    def hours(self) -> None:
        for row in self._mine("hours"):
            values = {
                "semaine_du": row["week"],
                "heures": row["hours"],
                "heures_25": row["overtime_25"],
                "heures_50": row["overtime_50"],
                "heures_week_end": row["weekend_hours"],
            }
            self._create(self.types["time_sheets"], values, row["account_id"], self._morning(row["week"]))

    def invoices(self) -> None:
        doubles = {double.winner: double for double in self.portfolio.duplicates if double.crm == HUBSPOT}
        recent = self.portfolio.days.ago(YEAR)
        for row in self.portfolio.documents:
            account = row["account_id"]
            if account not in self._alone and not (account in self.portfolio.copied and row["issue_date"] >= recent):
                continue
            double = doubles.get(account)
            if double is not None and row["issue_date"] >= self.portfolio.days.ago(double.ago):
                account = double.account_id
            last = self._morning(row["paid_date"]) if row["paid_date"] else None
            self.ids[row["invoice_id"]] = self._create("invoices", _invoice(row), account, self._morning(row["issue_date"]), last)

    def deals(self) -> None:
        for row in self._mine("pipeline"):
            values = {
                "dealname": f"Devis {row['deal_id']}",
                "amount": row["amount"],
                "deal_currency_code": row["currency"],
                "pipeline": "default",
                "dealstage": STAGES[row["stage"]],
                "closedate": row["closed_at"] or self._morning(row["expected_close"]),
                "dealtype": "newbusiness" if row["is_new_business"] else "existingbusiness",
            }
            self.ids[row["deal_id"]] = self._create("deals", values, row["account_id"], row["created_at"], row["closed_at"])

    def merges(self) -> None:
        """Merge the duplicates away: what hung on them moves to the survivor, and they vanish without appearing in the bin."""
        for double in self.portfolio.duplicates:
            if double.crm == HUBSPOT:
                self.ids[double.winner] = self.portal.merge("companies", self.ids[double.winner], self.ids[double.account_id])


_PRIMARY: Final = {"contacts": (1,), "deals": (5,), "tickets": (26,)}
"""The association type that makes a company the primary one, where there is such a thing."""


def _invoice(row: Row) -> Row:
    """An invoice as the accounting tool pushes it. HubSpot has no credit notes: one is a voided invoice whose nature says so."""
    credit = row["kind"] == "credit_note"
    return {
        "hs_number": row["invoice_id"],
        "hs_currency": row["currency"],
        "hs_invoice_date": row["issue_date"],
        "hs_due_date": row["due_date"],
        "hs_invoice_status": "voided" if credit else row["status"],
        "hs_amount_billed": row["amount"],
        "hs_balance_due": row["open_amount"],
        "hs_amount_paid": row["amount"] - row["open_amount"] if row["status"] in BOOKED else None,
        "hs_payment_date": row["paid_date"],
        "comptabilisee_le": row["issue_date"] if row["status"] in BOOKED else None,
        "nature": "avoir" if credit else "facture",
        "famille": row["category"],
        "cout_direct": row["direct_cost"],
        "litige": row["disputed"],
        "litige_de_notre_fait": row["own_fault"],
    }
