"""The clients that a careless rule would flag and a careful one leaves alone. Each function says what the trap is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.portfolio.model import BOTH, HUBSPOT, SALESFORCE, Duplicate, Text, quiet
from connectors.sandbox.portfolio.money import units
from connectors.sandbox.portfolio.rhythm import HISTORY, YEAR, Trade, ask, bill, buy, meet, regular, serve, staff

if TYPE_CHECKING:
    from connectors.sandbox.portfolio.book import Book


def seasonal(book: Book, scale: float) -> None:
    """The last three months bring a tenth of the high season, and so did the same months last year."""
    client = book.client((HUBSPOT,), 1150, name="Plélozère Conserves", trade="agroalimentaire", branch="Lille")
    regular(book, client, Trade(yearly=1_230_000 * scale, every=15, last=8, growth=0.02, season=_season))
    book.story(
        "saisonnier",
        client,
        {},
        "Un gros client de saison : la conserverie tourne à plein la moitié de l'année et ne garde que l'entretien le reste du temps, comme l'an dernier.",
        "A big seasonal client: the cannery runs flat out half of the year and keeps only the maintenance for the rest, as last year.",
        at_most=quiet(),
    )


def _season(ago: int) -> float:
    return 1.86 if 105 <= ago % YEAR < 290 else 0.12


def merged_duplicate(book: Book, scale: float) -> None:
    """Its last five months were invoiced to a duplicate that has since been merged: who loses them sees a silence."""
    client = book.client((SALESFORCE,), 1150, name="Bruthelin Informatique", trade="édition de logiciels", branch="Lille")
    regular(book, client, Trade(yearly=220_000 * scale))
    book.duplicates.append(Duplicate(f"{client.id}D", client.id, SALESFORCE, 150))
    book.story(
        "doublon-fusionne",
        client,
        {},
        "Saisi deux fois puis fusionné : cinq mois de factures étaient sur la fiche en double, le client, lui, n'a jamais arrêté.",
        "Entered twice, then merged: five months of invoices stood on the duplicate; the client never stopped.",
        at_most=quiet(),
    )


def merged_in_hubspot(book: Book, scale: float) -> None:
    """The same in the other CRM, where the merged record vanishes without a trace in the bin."""
    client = book.client((HUBSPOT,), 1150, name="Corbertal Textiles", trade="textile technique", branch="Nantes", owner="U07")
    regular(book, client, Trade(yearly=95_000 * scale))
    book.duplicates.append(Duplicate(f"{client.id}D", client.id, HUBSPOT, 200))
    book.story(
        "doublon-fusionne-hubspot",
        client,
        {},
        "Deux fiches pour une même entreprise, réunies depuis : l'historique est entier.",
        "Two records of one company, since united: the history is whole.",
        at_most=quiet(),
    )


def two_currencies(book: Book, scale: float) -> None:
    """Five million crowns are two hundred thousand euros: added up unconverted it would be the biggest client of all."""
    czech = book.client(
        (SALESFORCE,),
        1150,
        name="Norrivel Bohemia",
        trade="équipement industriel",
        branch="Lyon",
        owner="U06",
        currency="CZK",
        country="CZ",
    )
    regular(book, czech, Trade(yearly=200_000 * scale, units=lambda ago: units("CZK", ago)))
    book.story(
        "multidevise",
        czech,
        {},
        "La filiale tchèque d'un équipementier, facturée en couronnes : cinq millions à l'écran, deux cent mille euros en vrai.",
        "An equipment maker's Czech branch, invoiced in crowns: five million on the screen, two hundred thousand euros in truth.",
        at_most=quiet(),
    )
    american = book.client(
        (SALESFORCE,), 1150, name="Villandac Aerospace", trade="aéronautique", branch="Lyon", owner="U06", currency="USD", country="US"
    )
    regular(book, american, Trade(yearly=120_000 * scale, units=lambda ago: units("USD", ago)))
    book.story(
        "dollar",
        american,
        {},
        "Un client américain au cours du dollar de chaque facture : le volume ne bouge pas, seule la devise bouge.",
        "An American client at each invoice's own dollar rate: the volume is steady, only the currency moves.",
        at_most=quiet(),
    )


def family_group(book: Book, scale: float) -> None:
    """Five companies of one group, each small; together .07 of the revenue, still below every limit."""
    parent = book.client((SALESFORCE,), 1400, name="Kertignac Participations", trade="holding", branch="Nantes", owner="U07")
    staff(book, parent, 1400)
    for place in ("Ouest", "Nord", "Rhône", "Services", "Négoce"):
        child = book.client(
            (SALESFORCE,), 1150, name=f"Kertignac {place}", trade="agencement", branch="Nantes", owner="U07", parent=parent.id
        )
        regular(book, child, Trade(yearly=160_000 * scale))
    book.story(
        "groupe-familial",
        parent,
        {},
        "Cinq sociétés d'une même famille : on les compte ensemble, et ensemble elles restent un client raisonnable.",
        "Five companies of one family: they count as one, and as one they remain a reasonable client.",
        at_most=quiet(),
    )


def small_subsidiaries(book: Book, scale: float) -> None:
    """A parent that buys nothing and three small companies under it, in HubSpot."""
    parent = book.client((HUBSPOT,), 1150, name="Garnassol Développement", trade="holding", branch="Lille")
    for place in ("Atelier", "Transport", "Maintenance"):
        child = book.client((HUBSPOT,), 1000, name=f"Garnassol {place}", trade="transport et logistique", branch="Lille", parent=parent.id)
        trade = Trade(yearly=12_000 * scale, every=60, first=900)
        staff(book, child, 1000)
        buy(book, child, first=915, last=1, every=60, urgent=0)  # their few orders count together: three rushes would be a habit
        bill(book, child, trade)
        book.contract(child, 960)
    book.story(
        "petites-filiales",
        parent,
        {},
        "Trois petites filiales d'une holding qui n'achète rien elle-même.",
        "Three small subsidiaries of a holding that buys nothing itself.",
        at_most=quiet(),
    )


def brand_new(book: Book, scale: float) -> None:
    """Its decision maker has been there for 95 days only, but so has the relation: nobody replaced anybody."""
    client = book.client((HUBSPOT,), 98, name="Clativet Électronique", trade="électronique", branch="Nantes", owner="U07")
    chief = book.contact(client, 95, "Directeur des achats", decides=True, role="Decision Maker")
    for ago in (85, 56, 28):
        book.order(client, ago, lead=14, asked=16)
    for ago in (70, 42, 13):
        book.document(client, ago, round(15_000_00 * scale), direct=0.55)
    serve(book, client, Trade(yearly=195_000 * scale), first=84, last=2)
    for ago in (92, 75, 40, 10):
        book.activity(client, ago, "meeting", 60, contact=chief, topic="advisory", on_site=True)
    book.contract(client, 90)
    book.story(
        "tout-nouveau",
        client,
        {},
        "Trois mois de relation, tout commence : rien à comparer, rien à signaler.",
        "Three months of relation, everything is beginning: nothing to compare with, nothing to report.",
        at_most=quiet(),
    )


def silent_but_small(book: Book, scale: float) -> None:
    """Monthly for two years, then silent for seven months, but far from the twenty first clients."""
    client = book.client((HUBSPOT,), 1050, name="Frétignac Conseil", trade="ingénierie", branch="Lille")
    staff(book, client, 1050)
    buy(book, client, first=1015, last=215, every=30)
    bill(book, client, Trade(yearly=6_000 * scale, first=1000, last=210))
    book.contract(client, 1010)
    book.story(
        "petit-silencieux",
        client,
        {},
        "Plus de commande depuis sept mois, mais il en passait pour cinq cents euros : on l'appellera, ce n'est pas une alerte.",
        "No order for seven months, but they were worth five hundred euros each: give them a call, it is no alarm.",
        at_most=quiet(),
    )


def forgotten_remainder(book: Book, scale: float) -> None:
    """180 euros overdue for five months: too little to speak of, on a client that pays well otherwise."""
    client = book.client((SALESFORCE,), 1150, name="Malquenoy Mécanique", trade="mécanique de précision", branch="Lyon")
    regular(
        book, client, Trade(yearly=60_000 * scale), late=lambda number, _ago: -(number % 3)
    )  # one late invoice beside it would make it count
    book.document(client, 190, 180_00, late=None, direct=0.54)
    book.story(
        "petit-reliquat",
        client,
        {},
        "Cent quatre-vingts euros oubliés depuis cinq mois chez un client qui paie bien : un coup de fil, pas une procédure.",
        "A hundred and eighty euros forgotten for five months by a client that pays well: a phone call, not a procedure.",
        at_most=quiet(),
    )


def big_and_healthy(book: Book, scale: float) -> None:
    """Among the first five, with a commitment that it exceeds, in both CRMs with the documents of the year in each."""
    client = book.client(
        BOTH, 1150, name="Servirieu Équipements", trade="équipement industriel", twin="registration_id", branch="Lyon", owner="U06"
    )
    regular(book, client, Trade(yearly=560_000 * scale, every=15, last=8), orders=15)
    book.contract(client, 200, months=12, committed=round(480_000 * scale))
    book.copied.add(client.id)
    book.story(
        "gros-et-sain",
        client,
        {},
        "Un gros client qui paie, qui tient son engagement et qui prévient : un gros client n'est pas un mauvais client.",
        "A big client that pays, keeps its commitment and gives notice: a big client is not a bad client.",
        at_most=quiet(),
    )


def two_rushes(book: Book, scale: float) -> None:
    """Two urgent orders out of four: half, of a number too small to say anything."""
    client = book.client((SALESFORCE,), 1150, name="Vilmouxin Agencement", trade="agencement", branch="Lille")
    staff(book, client, 1150)
    for ago in range(HISTORY, 190, -45):
        book.order(client, ago, asked=16)
    for ago, rush in ((150, False), (110, True), (60, False), (22, True)):
        book.order(client, ago, asked=5 if rush else 16, rush=rush)
    bill(book, client, Trade(yearly=24_000 * scale, every=45))
    book.contract(client, 1100)
    book.story(
        "deux-urgences",
        client,
        {},
        "Deux urgences sur quatre commandes : un mauvais mois, pas une habitude.",
        "Two rushes out of four orders: a bad month, not a habit.",
        at_most=quiet(),
    )


def one_bad_day(book: Book, scale: float) -> None:
    """One rude message and two complaints about the service: a complaint weighs nothing, one bad day is no pattern."""
    client = book.client((SALESFORCE,), 1150, name="Merdonnat Plastiques", trade="plasturgie", branch="Nantes", owner="U07")
    trade = Trade(yearly=70_000 * scale, habit=1)
    decider = staff(book, client, 1150, more=True)
    buy(book, client, first=HISTORY, last=1, every=30)
    bill(book, client, trade)
    serve(book, client, trade, first=HISTORY, last=2)
    ask(book, client, first=HISTORY, last=45, every=55)
    meet(book, client, decider, first=HISTORY, last=5, every=42)
    book.contract(client, 1120)
    for ago, category in ((20, "rude"), (64, "complaint")):
        case = book.case(
            client,
            ago,
            "complaint",
            priority="high",
            answered=70,
            closed=3,
            text=Text("Réclamation sur un délai", "Vous vous moquez du monde."),
        )
        book.incident(client, case, ago, category)
    book.story(
        "mauvais-jour",
        client,
        {},
        "Un mot de trop un jour de rupture de stock, puis des excuses : se plaindre n'est pas manquer de respect.",
        "One word too many on a day of shortage, then an apology: to complain is not to lack respect.",
        at_most=quiet(),
    )
