"""The clients that a rule must find. Each function writes one life; the figures say which limit it passes and by how much.

`scale` multiplies every amount, so that in a larger portfolio the same clients keep the same weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.portfolio.model import BOTH, HUBSPOT, SALESFORCE, Text
from connectors.sandbox.portfolio.rhythm import HISTORY, YEAR, Trade, ask, bill, buy, meet, regular, serve, staff

if TYPE_CHECKING:
    from connectors.sandbox.portfolio.book import Book
    from connectors.sandbox.portfolio.diary import Client


def historic_client(book: Book, scale: float) -> Client:
    """Share .33 of the revenue after growing by a third a year; 7 orders in 15 are urgent against 1 in 8 elsewhere."""
    client = book.client(
        BOTH, 4100, name="Vaubréal Équipements", trade="équipement industriel", twin="registration_id", branch="Lyon", owner="U05", terms=60
    )
    trade = Trade(yearly=3_950_000 * scale, every=7, last=2, growth=0.33, direct=0.60, hours=0.165)
    for year in range(11, 3, -1):
        book.document(client, year * YEAR - 40, round(100 * 60_000 * scale * (12 - year)), late=2, direct=0.60)
    decider = staff(book, client, 2600, more=True)
    for number, ago in enumerate(range(HISTORY, 1, -3)):
        rush = number % 15 in {0, 2, 4, 6, 8, 10, 12} if ago < 400 else number % 6 == 0
        book.order(client, ago, lead=14, asked=4 if rush else 15, slip=-1, rush=rush)
    bill(book, client, trade)
    serve(book, client, trade, first=HISTORY, last=2, overtime=0.07)
    ask(book, client, first=HISTORY, last=3, every=16)
    meet(book, client, decider, first=HISTORY, last=4, every=12)
    book.contract(client, 2600, notice=6, special=True)
    book.copied.add(client.id)
    book.entries[client.id] = {"privileges": "rush_priority;extended_payment;special_price;dedicated_contact;no_minimum_order"}
    book.story(
        "client-historique",
        client,
        {"DEP-01": "alert", "OPS-01": "alert"},
        "Le client de la première heure pèse maintenant un tiers du chiffre d'affaires ; d'exception en exception, presque une commande sur deux "
        "passe en urgence et l'atelier décale celles des autres.",
        "The client of the first hour now weighs a third of the revenue; one exception after another, nearly every second order is a rush and the "
        "workshop moves everyone else's.",
        once_typed={"DEP-06": "alert"},
    )
    return client


def displaced(book: Book, by: Client) -> None:
    """Nine orders of others were put off for that client's rush orders, and a few more because a supplier was late."""
    moved: set[str] = set()
    candidates = [
        row for row in book.tables["orders"] if row["account_id"] != by.id and not row["is_rush"] and row["status"] == "delivered"
    ]
    recent = [row for row in candidates if 20 < (book.days.today - row["ordered_at"].date()).days < 150]
    for order in recent[:: max(len(recent) // 13, 1)]:
        if order["account_id"] in moved:
            continue
        moved.add(order["account_id"])
        ago = (book.days.today - order["ordered_at"].date()).days - 3
        ours = len(moved) <= 9
        book.order_moved(order, ago, 2 + len(moved) % 4, by=by if ours else None, cause="client" if ours else "supplier")


_LEAVE = "Si ce n'est pas réglé aujourd'hui, nous passons chez votre concurrent."


def threatens_to_leave(book: Book, scale: float) -> None:
    """Seven threats in six months, one in each month: BEH-03 alert from four, or three months of six."""
    client = book.client(BOTH, 1150, name="Drumazel Emballages", trade="emballage", twin="domain", branch="Lille")
    regular(book, client, Trade(yearly=150_000 * scale))
    for number, ago in enumerate((9, 33, 52, 80, 104, 131, 158)):
        case = book.case(client, ago, "request", priority="urgent", answered=35, closed=1, text=Text("Livraison à avancer", _LEAVE))
        book.incident(client, case, ago, "leave_threat", confirmed=number != 3)
    book.story(
        "menaces-de-depart",
        client,
        {"BEH-03": "alert"},
        "À chaque ticket la même phrase : si ce n'est pas fait aujourd'hui, on ira voir ailleurs. Sept fois en six mois, et à chaque fois l'équipe cède.",
        "The same sentence in every ticket: do it today or we go elsewhere. Seven times in six months, and each time the team gives in.",
    )


_INSULT = "Vous êtes une bande d'incapables."


def _outbursts(book: Book, client: Client) -> None:
    """Three confirmed insults and two rude messages within two months: 3·(.93+.84+.73) + .89 + .63 = 9.0, BEH-02 alert."""
    for ago, category in ((9, "insult"), (15, "rude"), (23, "insult"), (41, "insult"), (60, "rude")):
        case = book.case(client, ago, "question", priority="high", answered=90, closed=2, text=Text("Suivi de commande", _INSULT))
        book.incident(client, case, ago, category)


def insults_staff(book: Book, scale: float) -> None:
    """The same outbursts as in `our_own_fault`, but our service is sound: one delivery in eleven is late, no complaint of fault."""
    client = book.client((HUBSPOT,), 1150, name="Talgaultier Agencement", trade="agencement", branch="Lyon")
    regular(book, client, Trade(yearly=140_000 * scale))
    _outbursts(book, client)
    book.entries[client.id] = {"pulse_mean": 2.3, "pulse_n": 7}
    for ago in (30, 75, 120, 200):
        book.case(client, ago, "complaint", priority="high", answered=60, closed=4, text=Text("Réclamation sur une finition"))
    book.story(
        "insultes",
        client,
        {"BEH-02": "alert"},
        "Trois insultes en six semaines alors que les livraisons sont à l'heure : au service client, plus personne ne veut décrocher.",
        "Three insults in six weeks while deliveries are on time: nobody in customer service wants to pick up any more.",
        once_typed={"TEAM-01": "watch"},
    )


def our_own_fault(book: Book, scale: float) -> None:
    """Three late deliveries in five and five complaints of six are ours; one invoice is withheld for that reason."""
    client = book.client(BOTH, 1150, name="Sauvirieu Santé", trade="dispositifs médicaux", twin="id", branch="Lyon")
    trade = Trade(yearly=125_000 * scale)
    decider = staff(book, client, 1150, more=True)
    for number, ago in enumerate(range(HISTORY, 1, -24)):
        book.order(client, ago, lead=14, asked=15, slip=5 if ago < 360 and number % 5 < 3 else -1)
    bill(book, client, trade)
    book.document(client, 105, round(11_000_00 * scale), late=None, direct=0.54, disputed=True, own_fault=True)
    serve(book, client, trade, first=HISTORY, last=2)
    meet(book, client, decider, first=HISTORY, last=5, every=42)
    book.contract(client, 1120)
    _outbursts(book, client)
    for number, ago in enumerate((12, 28, 47, 90, 150, 240)):
        book.case(
            client,
            ago,
            "complaint",
            priority="high",
            answered=500,
            closed=9,
            own_fault=number != 4,
            text=Text("Livraison en retard et incomplète"),
        )
    book.story(
        "notre-faute",
        client,
        {},
        "Il s'emporte, c'est vrai. Mais cinq réclamations sur six étaient justifiées et trois livraisons sur cinq sont arrivées en retard : à nous de "
        "réparer d'abord.",
        "He loses his temper, true. But five complaints of six were right and three deliveries in five came late: ours to mend first.",
        at_most={
            "BEH-02": "info",
            "PAY-01": None,
            "PAY-02": None,
            "VOL-01": None,
            "OPS-01": None,
            "CTS-01": None,
            "GOV-01": None,
            "CON-01": None,
        },
    )


def late_payer(book: Book, scale: float) -> None:
    """Pays some 45 days late; four invoices are overdue, the oldest since 100 days."""
    client = book.client((SALESFORCE,), 1150, name="Gartignac Bâtiment", trade="bâtiment", branch="Nantes", owner="U07")
    regular(book, client, Trade(yearly=175_000 * scale), late=lambda number, ago: None if ago <= 135 else 40 + 7 * number % 15)
    book.story(
        "retards-de-paiement",
        client,
        {"PAY-01": "alert", "PAY-02": "critical"},
        "Il commande toujours, et promet toujours : les factures sont réglées un mois et demi trop tard, quatre ne le sont pas, la plus ancienne "
        "depuis plus de trois mois.",
        "He keeps ordering and keeps promising: invoices are paid six weeks late, four are not paid at all, the oldest for more than three months.",
    )


def commitment_not_kept(book: Book, scale: float) -> None:
    """400 000 a year promised 250 days ago, 235 000 a year bought: .59 of the elapsed part, CON-01 alert from .75."""
    client = book.client((SALESFORCE,), 1150, name="Ardsannec Plastiques", trade="plasturgie", branch="Lyon")
    regular(book, client, Trade(yearly=235_000 * scale, growth=0.0))
    book.contract(client, 250, months=12, committed=round(400_000 * scale))
    book.story(
        "engagement-non-tenu",
        client,
        {"CON-01": "alert"},
        "Le tarif de l'année reposait sur 400 000 euros promis ; après huit mois, à peine 60 % du prorata est commandé.",
        "This year's price rested on a promise of 400,000; after eight months hardly 60 % of the pro rata has been ordered.",
    )


def costs_more_than_it_brings(book: Book, scale: float) -> None:
    """Share .025; bought-in cost .60 and hours .53 of its revenue: a margin of about -.10, CTS-01 alert from 0."""
    client = book.client((HUBSPOT,), 1150, name="Merquenoy Distribution", trade="négoce professionnel", branch="Lille")
    regular(book, client, Trade(yearly=290_000 * scale, direct=0.60, hours=0.53), asks=12)
    book.story(
        "coute-plus-qu-il-rapporte",
        client,
        {"CTS-01": "alert"},
        "Un beau chiffre d'affaires sur le papier, mais deux personnes ne travaillent que pour lui : tout compté, il nous coûte plus qu'il ne rapporte.",
        "Good revenue on paper, but two people work for nobody else: all told it costs more than it brings.",
    )


def new_marketing_director(book: Book, scale: float) -> None:
    """A decision maker since 65 days, now the main contact; meetings went from 7 on advice of 10 to 2 of 10."""
    client = book.client((HUBSPOT,), 1500, name="Lorzandre Laboratoires", trade="cosmétique", branch="Lyon")
    trade = Trade(yearly=160_000 * scale)
    chief = book.contact(client, 1480, "Président-directeur général", decides=True, role="Decision Maker")
    marketing = book.contact(client, 65, "Directrice marketing", decides=True, role="Decision Maker")
    buy(book, client, first=HISTORY, last=1, every=30)
    bill(book, client, trade)
    serve(book, client, trade, first=HISTORY, last=2)
    ask(book, client, first=HISTORY, last=4, every=60)
    meet(book, client, chief, first=HISTORY, last=380, every=45)
    for number, ago in enumerate(range(350, 185, -17)):
        book.activity(client, ago, "meeting", 60, contact=chief, topic="transactional" if number % 3 == 1 else "advisory", on_site=True)
    for ago in (140, 100):
        book.activity(client, ago, "meeting", 60, contact=chief, topic="advisory", on_site=True)
    for ago in range(62, 5, -8):
        book.activity(client, ago, "meeting", 45, contact=marketing, topic="transactional", by="client", people=2)
    book.contract(client, 1400)
    book.story(
        "nouvelle-direction-marketing",
        client,
        {"GOV-01": "watch"},
        "Quatre ans de confiance avec le dirigeant, puis une directrice marketing est arrivée il y a deux mois : on ne parle plus marché, on commente des "
        "tableaux d'indicateurs.",
        "Four years of trust with the chief executive, then a marketing director came two months ago: no more talk of the market, only dashboards.",
    )


def branch_leader_stops(book: Book, scale: float) -> None:
    """.13 of the previous year's revenue, nothing invoiced for 118 days: VOL-01 critical from 90."""
    client = book.client((SALESFORCE,), 1150, name="Chalrivel Énergies", trade="génie climatique", branch="Nantes", owner="U07")
    regular(book, client, Trade(yearly=1_350_000 * scale, every=14, last=118, growth=0.0), orders=10)
    book.story(
        "arret-de-commandes",
        client,
        {"VOL-01": "alert"},
        "Le plus gros client de l'agence de Nantes n'a plus rien commandé depuis quatre mois ; dans le total de l'entreprise, personne ne l'a vu.",
        "The biggest client of the Nantes branch has not ordered for four months; in the company's total nobody noticed.",
    )


def terms_beyond_the_ceiling(book: Book, scale: float) -> None:
    """75 days from the invoice date, where the law stops at 60; paid on time by those terms."""
    client = book.client((SALESFORCE,), 1150, name="Brétivet Conserves", trade="agroalimentaire", branch="Lille", terms=75)
    regular(book, client, Trade(yearly=420_000 * scale))
    book.story(
        "echeances-trop-longues",
        client,
        {"PAY-03": "watch"},
        "Soixante-quinze jours accordés un jour de négociation tendue, jamais revus depuis, et au-delà de ce que la loi permet.",
        "Seventy-five days granted on a tense day of negotiation, never looked at again, and beyond what the law allows.",
    )
