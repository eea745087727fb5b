"""The impact sheet through the real path: CSV, facts, metrics, sheet; and its figures in the tasks."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from rules.criteria import load
from rules.figures import fields
from rules.model import Finding
from rules.tasks import Wanted, body, subject
from sync.clearing import Outlook
from sync.config import ConfigError
from sync.impact import Circumstances, task_figures
from sync.lookup import explain
from sync.serving import cost_to_serve as serving
from sync.weighing import document, find, page
from tests.extent import family
from tests.sync.commands import equilibre
from tests.sync.company import Company
from tests.sync.test_examples import EXAMPLES, cost_to_serve

GIVEN, EXPECTED = EXAMPLES["EX-12"]["input"], EXAMPLES["EX-12"]["expected"]
FIRM = {
    "cash": float(GIVEN["cash"]),
    "operating_result_12m": float(GIVEN["operating_result_12m"]),
    "ramp": float(GIVEN["new_contribution_per_month_won_each_month"]),
    "cycle_months": GIVEN["sales_cycle_months"],
    "safety_cushion": float(GIVEN["safety_cushion"]),
}


def firm(folder, since="2018-06-30", contract=None, **impact):
    """The company of EX-11 with client A since `since`."""
    company = Company(folder, settings={"impact": {**FIRM, **impact}})
    cost_to_serve(company)
    company.add("revenue", line_id="first", account_id="A", date=since, amount="1", kind="invoice", currency="EUR")
    if contract is not None:
        company.add(
            "contracts",
            contract_id="c1",
            account_id="A",
            start_date="2025-01-01",
            end_date="2027-12-31",
            notice_months=contract,
            status="active",
        )
    return company


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    company = firm(tmp_path_factory.mktemp("worked"))
    company.sync("2026-06-30")
    return company


@pytest.fixture(scope="module")
def contracted(tmp_path_factory):
    """A has three months of notice in its contract, B depends on us."""
    company = firm(tmp_path_factory.mktemp("contracted"), contract=3, dependent_clients=["files:B"])
    company.sync("2026-06-30")
    return company


def shown(value, places="0.01"):
    return str(Decimal(value).quantize(Decimal(places), ROUND_HALF_UP))


def sheet(company, account="A", **asked):
    return document(find(company.config, account, Circumstances(**asked)))


def test_the_worked_example_comes_out_to_the_cent(worked):
    found = sheet(worked, notice_months=9)
    for name in ("revenue_at_risk", "contribution_before_service", "avoidable_cost_to_serve", "contribution_lost_12m", "contribution_lost_month",
                 "result_after_exit_12m", "monthly_result_after", "fte_freed"):  # fmt: skip
        assert shown(found[name]) == EXPECTED[name], name
    assert shown(found["revenue_at_risk_share"], "0.0001") == EXPECTED["revenue_at_risk_share"]
    assert shown(found["static_runway_months"], "0.1") == EXPECTED["static_runway_months"]
    assert (found["replacement_months"], found["hours_freed_12m"]) == (EXPECTED["replacement_months"], EXPECTED["hours_freed_12m"])
    for scenario, name in (("we_end", "notice_9_months"), ("client_leaves", "no_notice")):
        path, expected = found["simulation"][scenario], EXPECTED["simulation"][name]
        assert shown(path["lowest_cash"]) == expected["lowest_cash"]
        assert (path["lowest_at_month"], path["verdict"]) == (expected["lowest_at_month"], expected["verdict"])
        assert len(path["cash"]) == 37


def test_with_little_cash_the_loss_is_not_absorbable(tmp_path):
    company = firm(tmp_path, cash=20_000.0)
    company.sync("2026-06-30")
    path = sheet(company)["simulation"]["client_leaves"]
    expected = EXPECTED["simulation"]["no_notice_cash_20000"]
    assert (shown(path["lowest_cash"]), path["lowest_at_month"], path["verdict"]) == tuple(expected.values())


NOTICES = {
    "tenure_8y_contract_3": ("2018-06-30", 3, {}),
    "tenure_1y_contract_0": ("2025-06-30", None, {}),
    "tenure_12y_dependent_specific": ("2014-06-30", None, {"depends_on_us": True, "specific": True}),
    "tenure_3y_breaches": ("2023-06-30", None, {"breaches": True}),
    "tenure_3y_contract_24": ("2023-06-30", 24, {}),
}


@pytest.fixture(scope="module")
def tenures(tmp_path_factory):
    company = Company(tmp_path_factory.mktemp("tenures"))
    for name, (since, contract, _) in NOTICES.items():
        company.add("accounts", account_id=name, name=f"Client {name}")
        company.add("revenue", line_id=name, account_id=name, date=since, amount="100", kind="invoice", currency="EUR")
        if contract is not None:
            company.add(
                "contracts",
                contract_id=name,
                account_id=name,
                start_date="2025-01-01",
                end_date="2029-12-31",
                notice_months=contract,
                status="active",
            )
    company.sync("2026-06-30")
    return company


@pytest.mark.parametrize("name", NOTICES)
def test_the_notices_of_the_worked_example(tenures, name):
    notice = sheet(tenures, name, **NOTICES[name][2])["notice"]
    assert {key: notice[key] for key in ("low", "high", "suggested")} == EXPECTED["notice"][name]


def test_every_input_says_where_it_comes_from(contracted):
    inputs = sheet(contracted)["inputs"]
    assert inputs["revenue"] == {"value": "400000.00", "source": "crm"}
    assert inputs["cash"] == {"value": "180000.00", "source": "config"}
    assert inputs["avoidable_share"] == {"value": "0.25", "source": "assumed"}
    assert inputs["contract_notice_months"] == {"value": 3, "source": "crm"}
    assert inputs["depends_on_us"] == {"value": False, "source": "assumed"}
    assert sheet(contracted, "B")["inputs"]["depends_on_us"] == {"value": True, "source": "config"}
    assert inputs["specific_or_seasonal"] == {"value": False, "source": "assumed"}
    assert {row["source"] for row in inputs.values()} == {"crm", "config", "assumed"}


def test_a_company_row_wins_over_the_configuration(tmp_path):
    company = Company(tmp_path, settings={"impact": {"cash": 1.0}})
    company.add("accounts", account_id="A", name="Client A")
    company.add("revenue", line_id="1", account_id="A", date="2026-01-01", amount="100", kind="invoice", currency="EUR")
    company.add("company", cash="5000", operating_result_12m="1200")
    company.sync("2026-06-30")
    assert sheet(company)["inputs"]["cash"] == {"value": "5000.00", "source": "crm"}


def test_where_a_contract_gives_notice_a_third_path_shows_the_client_gone_at_once(contracted):
    found = sheet(contracted)["simulation"]
    assert {name: path["notice_months"] for name, path in found.items()} == {"we_end": 9, "client_leaves": 3, "client_leaves_at_once": 0}


def test_without_figures_of_the_firm_the_verdict_is_unknown_and_the_sheet_still_stands(tmp_path):
    company = Company(tmp_path)
    company.add("accounts", account_id="A", name="Client A")
    company.add("revenue", line_id="1", account_id="A", date="2026-01-01", amount="100", kind="invoice", currency="EUR")
    company.sync("2026-06-30")
    found = sheet(company)
    assert (found["verdict"], found["contribution_lost_12m"]) == ("unknown", "100.00")
    assert found["assumed_zero"] == ["direct_cost", "hours_cost", "overtime_premium", "rush_cost", "finance_cost"]
    assert "calcul impossible" in "\n".join(page(find(company.config, "A"), "fr"))


@pytest.fixture(scope="module")
def july(tmp_path_factory):
    """Deals won and open, and a team of A that had enough."""
    company = firm(tmp_path_factory.mktemp("july"), cycle_months=None)
    company.settings["limits"] = {"tasks_per_account_per_run": 9}
    company.tables["accounts"][0] |= {"pulse_mean": "1.5", "pulse_n": "6", "manager_position": "no_longer"}
    for number, days in enumerate((60, 90, 120)):
        company.add("pipeline", deal_id=f"d{number}", account_id="B", amount="1", created_at="2026-01-01", closed_at=str(date(2026, 1, 1).fromordinal(date(2026, 1, 1).toordinal() + days)), is_won="true", stage="won")  # fmt: skip
    company.add("pipeline", deal_id="new", account_id="C", amount="107900", probability="0.5", created_at="2026-06-01", expected_close="2026-09-01", is_new_business="true", stage="proposal")  # fmt: skip
    company.add("pipeline", deal_id="own", account_id="A", amount="50000", probability="1", created_at="2026-06-01", expected_close="2026-09-01", is_new_business="true", stage="proposal")  # fmt: skip
    company.sync("2026-07-01", backlog=True)
    return company


def test_the_sales_cycle_is_the_median_of_the_deals_won_and_open_new_business_is_set_against_the_loss(july):
    found = sheet(july)
    assert found["inputs"]["cycle_months"] == {"value": 3, "source": "crm"}
    assert found["coverage"] == "0.5"


@pytest.mark.parametrize("name", family(["A", "files:A", "client a", "Client A"], ["client a"]))
def test_a_client_is_found_by_id_or_name(worked, name):
    assert sheet(worked, name)["group"] == "files:A"
    assert explain(worked.config, name, rule=None, at=None)["group"] == "files:A"


def test_a_name_that_means_several_clients_is_refused_with_their_ids_and_names(worked):
    with pytest.raises(ConfigError, match=r"means several clients: write files:A \(Client A\) or files:B \(Client B\)"):
        sheet(worked, "client")
    with pytest.raises(ConfigError, match="not among the accounts"):
        sheet(worked, "nobody")


def test_the_page_reads_in_both_languages(worked):
    found = find(worked.config, "A")
    french, english = (
        "\n".join(page(found, language)).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
        for language in ("fr", "en")
    )
    assert "Contribution perdue : 107 900 € par an, 8 992 € par mois" in french
    assert "Suggéré : 9 mois, jusqu'au 31/03/2027 (relation depuis le 30/06/2018, 8 ans : 6 à 12 mois" in french
    assert "sans valeur de conseil" in french
    assert "résultat d'exploitation de l'entreprise, 12 mois : 60 000 € (configuration)" in french
    assert "Contribution lost: €107,900 a year, €8,992 a month" in english
    assert "We end it with 9 months of notice: lowest cash €180,000 in month 0: absorbable" in english


def test_the_command_answers_while_another_process_holds_the_mirror(worked, tmp_path):
    config = "\n".join(
        ["[files]", "enabled = true", f'directory = "{worked.folder / "data"}"', f'output = "{worked.folder / "out"}"', "[store]",
         f'directory = "{worked.folder / "var"}"', "[impact]", *(f"{name} = {value}" for name, value in FIRM.items())]
    )  # fmt: skip
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    mirror = worked.folder / "var" / "facts.duckdb"
    hold = f"import duckdb, sys; c = duckdb.connect({str(mirror)!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        for command in ("impact", "explain"):
            done = equilibre(command, "A", "--json", folder=tmp_path)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["group"] == "files:A"
        holder.stdin.close()


def test_a_task_about_the_team_names_the_posts_at_stake(july):
    (team,) = [task for task in july.tasks() if "Consulter l'équipe" in task["subject"]]
    assert "2 ETP" in team["body"].replace("\N{NO-BREAK SPACE}", " ")


def test_every_figure_of_the_sheet_that_a_text_names_is_filled(worked):
    book = load()
    figures = task_figures(find(worked.config, "A").impact, "fr") | {
        "impact.on_time": 0.95,
        "impact.coverage": 0.5,
        "impact.contract_notice": 3,
    }
    finding = Finding(
        rule="DEP-01", group="files:A", severity="alert", raw="alert", value=0.4, threshold=0.3, unit="percent", window=None,
        since=date(2026, 6, 30), episode="2026-06-30", evidence=(), assumptions=(), numbers={"net_revenue": 1.0, "own_fault_share": 0.1, "hours_12m": 5.0},
    )  # fmt: skip
    for code in ("T-07", "T-08", "T-09", "T-10", "T-12", "T-17"):
        template = book.tasks[code]
        assert template.asks_impact, code
        wanted = Wanted(rule="DEP-01", group="files:A", code=code, severity="alert", episode="2026-06-30", finding=finding)
        said = (
            subject(wanted, template, "fr", account="Client A", more=figures)
            + body(wanted, template, book, "fr", account="Client A", more=figures).split("\n\n")[1]
        )
        assert "n.c." not in said, (code, said)
        assert fields(template.body["fr"])


def test_cost_to_serve_adds_up_and_draws_the_whale(worked):
    found, expected = serving(worked.config.store.directory / "runs" / find(worked.config, "A").run), EXAMPLES["EX-11"]["expected"]
    points = [[row["group"].partition(":")[2], shown(row["cumulated"]), shown(row["part"], "0.0001")] for row in found["whale"]["points"]]
    assert points == expected["whale_curve"]
    assert shown(found["whale"]["peak"], "0.0001") == expected["whale_peak"]
    for activity, total in found["activities"].items():
        assert sum(Decimal(client["costs"][activity]) for client in found["clients"]) == Decimal(total)
    assert sum(Decimal(client["cost"]) for client in found["clients"]) == Decimal(found["total_cost"])
    (losing,) = [client for client in found["clients"] if client["group"] == "files:E"]
    assert losing["to_zero"]["price_change"] == "0.2"
    assert losing["to_zero"]["hours"] == 200


def test_explain_says_what_clears_how_near_the_rest_is_and_what_flips(worked):
    found = explain(worked.config, "A", rule=None, at=None)
    share = next(row for row in found["findings"] if row["rule"] == "DEP-01")["clearing"]
    assert share["next_level"]["severity"] == "critical"
    assert [one["level"] for one in share["changes"]] == ["watch", None, "watch", None]
    assert all(one["text"]["fr"] and one["text"]["en"] for one in share["changes"])
    near = [row["rule"] for row in found["near"]]
    assert "CTS-02" in near
    assert not set(near) & {row["rule"] for row in found["findings"]}
    assert isinstance(found["flips"], list)


@pytest.mark.exhaustive
def test_the_change_that_explain_names_clears_the_flag_after_two_runs_and_a_cent_less_does_not(tmp_path):
    for place, (missing, levels) in enumerate((("0", {}), ("0.01", {"A": "info"}))):
        company = Company(tmp_path / str(place))
        for account, amount in (("A", "120000"), ("B", "880000")):
            company.add("accounts", account_id=account, name=f"Client {account}")
            company.add("revenue", line_id=account, account_id=account, date="2026-01-10", amount=amount, kind="invoice", currency="EUR")
        company.add("revenue", line_id="old", account_id="B", date="2024-01-01", amount="1", kind="invoice", currency="EUR")
        company.sync("2026-06-01")
        (finding,) = explain(company.config, "A", rule="DEP-01", at=None)["findings"]
        by = Decimal(finding["clearing"]["changes"][0]["by"]) - Decimal(missing)
        company.add("revenue", line_id="more", account_id="B", date="2026-02-01", amount=str(by), kind="invoice", currency="EUR")
        for day in ("2026-06-02", "2026-06-03"):
            company.sync(day)
        assert {key: level for key, level in company.levels("DEP-01").items() if key == "A"} == levels


def test_an_outlook_on_a_client_without_metrics_is_empty(worked):
    folder = worked.config.store.directory / "runs" / find(worked.config, "A").run
    ahead = Outlook(folder, "files:nobody", load(), open_levels={}, blocked=(), currency="EUR")
    assert (ahead.near(), ahead.flips(), ahead.of_finding("DEP-01")) == ([], [], None)
    ahead.close()
