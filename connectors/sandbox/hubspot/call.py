"""One request as a handler sees it, and the answer it gives.

    ASGI scope + body  --app.py-->  Call  --handler-->  Answer  (or Refusal)

A handler that changes records says so on `call.note`; app.py turns that into an entry of the audit, refused writes included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from connectors.sandbox.hubspot.wire import Refusal, bad_json, invalid, refuse, unknown_type, unset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.portal import Portal
    from connectors.sandbox.hubspot.tokens import Token

PUBLIC_HOST: Final = "https://api.hubapi.com"


@dataclass(slots=True, kw_only=True)
class Answer:
    """What goes back. `body` is a JSON document, text, or None for nothing."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Note:
    """What a write meant and did, for the audit."""

    object: str
    meant: int = 0
    ids: list[str] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Call:
    portal: Portal
    token: Token
    method: str
    path: str
    query: list[tuple[str, str]]
    raw: bytes
    args: dict[str, str]
    now: int
    dated: bool
    """Whether the date-versioned family was called; a few answers differ."""
    host: str = ""
    effects: tuple[str, ...] = ()
    note: Note | None = None

    # ------------------------------------------------------------ query

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)

    def many(self, name: str) -> list[str]:
        """A list parameter, repeated or separated by commas."""
        return [part for key, value in self.query if key == name for part in value.split(",") if part]

    def flag(self, name: str) -> bool:
        """A boolean parameter in any case; anything but true and false is refused."""
        text = self.one(name, "false").lower()
        if text not in {"true", "false"}:
            raise invalid(f"Unable to parse value for query parameter {name}: {text}")
        return text == "true"

    def limit(self, default: int, most: int) -> int:
        text = self.one("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise invalid(f"Invalid limit {text}: it must be between 1 and {most}")
        return int(text)

    def next_link(self, after: str) -> dict[str, Any]:
        """The paging of a GET list: an absolute link to the vendor's public host, whatever host was called."""
        rest = [(key, value) for key, value in self.query if key != "after"]
        query = "&".join(f"{quote(key)}={quote(value)}" for key, value in [*rest, ("after", after)])
        return {"next": {"after": after, "link": f"{PUBLIC_HOST}{self.path}?{query}"}}

    # ------------------------------------------------------------ body

    def json(self) -> dict[str, Any]:
        """Read the body, which must be a JSON object."""
        found = self._parsed()
        if not isinstance(found, dict):
            raise bad_json("Cannot deserialize value from Array value (token `JsonToken.START_ARRAY`)", 1, 1)
        return found

    def json_list(self) -> list[Any]:
        """Read the body, which must be a JSON array."""
        found = self._parsed()
        if not isinstance(found, list):
            raise bad_json(
                "Cannot deserialize value of type `java.util.ArrayList` from Object value (token `JsonToken.START_OBJECT`)", 1, 1
            )
        return found

    def _parsed(self) -> Any:
        try:
            return json.loads(self.raw)
        except json.JSONDecodeError as error:
            raise bad_json(f"{error.msg}: expected a valid value", error.lineno, error.colno) from error
        except UnicodeDecodeError as error:
            raise bad_json("Invalid UTF-8") from error

    def inputs(self, body: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
        """The inputs of a batch, at most `most` JSON objects."""
        found = body.get("inputs")
        if found is None:
            raise unset("inputs")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise bad_json("Cannot deserialize `inputs`")
        if len(found) > most:
            raise invalid(f"Maximum batch size is {most}, but {len(found)} inputs were given")
        return found

    # ------------------------------------------------------------ object types

    def kind(self, name: str = "type") -> Kind:
        return self.kind_of(self.args[name])

    def kind_of(self, asked: str) -> Kind:
        found = self.portal.kinds.find(asked, bare=self.portal.knobs.bare_custom_names)
        if found is None:
            raise unknown_type(asked)
        return found

    def effect(self, word: str) -> str | None:
        """The argument of an injected effect ("short_page:3" -> "3"), "" for one without, None where it was not injected."""
        for one in self.effects:
            head, _, argument = one.partition(":")
            if head == word:
                return argument
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint. `pattern` is the path below its area, `families` the URL families that have it: v1, v2, v3, v4, dated.

    `bucket`: burst (the ten-second bucket), exempt (none), search (its own), open (no token asked).
    """

    method: str
    pattern: str
    handler: Callable[[Call], Answer]
    families: frozenset[str] = frozenset({"v3", "dated"})
    bucket: str = "burst"


def conflict(message: str) -> Refusal:
    return refuse(409, message, "CONFLICT")
