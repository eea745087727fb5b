from __future__ import annotations

import pytest

from rules.language import LexiconError, classify, load
from rules.language.detect import Detector
from rules.language.scan import Message, incident_id, incidents

ABUSE = {"insult", "threat", "violence", "discrimination_or_harassment"}


def categories(text, language=None):
    return {hit.category for hit in classify(text, language)}


@pytest.mark.parametrize(
    "text",
    [
        "Espèce de c*nnard",
        "CONNNNAAARD",
        "c o n n a r d",
        "tu es un c0nnard",
        "f.d.p",
        "f*ck you",
        "you a$$hole",
        "F U C K you",
        "b1tch, answer me",
        "fuuuuck you",
        "you f***ing c**t",
        "espèce de c**",
        "sale p***",
        "va te faire f**tre",
        "\U0001f595",
    ],
)
def test_disguised_words_are_recognised(text):
    assert categories(text) & ABUSE


@pytest.mark.parametrize(
    "text",
    [
        "Le dispute résolu, la députée confirme.",
        "Scunthorpe, Essex and the cockpit.",
        "La conférence et le concours.",
        "Ref. A55-C0N-4512.",
        "Hotel 4****, room 5***.",
    ],
)
def test_words_inside_words_are_not_found(text):
    assert categories(text) == set()


@pytest.mark.parametrize(
    "text", ["Merde, la livraison est en retard.", "This fucking printer is jammed.", "Putain de logiciel !", "Holy shit, that is fast."]
)
def test_profanity_that_meets_nobody_is_no_abuse(text):
    assert not categories(text) & ABUSE


@pytest.mark.parametrize(
    "text",
    [
        "I am not going to hurt you.",
        "I would never kill you.",
        "You are not an idiot.",
        "Je ne dis pas que vous êtes des abrutis.",
        "Vous n'êtes pas un connard.",
        "I never said you are a moron.",
    ],
)
def test_a_denied_insult_is_none(text):
    assert not categories(text) & ABUSE


@pytest.mark.parametrize(
    "text",
    [
        "Votre agent m'a traité de connard.",
        'He wrote "I will kill you" in the chat.',
        "Il m'a dit « ta gueule ».",
        "Your driver called me an asshole.",
    ],
)
def test_a_reported_insult_is_not_the_senders(text):
    assert not categories(text) & ABUSE


def test_leaving_and_the_law_are_not_threats_to_a_person():
    assert categories("Sinon nous passerons à la concurrence.", "fr") == {"leave_threat"}
    assert categories("Mon avocat vous contactera, ceci est une mise en demeure.", "fr") == {"legal_pressure"}
    assert categories("I will sue you and see you in court.", "en") == {"legal_pressure"}
    assert "threat" in categories("I will kill you.", "en")


@pytest.mark.parametrize(
    "text",
    [
        "We would like to switch to the annual plan.",
        "Look for a solution, please, before you walk away from the ticket.",
        "I saw your advertisement on social media.",
        "Passons à un autre sujet, sinon une autre date me convient.",
        "Merci d'annuler la commande 4512.",
    ],
)
def test_ordinary_business_announces_nothing(text):
    assert not categories(text) & {"leave_threat", "public_exposure", "legal_pressure"}


def test_without_a_hint_the_small_words_tell_the_language():
    assert categories("Le retard est de trois jours et nous attendons.") & ABUSE == set()
    assert "insult" in categories("you retard")
    assert "insult" in categories("You are a moron", "fr")


def test_a_verdict_names_a_rule_and_never_a_word():
    (hit,) = classify("Espèce d'abruti", "fr")
    assert (hit.category, hit.rule.split("/")[0]) == ("insult", "fr-insult")
    assert 0.5 <= hit.confidence <= 1


def test_a_user_adds_words_and_switches_rules_off(tmp_path):
    own = tmp_path / "ours.toml"
    own.write_text(
        'language = "fr"\ncategory = "insult"\nversion = "1"\n[[rule]]\nid = "house"\nweight = 0.9\npatterns = "gnafron{,s}"\n',
        encoding="utf-8",
    )
    assert {hit.rule for hit in Detector(load([own])).classify("bande de gnafrons", "fr")} == {"ours/house"}
    off = tmp_path / "off.toml"
    off.write_text('language = "fr"\ncategory = "rude"\ndisable = ["fr-insult/nouns"]\n', encoding="utf-8")
    assert "insult" not in {hit.category for hit in Detector(load([off])).classify("ce connard là-bas", "fr")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("language = ", "not readable as TOML"),
        ('language = "de"\ncategory = "rude"', "language is 'de'"),
        ('language = "fr"\ncategory = "evil"', "category is 'evil'"),
        ('language = "fr"\ncategory = "rude"\n[[rule]]\nid = "x"\npatterns = "@nowhere"', "not among the classes"),
        ('language = "fr"\ncategory = "rude"\n[[rule]]\nid = "x"\npatterns = "..3"', "no word that must be there"),
        ('language = "fr"\ncategory = "rude"\n[[rule]]\nid = "x"\nweight = 2', "a weight in (0, 1]"),
        ('language = "fr"\ncategory = "rude"\ndisable = ["nothing"]', "which no lexicon has"),
        ('language = "fr"\ncategory = "rude"\nrules = 1', "unknown key"),
    ],
)
def test_a_lexicon_that_cannot_be_used_says_why(tmp_path, text, said):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match=said.replace("(", r"\(").replace("]", r"\]")):
        load([path])


def test_messages_become_incidents_without_text():
    letter = Message(
        message_id="m1",
        sent_at="2026-03-01T10:00:00Z",
        account_id="a1",
        texts=("Commande", "Bande de connards, je vais vous tuer ! On va voir ailleurs."),
    )
    rows = list(incidents([letter, letter]))
    assert [(row.category, row.confirmed, row.account_id) for row in rows] == [("violence", False, "a1"), ("leave_threat", False, "a1")]
    assert rows[0].message_id == incident_id("m1", "insult")
    assert not any("m1" in row.message_id for row in rows)


def test_what_we_wrote_ourselves_is_never_judged():
    assert list(incidents([Message(message_id="m", sent_at=None, direction="out", texts=("Espèce de connard",))])) == []
