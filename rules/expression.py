"""Conditions that people write: SQL boolean text over documented metrics, checked here, carried out by DuckDB.

    text -> tokens (whitelist, positions) -> sqlglot tree (whitelist, kinds) -> DuckDB SQL

Only comparison, AND, OR, NOT, parentheses, literals, IS NULL and + - * / pass: a rule file is data from outside, so that
nothing in it may call, read or change anything. Names: a metric of the group, `portfolio.x`, and `severity."GOV-02"`
(0 info … 3 critical, -1 when that rule is not open). A comparison treats two numbers within 1e-9 (relative) as equal,
so that DOUBLE and exact arithmetic agree; a division by zero is unknown.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlglot import exp, parse_one, tokenize
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Kind = Literal["boolean", "number", "text", "date", "any"]
TOLERANCE: Final = 1e-9
ALIASES: Final = {"revenue_share": "share", "index": "imbalance_index"}
"""Names under which the CRM shows a metric (eq_revenue_share): a condition may use either, where the metric is known."""
LONGEST: Final = 2_000
MOST: Final = 300
"""Characters and signs of a condition: more is no judgement that anybody could follow."""
DEEPEST: Final = 20
"""Parentheses, and NOTs or minus signs in a row, within each other."""
SCOPES: Final = ("portfolio", "severity")

_WORDS: Final = {TokenType.VAR, TokenType.IDENTIFIER}
_SIGNS: Final = {
    TokenType.DOT, TokenType.GTE, TokenType.GT, TokenType.LTE, TokenType.LT, TokenType.EQ, TokenType.NEQ, TokenType.AND, TokenType.OR,
    TokenType.NOT, TokenType.L_PAREN, TokenType.R_PAREN, TokenType.NUMBER, TokenType.STRING, TokenType.IS, TokenType.NULL,
    TokenType.TRUE, TokenType.FALSE, TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH,
}  # fmt: skip
_HINTS: Final = {
    TokenType.SELECT: "a condition cannot query", TokenType.DCOLON: "casts are not allowed",
    TokenType.CASE: "write AND / OR instead of CASE", TokenType.IN: "write x = 1 OR x = 2 instead of IN", TokenType.LIKE: "compare with =",
    TokenType.BETWEEN: "write x >= 1 AND x <= 2 instead of BETWEEN", TokenType.SEMICOLON: "one condition only",
}  # fmt: skip


class ExpressionError(ValueError):
    """A condition that cannot be used: one line with the place (1-based column) and, where there is one, the mend."""

    def __init__(self, text: str, column: int, message: str) -> None:
        self.text, self.column, self.message = text, column, message
        super().__init__(f"{message} (column {column} of {text!r})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names a condition may use and what each holds."""

    group: Mapping[str, Kind]
    portfolio: Mapping[str, Kind]
    rules: Collection[str] = ()

    def kind(self, scope: str, name: str) -> Kind | None:
        if scope == "severity":
            return "number" if name in self.rules else None
        return (self.portfolio if scope == "portfolio" else self.group).get(self.real(scope, name))

    def real(self, scope: str, name: str) -> str:
        """Give the metric's own name for the one under which the CRM shows it."""
        return ALIASES[name] if not scope and name not in self.group and ALIASES.get(name) in self.group else name

    def nearest(self, scope: str, name: str) -> str | None:
        names = {"severity": self.rules, "portfolio": self.portfolio}.get(scope, self.group)
        found = difflib.get_close_matches(name, sorted(names), 1)
        if found:
            return found[0]
        return f"portfolio.{name}" if not scope and name in self.portfolio else None


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked condition or sum. `names` are the (scope, name) pairs it reads; scope "" is the group."""

    text: str
    names: tuple[tuple[str, str], ...]
    tree: exp.Expr

    def sql(self, column: Callable[[str, str], str]) -> str:
        """DuckDB text; `column` says how a (scope, name) is read there."""
        return _render(self.tree, column)

    def clauses(self) -> list[Expression]:
        """Give the parts that AND and OR join, each as a condition of its own."""
        found, waiting = [], [self.tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, exp.Paren):
                waiting.append(node.this)
            elif isinstance(node, exp.And | exp.Or):
                waiting += [node.expression, node.this]
            else:
                names = tuple(dict.fromkeys((column.table, column.name) for column in node.find_all(exp.Column)))
                found.append(Expression(node.sql(), names, node))
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def condition(text: str, known: Known) -> Expression:
    """Read the text as a condition: true, false or unknown. Raises ExpressionError."""
    return _checked(text, known, "boolean")


def number(text: str, known: Known) -> Expression:
    """Read the text as a sum over metrics. Raises ExpressionError."""
    return _checked(text, known, "number")


def _checked(text: str, known: Known, wanted: Kind) -> Expression:
    _tokens(text)
    try:
        return _read(text, known, wanted)
    except RecursionError as error:
        raise ExpressionError(text, 1, "the condition is nested too deeply, split it into several levels or rules") from error


def _read(text: str, known: Known, wanted: Kind) -> Expression:
    try:
        tree = parse_one(text, dialect="duckdb")
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        said = str(first.get("description") or "cannot be read").rstrip(".")
        message = "something is missing here" if said.startswith("Required keyword") else said
        raise ExpressionError(text, int(first.get("col") or 1), message) from error
    check = _Check(text, known)
    found = check.kind_of(tree)
    if found not in {wanted, "any"}:
        raise ExpressionError(text, 1, f"a {_said(wanted)} is needed here, this is a {_said(found)}")
    return Expression(text, tuple(dict.fromkeys(check.names)), tree)


def _said(kind: Kind) -> str:
    return {"boolean": "condition", "any": "value"}.get(kind, kind)


def _tokens(text: str) -> None:
    if len(text) > LONGEST:
        raise ExpressionError(f"{text[:60]}...", LONGEST, f"the condition has {len(text)} characters, {LONGEST} are the most")
    try:
        tokens = tokenize(text, dialect="duckdb")
    except TokenError as error:
        raise ExpressionError(text, 1, "cannot be read: a quote is not closed, or a sign is not SQL") from error
    if not tokens:
        raise ExpressionError(text, 1, "the condition is empty")
    if len(tokens) > MOST:
        raise ExpressionError(text, tokens[MOST].start + 1, f"the condition has {len(tokens)} words and signs, {MOST} are the most")
    depth = row = 0
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        _look_at(text, token, after)
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        row = row + 1 if token.token_type in {TokenType.NOT, TokenType.DASH, TokenType.PLUS} else 0
        if max(depth, row) > DEEPEST:
            raise ExpressionError(text, token.start + 1, f"the condition is nested deeper than {DEEPEST}")


def _look_at(text: str, token: Token, after: Token | None) -> None:
    """Refuse what the whitelist does not name, at the place where it stands."""
    kind, column = token.token_type, token.start + 1
    if token.comments:
        raise ExpressionError(text, column, "comments are not allowed in a condition")
    if kind in _HINTS:
        raise ExpressionError(text, column, _HINTS[kind])
    if after is not None and after.token_type is TokenType.L_PAREN and kind not in _SIGNS:
        raise ExpressionError(text, column, f"functions are not allowed, {token.text} is one")
    if kind not in _SIGNS and kind not in _WORDS and not token.text.isidentifier():
        raise ExpressionError(text, column, f"{token.text!r} is not allowed in a condition")
    if kind in {TokenType.EQ, TokenType.NEQ} and after is not None and after.token_type is TokenType.NULL:
        mend = "IS NULL" if kind is TokenType.EQ else "IS NOT NULL"
        raise ExpressionError(text, column, f"{token.text} NULL is never true, write {mend}")


_KINDS: Final[tuple[tuple[tuple[type[exp.Expr], ...], Kind, Kind], ...]] = (
    ((exp.And, exp.Or, exp.Not), "boolean", "boolean"),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg), "number", "number"),
    ((exp.GT, exp.GTE, exp.LT, exp.LTE), "number", "boolean"),
)
"""Node types, what their operands must be, what they yield."""


class _Check:
    """Walks the tree: every node must be on the list, every name known, every operand of the right kind."""

    def __init__(self, text: str, known: Known) -> None:
        self.text, self.known = text, known
        self.names: list[tuple[str, str]] = []

    def kind_of(self, node: exp.Expr) -> Kind:
        """Say what the node yields; its operands are checked on the way."""
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Paren):
            return self.kind_of(node.this)
        if isinstance(node, exp.Literal | exp.Boolean):
            return "boolean" if isinstance(node, exp.Boolean) else "text" if node.is_string else "number"
        for types, operand, result in _KINDS:
            if isinstance(node, types):
                self._all(node, operand, *(part for part in (node.this, node.args.get("expression")) if part is not None))
                return result
        return self._compared(node)

    def _compared(self, node: exp.Expr) -> Kind:
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            self.kind_of(node.this)
        elif isinstance(node, exp.EQ | exp.NEQ):
            left, right = self.kind_of(node.this), self.kind_of(node.expression)
            if left != right and "any" not in {left, right}:
                raise self._wrong(node, f"a {_said(left)} is compared with a {_said(right)}")
        else:
            raise self._wrong(node, f"{type(node).__name__} is not allowed in a condition")
        return "boolean"

    def _all(self, node: exp.Expr, wanted: Kind, *operands: exp.Expr) -> Kind:
        for operand in operands:
            found = self.kind_of(operand)
            if found not in {wanted, "any"}:
                raise self._wrong(operand if operand.find(exp.Identifier) else node, f"a {_said(wanted)} is needed, not a {_said(found)}")
        return wanted

    def _column(self, node: exp.Column) -> Kind:
        scope, name = node.table, node.name
        if scope and scope not in SCOPES:
            raise self._wrong(node, f'unknown scope {scope!r}: write a metric, portfolio.metric or severity."RULE-ID"')
        kind = self.known.kind(scope, name)
        if kind is None:
            near = self.known.nearest(scope, name)
            what = "rule" if scope == "severity" else f"{scope} metric".strip()
            raise self._wrong(node, f"unknown {what} {name!r}" + (f", did you mean {near!r}?" if near else ""))
        real = self.known.real(scope, name)
        if real != name:
            node.set("this", exp.to_identifier(real))
        self.names.append((scope, real))
        return kind

    def _wrong(self, node: exp.Expr, message: str) -> ExpressionError:
        starts = [identifier.meta["start"] for identifier in node.find_all(exp.Identifier) if "start" in identifier.meta]
        return ExpressionError(self.text, min(starts) + 1 if starts else 1, message)


_OPERATORS: Final[dict[type[exp.Expr], str]] = {
    exp.And: "AND", exp.Or: "OR", exp.EQ: "=", exp.NEQ: "<>", exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/",
}  # fmt: skip


def _render(node: exp.Expr, column: Callable[[str, str], str]) -> str:
    if isinstance(node, exp.Column):
        return column(node.table, node.name)
    if isinstance(node, exp.Literal | exp.Boolean):
        return _literal(node)
    inner = _render(node.this, column)
    if isinstance(node, exp.Paren | exp.Not | exp.Neg | exp.Is):
        before, after = {exp.Not: ("NOT ", ""), exp.Neg: ("-", ""), exp.Is: ("", " IS NULL")}.get(type(node), ("", ""))
        return f"({before}{inner}{after})"
    right = _render(node.expression, column)
    if isinstance(node, exp.GT | exp.GTE | exp.LT | exp.LTE):
        return _tolerant(node, inner, right)
    return f"({inner} {_OPERATORS[type(node)]} {f'NULLIF({right}, 0)' if isinstance(node, exp.Div) else right})"


def _literal(node: exp.Literal | exp.Boolean) -> str:
    if isinstance(node, exp.Boolean):
        return "TRUE" if node.this else "FALSE"
    return "'" + node.this.replace("'", "''") + "'" if node.is_string else f"CAST({node.this} AS DOUBLE)"


def _tolerant(node: exp.Expr, left: str, right: str) -> str:
    near = f"abs({left} - {right}) <= {TOLERANCE} * greatest(abs({left}), abs({right}))"
    if isinstance(node, exp.GTE | exp.LTE):
        return f"({left} {'>=' if isinstance(node, exp.GTE) else '<='} {right} OR {near})"
    return f"({left} {'>' if isinstance(node, exp.GT) else '<'} {right} AND NOT {near})"
