"""The report is true and calm whatever the portfolio: empty, odd, large, compared with the one before; in both languages."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from sync.config import ConfigError
from sync.report import write
from sync.reporting import charts, clients, records
from sync.reporting.words import Words, _book
from tests.sync.company import Company

VOID = {"meta", "rect", "line", "circle", "polyline", "br", "link"}


class Tree(HTMLParser):
    """Fails when a tag is closed that is not open; keeps the visible text."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def read(path):
    tree = Tree()
    tree.feed(path.read_text(encoding="utf-8"))
    assert tree.open == []
    return tree, re.sub(r"\s+", " ", " ".join(tree.words))


def company(tmp_path, names=("Alpha", "Beta", "Gamma", "Delta", "Epsilon"), language="fr", big=40000):
    """Clients of two years; the first brings `big`, the others 20,000."""
    made = Company(tmp_path, settings={"company": {"name": "Rivoalec", "language": language, "home_currency": "EUR"}})
    for place, name in enumerate(names):
        made.add("accounts", account_id=f"a{place}", name=name)
        for day in ("2025-01-15", "2026-03-15"):
            amount = big if place == 0 else 20000
            made.add("revenue", line_id=f"l{place}{day}", account_id=f"a{place}", date=day, amount=amount, kind="invoice", currency="EUR")
    return made


def test_the_report_shows_the_portfolio_first_then_each_flagged_client(tmp_path):
    made = company(tmp_path)
    made.sync_once("2026-06-01")
    tree, text = read(write(made.config, tmp_path / "report.html"))
    assert text.index("Portefeuille") < text.index("Comptes à regarder") < text.index("Si la relation prenait fin")
    assert "Alpha" in text
    assert "Premier rapport" in text
    assert not [tag for tag, _ in tree.tags if tag in {"script", "img", "iframe", "link"}], "it must stand alone and need no script"
    assert not [attrs for _, attrs in tree.tags if "src" in attrs or str(attrs.get("href", "#")).startswith("http:")]
    pictures = [tag for tag, _ in tree.tags if tag == "svg"]
    assert [tag for tag, _ in tree.tags].count("desc") == len(pictures) > 0, "each picture says in words what it shows"
    assert (tmp_path / "report.html").stat().st_mode & 0o077 == 0


def test_the_next_report_says_what_changed_since_the_last(tmp_path):
    made = company(tmp_path)
    made.sync_once("2026-06-01")
    write(made.config, tmp_path / "one.html")
    made.tables["revenue"] += [
        {"line_id": "x", "account_id": "a1", "date": "2026-06-02", "amount": 100000, "kind": "invoice", "currency": "EUR"}
    ]
    made.sync("2026-06-03")
    _, text = read(write(made.config, tmp_path / "two.html"))
    assert "Depuis le rapport du 01/06/2026 : en hausse : Beta" in text
    assert "bound method" not in text
    assert re.search(r"Beta [^.]*critique[^.]*en hausse \(était info\)", text)
    _, again = read(write(made.config, tmp_path / "three.html"))
    assert "Depuis le rapport du 03/06/2026 : aucun changement." in again
    assert "en hausse" not in again.split("Comptes à regarder")[1].split("Constats")[0]


def test_a_decision_file_is_one_client_alone_and_is_no_report(tmp_path):
    made = company(tmp_path)
    made.sync_once("2026-06-01")
    _, text = read(write(made.config, tmp_path / "file.html", "a0"))
    assert text.count("Dossier de décision") >= 1
    assert "Alpha" in text
    assert "Beta" not in text
    assert "Premier rapport" in read(write(made.config, tmp_path / "report.html"))[1]
    with pytest.raises(ConfigError, match="not among the accounts"):
        write(made.config, tmp_path / "none.html", "nobody")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_empty_portfolio_says_so_calmly(tmp_path, language):
    made = Company(tmp_path, settings={"company": {"language": language}})
    made.add("accounts", account_id="a", name="Alone")
    made.sync("2026-06-01")
    _, text = read(write(made.config, tmp_path / "report.html"))
    assert {"fr": "Aucun compte signalé", "en": "No account is flagged"}[language] in text
    assert "None" not in text
    assert "nan" not in text.lower().split()


ODD = ["<b>Bold & Söhne</b>", "עולם החברות", "🦊🦊 Renard 🦊", "x" * 400, "\u202eevil", "", 'O\'Neil "Quote"']


def test_odd_names_break_nothing(tmp_path):
    made = company(tmp_path, names=ODD)
    made.sync("2026-06-01")
    tree, text = read(write(made.config, tmp_path / "report.html"))
    assert not [tag for tag, _ in tree.tags if tag == "b"], "a name is text, never markup"
    assert "עולם החברות" in text
    assert "🦊🦊 Renard 🦊" in text


def test_of_very_many_flagged_accounts_the_first_have_a_page_and_how_many_more_there_are_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(clients, "PAGES", 1)
    monkeypatch.setattr(clients, "ROWS", 2)
    made = company(tmp_path, big=60000)
    made.tables["revenue"] += [
        {"line_id": "x", "account_id": "a1", "date": "2026-05-02", "amount": 40000, "kind": "invoice", "currency": "EUR"}
    ]
    made.sync("2026-06-01")
    _, text = read(write(made.config, tmp_path / "report.html"))
    assert text.count("Si la relation prenait fin") == 1
    assert "et 1 autres clients dans les listes ci-dessus" in text
    assert "et 1 autres clients au CA plus faible" in text


def test_without_a_run_there_is_no_report(tmp_path):
    made = Company(tmp_path)
    assert write(made.config, tmp_path / "report.html") is None


