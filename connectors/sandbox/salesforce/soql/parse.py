"""Tokens to a tree, by recursive descent. What is left over after the last clause is an error."""

from __future__ import annotations

from connectors.sandbox.salesforce.soql.lex import Token, malformed, tokens, unexpected, unquote
from connectors.sandbox.salesforce.soql.tree import (
    FUNCTIONS,
    Both,
    Branch,
    Comparison,
    Condition,
    Function,
    Not,
    Path,
    Query,
    Sorting,
    TypeOf,
    Value,
)

LONGEST = 100_000
_COMPARERS = {"=", "!=", "<>", "<", "<=", ">", ">="}
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_CLAUSES = {
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FOR",
    "ALL",
    "USING",
    "WITH",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
}


def parse(text: str) -> Query:
    """Parse a whole query; Refused with MALFORMED_QUERY when it is none."""
    if len(text) > LONGEST:
        raise malformed(f"SOQL statements cannot be longer than {LONGEST} characters.")
    parser = _Parser(text)
    query = parser.query()
    if parser.token.kind != "end":
        raise unexpected(parser.token)
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.position = text, tokens(text), 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def next(self) -> Token:
        token = self.token
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def accept(self, *words: str) -> bool:
        """Take a run of words or signs if they come next."""
        ahead = self.tokens[self.position : self.position + len(words)]
        if [one.upper for one in ahead] != list(words) or any(one.kind not in {"word", "sign"} for one in ahead):
            return False
        self.position += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise unexpected(self.token)

    def word(self) -> Token:
        if self.token.kind != "word" or self.token.upper in _CLAUSES:
            raise unexpected(self.token)
        return self.next()

    def object_name(self) -> Token:
        """Take a type name; Order and Group are types too, unless BY follows."""
        ahead = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        if self.token.upper in {"ORDER", "GROUP"} and self.token.kind == "word" and ahead.upper != "BY":
            return self.next()
        return self.word()

    # ------------------------------------------------------------ clauses

    def query(self) -> Query:
        start = self.token
        self.expect("SELECT")
        select = [self.item()]
        while self.accept(","):
            select.append(self.item())
        self.expect("FROM")
        source = self.object_name()
        if self.token.kind == "word" and self.token.upper not in _CLAUSES:
            raise unexpected(self.token)  # an alias of the object: valid SOQL, of no use to one-object queries
        where = self.condition() if self.accept("WHERE") else None
        group = self.listed() if self.accept("GROUP", "BY") else ()
        having = self.condition() if self.accept("HAVING") else None
        order = self.order() if self.accept("ORDER", "BY") else ()
        limit = self.whole() if self.accept("LIMIT") else None
        offset = self.whole() if self.accept("OFFSET") else None
        if self.accept("ALL", "ROWS"):
            raise malformed("ALL ROWS not allowed in this context")
        return Query(
            text=self.text, select=tuple(select), source=source.text, source_at=source.at, where=where, group=group, having=having, order=order, limit=limit, offset=offset, at=start.at,
        )  # fmt: skip

    def item(self) -> Path | Function | TypeOf | Query:
        if self.accept("("):
            inner = self.query()
            self.expect(")")
            return inner
        if self.accept("TYPEOF"):
            return self.type_of()
        found = self.operand()
        ahead = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        if self.token.kind != "word" or self.token.upper == "FROM":
            return found
        if ahead.upper not in {",", "FROM", ")"} or "." in self.token.text:
            raise unexpected(self.token)
        alias = self.word().text
        if isinstance(found, Path):
            return Path(parts=found.parts, at=found.at, alias=alias)
        return Function(name=found.name, argument=found.argument, at=found.at, alias=alias)

    def type_of(self) -> TypeOf:
        path = self.path()
        branches: list[Branch] = []
        while self.accept("WHEN"):
            kind = self.object_name().text
            self.expect("THEN")
            branches.append(Branch(type=kind, fields=self.paths()))
        if self.accept("ELSE"):
            branches.append(Branch(type=None, fields=self.paths()))
        self.expect("END")
        if not branches:
            raise unexpected(self.token)
        return TypeOf(path=path, branches=tuple(branches))

    def paths(self) -> tuple[Path, ...]:
        found = [self.path()]
        while self.accept(","):
            found.append(self.path())
        return tuple(found)

    def path(self) -> Path:
        word = self.word()
        return Path(parts=tuple(word.text.split(".")), at=word.at)

    def operand(self) -> Path | Function:
        """Take a field or a function of one."""
        word = self.word()
        if not self.accept("("):
            return Path(parts=tuple(word.text.split(".")), at=word.at)
        name = word.text.upper()
        if name not in FUNCTIONS:
            raise unexpected(Token("sign", "(", word.at + len(word.text)))
        if self.accept(")"):
            if name != "COUNT":
                raise unexpected(Token("sign", ")", self.token.at))
            return Function(name=name, argument=None, at=word.at)
        token = self.next()
        if token.kind != "word":
            raise unexpected(token)
        self.expect(")")
        return Function(name=name, argument=Path(parts=tuple(token.text.split(".")), at=token.at), at=word.at)

    def listed(self) -> tuple[Path | Function, ...]:
        found = [self.operand()]
        while self.accept(","):
            found.append(self.operand())
        return tuple(found)

    def order(self) -> tuple[Sorting, ...]:
        found = [self.sorting()]
        while self.accept(","):
            found.append(self.sorting())
        return tuple(found)

    def sorting(self) -> Sorting:
        by = self.operand()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        nulls_last = self.accept("NULLS", "LAST")
        if not nulls_last:
            self.accept("NULLS", "FIRST")
        return Sorting(by=by, descending=descending, nulls_last=nulls_last)

    def whole(self) -> int:
        token = self.next()
        if token.kind != "number" or not token.text.isdigit():
            raise unexpected(token)
        return int(token.text)

    # ------------------------------------------------------------ conditions

    def condition(self) -> Condition:
        """AND and OR do not mix without parentheses, as in SOQL."""
        parts = [self.term()]
        operator = "AND" if self.token.upper == "AND" else "OR"
        while self.accept(operator):
            parts.append(self.term())
        if self.token.upper in {"AND", "OR"}:
            raise unexpected(self.token)
        if len(parts) == 1:
            return parts[0]
        return Both(operator="and" if operator == "AND" else "or", parts=tuple(parts))

    def term(self) -> Condition:
        if self.accept("NOT"):
            return Not(of=self.term())
        if self.accept("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        left = self.operand()
        token = self.next()
        operator = token.upper
        if operator == "NOT":
            self.expect("IN")
            operator = "NOT IN"
        if operator in {"IN", "NOT IN"}:
            self.expect("(")
            value: Value | tuple[Value, ...] | Query
            value = self.query() if self.token.upper == "SELECT" else self.literals()
            self.expect(")")
        elif operator in {"INCLUDES", "EXCLUDES"}:
            self.expect("(")
            value = self.literals()
            self.expect(")")
        elif operator == "LIKE":
            value = self.literal(pattern=True)
        elif operator in _COMPARERS:
            value = self.literal()
        else:
            raise unexpected(token)
        return Comparison(left=left, operator="!=" if operator == "<>" else operator, value=value, at=token.at)

    def literals(self) -> tuple[Value, ...]:
        found = [self.literal()]
        while self.accept(","):
            found.append(self.literal())
        return tuple(found)

    def literal(self, *, pattern: bool = False) -> Value:
        token = self.next()
        if token.kind == "string":
            return Value(kind="string", value=unquote(token.text, pattern=pattern), at=token.at)
        if token.kind == "number":
            return Value(kind="number", value=float(token.text), at=token.at)
        if token.kind in {"date", "datetime"}:
            return Value(kind="date" if token.kind == "date" else "datetime", value=token.text, at=token.at)
        if token.upper in _CONSTANTS:
            value = _CONSTANTS[token.upper]
            return Value(kind="null" if value is None else "boolean", value=value, at=token.at)
        if token.kind == "period" or (token.kind == "word" and "." not in token.text):
            name, _, n = token.text.upper().partition(":")
            return Value(kind="period", value=name, n=int(n) if n else None, at=token.at)
        raise unexpected(token)
