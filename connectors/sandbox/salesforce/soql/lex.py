"""Query text to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.sandbox.salesforce.errors import Refused

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)(?![\w:]))
    |(?P<date>\d{4}-\d\d-\d\d(?![\w:]))
    |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.-]))
    |(?P<period>[A-Za-z_]+:\d+(?!\w))
    |(?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign><>|!=|<=|>=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    at: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text


def malformed(message: str) -> Refused:
    return Refused("MALFORMED_QUERY", message)


def unexpected(token: Token) -> Refused:
    return malformed(f"unexpected token: '{token.text}'")


def tokens(text: str) -> list[Token]:
    """Split a query; the last token is of kind "end"."""
    found: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            rest = text[position:].lstrip()
            raise malformed(
                "line 1:0 unterminated string literal" if rest.startswith("'") else f"unexpected token: '{rest.split(maxsplit=1)[0]}'"
            )
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    found.append(Token("end", "<EOF>", end))
    return found


def unquote(literal: str, *, pattern: bool = False) -> str:
    r"""Read a string literal. In a LIKE pattern `\%` and `\_` stay escaped, for the matcher to read."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code in _ESCAPES:
            return _ESCAPES[code]
        if code in {"%", "_"}:
            return f"\\{code}" if pattern else code
        if code.startswith("u") and len(code) == 5:
            return chr(int(code[1:], 16))
        raise malformed(f"Illegal character escape: \\{code}")

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", one, literal[1:-1], flags=re.DOTALL)
