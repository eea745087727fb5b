from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.language import classify
from rules.language.clean import clean
from tests.extent import family

INSULT = "Vous êtes une bande de connards."


def categories(text, language=None, names=()):
    return {hit.category for hit in classify(text, language, names)}


@pytest.mark.parametrize(
    "header",
    [
        "Le lun. 3 mars 2025 à 10:12, Service Client <service@maison.example> a écrit :",
        "On Mon, Mar 3, 2025 at 10:12 AM Support <help@house.example> wrote:",
        "-----Message d'origine-----",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "Début du message réexpédié :",
        "Begin forwarded message:",
        "De : Service <a@b.example>\nEnvoyé : lundi 3 mars 2025 10:12\nÀ : Client",
        "From: Support <a@b.example>\nSent: Monday, March 3, 2025\nTo: Client",
    ],
)
def test_quoted_and_forwarded_parts_are_not_the_senders_words(header):
    assert categories(f"Merci, bien reçu.\n\n{header}\n\n{INSULT}", "fr") == set()


def test_a_header_broken_over_two_lines_is_still_a_header():
    assert categories(f"Merci.\nLe lun. 3 mars 2025 à 10:12, Service Client\n<service@maison.example> a écrit :\n{INSULT}") == set()


def test_marked_lines_go_and_a_reply_below_them_stays():
    assert categories(f"On Monday Support wrote:\n> thanks for your patience\n> {INSULT}\n\nYou are a moron.", "en") == {"insult"}
    assert categories(f"> {INSULT}\nMerci.") == set()


def test_html_is_read_as_text_and_its_quotes_are_left_out():
    assert categories("<html><style>p{color:idiot}</style><body><p>Espèce d&#39;<b>abr</b>uti&nbsp;!</p></body></html>") == {"insult"}
    assert categories(f"<p>Merci</p><div class='gmail_quote'><div>{INSULT}</div></div>") == set()
    assert categories(f"<p>Merci</p><blockquote type='cite'>{INSULT}</blockquote>") == set()


def test_signs_that_are_no_tags_stay_text():
    assert clean("3 < 4 > 2, <            x>y <" + "a" * 6000) == "3 < 4 > 2, < x>y <" + "a" * 6000
    assert categories("<            b>Espèce d'abruti") == {"insult"}


def test_signature_and_disclaimer_say_nothing_but_a_postscript_does():
    assert categories("Merci.\nCordialement,\nJean Bâtard\nLes Abrutis SARL") == set()
    assert categories("Thanks\nRegards\nJohn\nPS: you are all morons") >= {"insult"}
    assert categories(f"Merci.\nCe message est confidentiel et destiné à son seul destinataire.\n{INSULT}") == set()


def test_addresses_are_not_words():
    assert categories("Voir https://shop.example/connard?idiot=1 et connard@abruti.example") == set()


@pytest.mark.parametrize("text", ["Merci de voir M. Conard.", "Mme Salope est absente.", "Hi Dick, see you.", "Ask Mr. Prick about it."])
def test_a_name_behind_a_title_is_a_name(text):
    assert categories(text) == set()


def test_two_capitals_are_initials_unless_the_text_shouts():
    assert categories("Réf. TG 4512, dossier suivi par PD.\nMerci\nTG") == set()
    assert categories("tg") == categories("TG BRICE, FERME LA") == {"insult"}


def test_listed_names_are_covered():
    assert categories("Conard et Fils vous remercie, Abruti Transports aussi.", "fr", ("Conard et Fils", "Abruti Transports")) == set()
    assert categories("tu es un conard", "fr", ("Conard et Fils",)) == {"insult"}


def test_lines_broken_by_a_mail_program_are_put_together():
    assert categories("Je vous le dis comme je le pense depuis des semaines et des mois, je vais\nvous casser la gueule") >= {"threat"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_and_twice_the_same(text):
    assert classify(text) == classify(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "<p", "</", "&amp;", "you ", "idiot", "\n", "> ", '"', "*", "c*n", "a@b.c", "http://", "De :", "-- ", "'"]
        ),
        max_size=120,
    )
)
def test_any_markup_is_read(parts):
    text = "".join(parts)
    assert isinstance(clean(text), str)
    classify(text)


PIECES = (
    "<",
    "<a ",
    "<!--",
    "a@",
    "le lun a écrit\n",
    "De :\n",
    "you idiot ",
    "i will je vais te ",
    "c*n",
    "f u c k ",
    "'",
    "a'",
    "\n",
    "&amp;",
    '"',
    "[",
    "x",
)
ONE_OF_EACH_STEP = ("<a ", "<!--", "a@", "le lun a écrit\n", "you idiot ", "c*n", "f u c k ", "'")
"""Of mark-up, addresses, quoted mails, words, signs within words, letters apart, quotation marks."""


@pytest.mark.parametrize("piece", family(PIECES, ONE_OF_EACH_STEP))
def test_a_megabyte_costs_in_proportion(piece):
    def seconds(size):
        text = (piece * (size // len(piece) + 1))[:size] + ">"
        start = time.process_time()
        classify(text)
        return time.process_time() - start

    seconds(1000)
    assert seconds(1_000_000) < 8 * max(seconds(250_000), 0.05) + 1
