"""Who may call: tokens of service keys, legacy private apps and OAuth apps, each with its scopes and its end."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from connectors.sandbox.hubspot.wire import Refusal, expired, missing_scopes, refuse, unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OBJECTS: Final = ("companies", "contacts", "deals", "tickets", "line_items", "invoices", "custom")
ALL_SCOPES: Final = frozenset(
    {
        *(f"crm.{area}.{name}.{verb}" for area in ("objects", "schemas") for name in OBJECTS for verb in ("read", "write")),
        "crm.objects.owners.read",
        "crm.export",
        "settings.currencies.read",
        "oauth",
    },
)
LIFETIME: Final = 1800
"""Seconds an OAuth access token lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A credential. `expires` is epoch milliseconds; `app` shares one ten-second bucket."""

    secret: str
    app: str
    scopes: frozenset[str]
    kind: Literal["service_key", "private_app", "oauth"] = "service_key"
    expires: int | None = None

    @property
    def is_private(self) -> bool:
        return self.kind != "oauth"

    def need(self, any_of: frozenset[str], *, nested: bool = True) -> None:
        """Refuse unless one of the scopes is there."""
        if any_of and not any_of & self.scopes:
            raise missing_scopes(any_of, nested=nested)


class Tokens:
    """All credentials of a portal. Secrets are made from the portal id, so that a demo prints the same config every time."""

    def __init__(self, portal_id: int) -> None:
        self._random = random.Random(portal_id)
        self._portal_id = portal_id
        self._issued: dict[str, Token] = {}
        self._apps: dict[tuple[str, str], tuple[str, frozenset[str]]] = {}
        self.full = self.issue(None, None, "service_key")

    def issue(self, scopes: Iterable[str] | None, expires: int | None, kind: str) -> str:
        if kind not in {"service_key", "private_app", "oauth"}:
            raise ValueError(f"a token is a service_key, private_app or oauth, not {kind!r}")
        secret = self._secret("pat-eu1-")
        granted = ALL_SCOPES if scopes is None else frozenset(scopes) | {"oauth"}
        self._issued[secret] = Token(secret=secret, app=f"app-{len(self._issued)}", scopes=granted, kind=kind, expires=expires)  # type: ignore[arg-type] # checked above
        return secret

    def _secret(self, prefix: str) -> str:
        return prefix + str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def oauth_app(self, client_id: str, client_secret: str, scopes: Iterable[str] | None = None) -> str:
        """Install an OAuth app and give its refresh token."""
        refresh = self._secret("eu1-")
        self._apps[(client_id, client_secret)] = (refresh, ALL_SCOPES if scopes is None else frozenset(scopes))
        return refresh

    def sign_in(self, header: str | None, now: int) -> Token:
        """Find the token of an Authorization header, or refuse with 401."""
        scheme, _, secret = (header or "").partition(" ")
        token = self._issued.get(secret.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise unauthenticated()
        if token.expires is not None and token.expires <= now:
            raise expired(token.expires, now)
        return token

    def describe(self, secret: str) -> Token | None:
        return self._issued.get(secret)

    def exchange(self, form: Mapping[str, str], now: int) -> dict[str, object]:
        """Trade a refresh token for an access token, as the OAuth token endpoint does."""
        if form.get("grant_type") != "refresh_token":
            raise refuse(400, "missing or unknown grant_type", "VALIDATION_ERROR")
        who = (form.get("client_id", ""), form.get("client_secret", ""))
        if who not in self._apps:
            raise refuse(400, "missing or invalid client id or secret", "BAD_CLIENT_ID")
        refresh, scopes = self._apps[who]
        if form.get("refresh_token") != refresh:
            raise _bad_refresh()
        secret = self._secret("CJTEST")
        self._issued[secret] = Token(secret=secret, app=who[0], scopes=scopes, kind="oauth", expires=now + LIFETIME * 1000)
        head = {"access_token": secret, "refresh_token": refresh, "expires_in": LIFETIME, "token_type": "bearer"}
        return head | {"hub_id": self._portal_id, "scopes": sorted(scopes)}


def _bad_refresh() -> Exception:
    text = "refresh token is invalid, expired or revoked"
    return Refusal(400, {"status": "BAD_REFRESH_TOKEN", "message": text, "error": "invalid_grant", "error_description": text})
