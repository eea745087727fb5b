"""A metric of one's own: one SQL file over the facts, named in `[rules] metrics`, checked before it runs.

    -- on_time_share: ratio; w12; NULL: nothing delivered; orders delivered by the promised day, of those delivered
    SELECT group_id, avg(CASE WHEN delivered_date <= promised_date THEN 1.0 ELSE 0.0 END) AS on_time_share
    FROM facts_orders CROSS JOIN params WHERE delivered_date >= w12_start GROUP BY group_id

A file is data from outside: one SELECT over the documented views, every function and every kind of clause on a list, no star, no
column that names an employee. What runs is the text written back from the checked tree, never the file's own. The head comment
documents each column: unit, window, what NULL means, a sentence. The result joins group_metrics, where rules name it like any other.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

import duckdb
from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from rules.derive import derive
from rules.figures import UNITS
from rules.metrics import compute
from rules.model import Moment
from rules.toml import CriteriaError, suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from rules.expression import Kind

VIEWS: Final = (
    "params", "groups", "members", "lines", "facts_invoices", "facts_contracts", "facts_orders", "facts_order_changes", "facts_cases",
    "facts_incidents", "facts_activities", "facts_contacts", "facts_hours", "facts_pipeline", "facts_repairs",
)  # fmt: skip
"""What a file may read: the facts as of the day judged, and the derived tables (docs/rules.md)."""
EMPLOYEE: Final = frozenset({"owner_id", "owner", "email", "manager_id"})
"""Columns that name an employee: no metric per employee (domain.md E-4)."""
FUNCTIONS: Final = frozenset(
    [
        "abs",
        "and",
        "avg",
        "cast",
        "case",
        "ceil",
        "coalesce",
        "count",
        "count_if",
        "datediff",
        "date_diff",
        "date_trunc",
        "datetrunc",
        "timestamp_trunc",
        "day",
        "dayofweek",
        "exp",
        "exists",
        "extract",
        "floor",
        "greatest",
        "if",
        "ifnull",
        "least",
        "length",
        "ln",
        "lower",
        "max",
        "median",
        "min",
        "month",
        "nullif",
        "or",
        "power",
        "quantile",
        "round",
        "sign",
        "sqrt",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "sum",
        "trim",
        "try_cast",
        "upper",
        "variance",
        "week",
        "year",
        "row_number",
        "rank",
        "dense_rank",
        "lag",
        "lead",
        "first_value",
        "last_value",
        "percentile_cont",
        "percentile_disc",
    ]
)
_KINDS: Final = (
    exp.Select, exp.From, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Join, exp.With, exp.CTE, exp.Subquery, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Star, exp.Null, exp.Boolean, exp.Paren, exp.Distinct, exp.Window,
    exp.WindowSpec, exp.Filter, exp.Interval, exp.Var, exp.DataType, exp.Tuple, exp.Not, exp.Neg, exp.Is, exp.In, exp.Between, exp.Qualify,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Union, exp.WithinGroup,
)  # fmt: skip
_HEAD: Final = re.compile(r"^--\s*([a-z][a-z0-9_]*)\s*:\s*(.+)$")
_LONGEST: Final = 20_000
_DAY: Final = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMetric:
    """A checked file: `columns` with what the head says of each, `sql` as it runs."""

    file: str
    columns: tuple[tuple[str, str], ...]
    sql: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


def read_files(files: Sequence[Path], taken: Collection[str]) -> tuple[OwnMetric, ...]:
    """Read and check the files. `taken` are the names of the shipped metrics. Raises CriteriaError: file:line, what, mend."""
    found: list[OwnMetric] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise CriteriaError(str(file), "", "", "does not exist; [rules] metrics names it") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CriteriaError(str(file), "", "", f"cannot be read: {error}") from error
        metric = read(text, str(file))
        for name in metric.names:
            if name in taken or any(name in other.names for other in found):
                raise CriteriaError(str(file), "", name, "is the name of another metric, choose a new one")
        found.append(metric)
    return tuple(found)


def read(text: str, file: str) -> OwnMetric:
    """Check one file's text. Raises CriteriaError."""
    if len(text) > _LONGEST:
        raise CriteriaError(file, "", "", f"is longer than {_LONGEST} characters; a metric is one short query")
    documented = _head(text, file)
    try:
        statements = [one for one in parse(text, dialect="duckdb") if one is not None]
    except (SqlglotError, RecursionError) as error:
        raise CriteriaError(_at(file, error), "", "", f"is not a query that can be read: {_said(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select | exp.Union):
        what = "one SELECT" if len(statements) == 1 else f"one statement, this has {len(statements)}"
        raise CriteriaError(file, "", "", f"a metric is {what}; nothing else runs")
    tree = statements[0]
    try:
        _Check(file).statement(tree)
        columns = _columns(tree, documented, file)
        sql = tree.sql(dialect="duckdb", comments=False)
    except RecursionError as error:
        raise CriteriaError(file, "", "", "is nested too deeply to be read") from error
    return OwnMetric(file=file, columns=columns, sql=sql)


def _head(text: str, file: str) -> dict[str, str]:
    """Read what the head comment says of each column."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("--"):
            match = _HEAD.match(line.strip())
            if match is not None:
                parts = [part.strip() for part in match[2].split(";")]
                if len(parts) < 4 or not parts[2].upper().startswith("NULL"):
                    raise CriteriaError(
                        f"{file}:{number}", "", match[1], "is documented as `unit; window; NULL: what it means; a sentence`"
                    )
                if parts[0] not in UNITS:
                    raise CriteriaError(f"{file}:{number}", "", match[1], f"unknown unit {parts[0]!r}{suggestion(parts[0], UNITS)}")
                found[match[1]] = match[2]
            continue
        break
    return found


def _named(tree: exp.Expr) -> list[str]:
    """The names of the columns: those of the first SELECT of a UNION; none where something else stands there."""
    while isinstance(tree, exp.Union | exp.Subquery):
        tree = tree.this
    return tree.named_selects if isinstance(tree, exp.Select) else []


def _columns(tree: exp.Expr, documented: Mapping[str, str], file: str) -> tuple[tuple[str, str], ...]:
    named = _named(tree)
    if "group_id" not in named:
        raise CriteriaError(file, "", "group_id", "is missing: a metric gives one row per group_id")
    columns = [name for name in named if name != "group_id"]
    if not columns or len(set(named)) != len(named):
        raise CriteriaError(file, "", "", "gives no column besides group_id, or one twice")
    for name in columns:
        if name not in documented:
            near = difflib.get_close_matches(name, sorted(documented), 1)
            mend = (
                f"; the head has {near[0]!r}" if near else f"; write at the head: -- {name or '?'}: unit; window; NULL: meaning; a sentence"
            )
            raise CriteriaError(file, "", name or "a column without a name", f"is not documented{mend}")
    return tuple((name, documented[name]) for name in columns)


class _Check:
    """Walks a query: every kind of node, function, table and column name must be on its list."""

    def __init__(self, file: str) -> None:
        self.file = file

    def statement(self, tree: exp.Expr) -> None:
        """Check the whole; the WITH stands at the top only, and a part sees the parts before it."""
        known = set(VIEWS)
        top = tree.args.get("with_") or tree.args.get("with")
        for part in top.expressions if top is not None else []:
            if not re.fullmatch(r"[a-z_][a-z0-9_]*", part.alias):
                raise self.wrong(part, f"{part.alias!r} is no plain name for a part of WITH")
            self.walk(part.this, known, None)
            known.add(part.alias)
        self.walk(tree, known, top)

    def walk(self, tree: exp.Expr, known: set[str], top: exp.Expr | None) -> None:
        stack = [tree]
        while stack:
            node = stack.pop()
            if node is top:
                continue
            self.node(node, known)
            stack += list(node.iter_expressions())

    def node(self, node: exp.Expr, known: set[str]) -> None:
        if isinstance(node, exp.Table):
            self.table(node, known)
        elif isinstance(node, exp.With):
            raise self.wrong(node, "WITH stands at the top of the query only")
        elif isinstance(node, exp.Func):
            name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
            if name not in FUNCTIONS:
                raise self.wrong(node, f"the function {name} is not allowed{suggestion(name, FUNCTIONS)}")
        elif not isinstance(node, _KINDS):
            raise self.wrong(node, f"{type(node).__name__} is not allowed in a metric")
        if isinstance(node, exp.Column | exp.Alias) and (node.alias_or_name.lower() in EMPLOYEE):
            raise self.wrong(node, f"{node.alias_or_name} names an employee: there is no metric per employee")
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            raise self.wrong(node, "name the columns instead of *")

    def table(self, node: exp.Table, known: set[str]) -> None:
        name = node.name.lower()
        if not isinstance(node.this, exp.Identifier) or node.args.get("db") or node.args.get("catalog"):
            raise self.wrong(node, f"{node.sql(dialect='duckdb')[:40]} is not one of the documented views")
        if name not in known:
            raise self.wrong(node, f"unknown view {node.name!r}{suggestion(name, known)}")

    def wrong(self, node: exp.Expr, what: str) -> CriteriaError:
        lines = [one.meta["line"] for one in node.walk() if "line" in one.meta]
        return CriteriaError(f"{self.file}:{min(lines)}" if lines else self.file, "", "", what)


def _at(file: str, error: BaseException) -> str:
    errors = getattr(error, "errors", None) or [{}]
    line = errors[0].get("line")
    return f"{file}:{line}" if line else file


def _said(error: BaseException) -> str:
    errors = getattr(error, "errors", None) or [{}]
    return str(errors[0].get("description") or "nested too deeply, or a quote is not closed").splitlines()[0].rstrip(".")


# ---------------------------------------------------------------- running


def install(con: duckdb.DuckDBPyConnection, metrics: Sequence[OwnMetric]) -> None:
    """Compute the metrics on a connection where `rules.metrics.compute` ran, and put them beside the others in group_metrics.

    Raises CriteriaError where a file gives a group twice or the engine cannot carry it out.
    """
    for number, metric in enumerate(metrics):
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE own_{number} AS {metric.sql}")
        except duckdb.Error as error:
            raise CriteriaError(metric.file, "", "", _engine(error)) from error
        twice = con.execute(
            f"SELECT group_id FROM own_{number} WHERE group_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
        if twice is not None:
            raise CriteriaError(metric.file, "", "group_id", "stands in more than one row: add GROUP BY group_id")
    if metrics:
        listed = "".join(f', o{number}."{name}"' for number, metric in enumerate(metrics) for name in metric.names)
        joins = "".join(f" LEFT JOIN own_{number} o{number} ON o{number}.group_id = s.group_id" for number in range(len(metrics)))
        con.execute("DROP VIEW IF EXISTS shipped_metrics")
        con.execute("ALTER VIEW group_metrics RENAME TO shipped_metrics")
        con.execute(f"CREATE TEMP VIEW group_metrics AS SELECT s.*{listed} FROM shipped_metrics s{joins}")


def _engine(error: duckdb.Error) -> str:
    """The engine's words where they name columns and views only; other messages may quote a record."""
    told = duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException
    return f"cannot be carried out: {str(error).splitlines()[0]}" if isinstance(error, told) else "cannot be carried out on these facts"


@cache
def documented(metrics: tuple[OwnMetric, ...]) -> Mapping[str, Kind]:
    """Give name -> kind of the columns, asked of the engine over empty facts. Raises CriteriaError."""
    from rules.vocabulary import empty_facts, kinds  # noqa: PLC0415 - vocabulary asks here for nothing, but shares the empty facts

    with duckdb.connect() as con:
        empty_facts(con)
        derive(con, Moment(as_of=_DAY, now=datetime.combine(_DAY, datetime.min.time(), UTC)))
        compute(con)
        install(con, metrics)
        every = kinds(con, "group_metrics")
    return {name: every[name] for metric in metrics for name in metric.names}