def test_both_languages_have_the_same_words():
    book = _book()
    assert book["en"].keys() == book["fr"].keys()
    assert book["en"]["levels"].keys() == book["fr"]["levels"].keys()
    assert Words("fr", "EUR").money("1234.6") == "1\u202f235\u00a0€"


@pytest.mark.parametrize("values", [[], [0.0], [-1.0, -2.0], [1e12, -1e12], [1.0] * 40])
def test_pictures_of_any_numbers_are_well_formed(values):
    months = [(str(place), value) for place, value in enumerate(values)]
    drawn = charts.columns("t", months, str) + charts.curve("t", values, "told", peak="p", last="l")
    drawn += charts.cash("t", [("a", values), ("b", values)] if len(values) > 1 else [], str, cushion=(3.0, "kept"), month="m")
    drawn += charts.bars("t<", [("a&b", value, "<1>", "alert") for value in values], [(0.3, "30 %")])
    drawn += charts.steps("t", [(label, None if value < 0 else "watch") for label, value in months], str)
    tree = Tree()
    tree.feed(drawn)
    assert tree.open == []
    numbers = re.findall(r'(?<= )(?:x|y|width|height|x1|y2)="([^"]+)"', drawn)
    assert all(float(number) == float(number) for number in numbers)
    assert all(float(number) >= 0 for number in re.findall(r'(?<= )(?:width|height)="([^"]+)"', drawn))


def test_a_month_without_a_run_is_empty_in_the_trend(tmp_path):
    made = company(tmp_path)
    made.sync("2026-04-10")
    made.sync("2026-06-01")
    _, text = read(write(made.config, tmp_path / "report.html", "a0"))
    assert "05/26 pas de passage" in text
    assert "04/26 alerte" in text
    assert date(2026, 6, 1).strftime("%m/%y alerte") in text


def test_the_checklist_stands_on_the_page_and_on_the_record_once_a_decision_is_near(tmp_path):
    made = company(tmp_path)
    made.tables["accounts"][0] |= {"stage": "decision", "consult_team": "mixed", "exit_reason": "economics"}
    made.sync("2026-06-01")
    _, text = read(write(made.config, tmp_path / "file.html", "a0"))
    assert "G3 Équipe et expert-comptable entendus ○ à faire" in text
    assert "G5 Motif renseigné ✓ fait" in text
    shown = dict(part.split("=") for part in made.flags()["a0"]["checklist"].split(";"))
    assert list(shown) == ["G1", "G2", "G3", "G4", "G5", "G6", "G7"]
    assert (shown["G3"], shown["G5"]) == ("missing", "ok")
    assert made.flags()["a1"]["checklist"] == ""


def test_the_first_lines_say_how_many_clients_to_look_at_and_what_they_weigh(tmp_path):
    made = company(tmp_path, big=60000)
    made.sync("2026-06-01")
    _, text = read(write(made.config, tmp_path / "report.html"))
    assert re.search(r"1 client à regarder : 1 alerte\. Ensemble 60\s000\s€, soit 42,9\s% du CA\. 4 de plus, pour information\.", text)


def test_rules_are_shown_by_their_titles_and_records_by_what_they_are(tmp_path):
    made = company(tmp_path)
    made.sync_once("2026-06-01")
    _, text = read(write(made.config, tmp_path / "report.html"))
    listed = text.split("Comptes à regarder")[1].split("Constats")[0]
    assert "Part d'un client dans le CA" in listed
    assert "DEP-01" not in listed
    assert "Lignes de CA · l02026-03-15" in text


def test_a_client_that_stopped_buying_shows_its_empty_months(tmp_path):
    made = company(tmp_path)
    made.sync_once("2026-06-01")
    tree, _ = read(write(made.config, tmp_path / "file.html", "a0"))
    words = " ".join(tree.words)
    assert "03/26 40" in words
    assert "04/26 0" in words
    assert "06/26 0" in words


def test_one_month_is_no_trend_and_is_said_in_words(tmp_path):
    made = company(tmp_path)
    made.sync_once("2026-06-01")
    _, text = read(write(made.config, tmp_path / "file.html", "a0"))
    assert "Premier passage en 06/26" in text


@pytest.mark.parametrize(
    ("record", "kind", "label", "url"),
    [
        ({"crm": "hubspot", "object": "0-53", "id": "757"}, "Invoices", "757", "https://app.example/0-53/757"),
        ({"crm": "hubspot", "object": "9-99", "id": "1"}, "Records", "1", "https://app.example/9-99/1"),
        ({"crm": "salesforce", "object": "Time_Sheet__c", "id": "001A 2026-11-16"}, "Weeks of hours", "2026-11-16", None),
        ({"crm": "files", "object": "cases", "id": "c1"}, "Cases", "c1", None),
    ],
)
def test_a_record_is_named_by_what_it_is_and_linked_where_it_has_a_page(record, kind, label, url):
    objects = {"hubspot": {"invoices": "0-53", "revenue": "0-53"}, "salesforce": {"hours": "Time_Sheet__c"}}
    links = {"hubspot": "https://app.example/{object}/{id}", "salesforce": "https://sf.example/{object}/{id}", "files": "file:///x"}
    known = SimpleNamespace(links=links, kinds=records.kinds_of(objects))
    assert records.shown(known, Words("en", "EUR"), [record]) == [{"kind": kind, "records": [{"label": label, "url": url}]}]


@pytest.mark.parametrize(
    ("value", "said"), [(0.34, "34.0%"), (0.0, "0.0%"), (0.0001, "< 0.1%"), (-0.132, "\N{MINUS SIGN}13.2%"), (None, "\N{EM DASH}")]
)
def test_shares_in_a_column_have_one_decimal_and_a_little_is_not_nothing(value, said):
    assert Words("en", "EUR").share(value) == said
