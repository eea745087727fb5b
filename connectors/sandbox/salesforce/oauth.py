"""Signing in: apps, their keys and users, the token endpoint with the vendor's refusals, and the sessions it opens.

POST /services/oauth2/token   JWT bearer (RS256 is really verified) or client credentials  ->  access token
Authorization: Bearer …       ->  Sessions.user_of  ->  the user, or INVALID_SESSION_ID
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from connectors.sandbox.salesforce.errors import expired
from connectors.sandbox.salesforce.web import Answer, split_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from connectors.sandbox.salesforce.org import Org

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SHARED_HOSTS = {"login.salesforce.com": False, "test.salesforce.com": True}
"""The hosts that are nobody's My Domain, and whether they are the sandboxes' one."""
LONGEST_ASSERTION = timedelta(minutes=5)


class TokenRefused(Exception):  # an answer of the token endpoint
    def __init__(self, error: str, description: str) -> None:
        super().__init__(error, description)
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A registered client. `users` are pre-authorised for JWT; `policy` says which refusal the others get.

    `run_as` is the username of the client credentials flow; None: the flow is not set up.
    """

    key: str
    secret: str | None = None
    public_key: str | None = None
    users: tuple[str, ...] = ()
    run_as: str | None = None
    policy: Literal["admin", "self"] = "admin"

    def __post_init__(self) -> None:
        if self.public_key is not None:
            key = load_pem_public_key(self.public_key.encode())
            if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
                raise ValueError("the vendor takes RSA keys of 2048 bits and more only")


@dataclass(slots=True)
class Session:
    user: str
    ends: datetime


@dataclass(slots=True)
class Sessions:
    """The apps and open sessions of one org."""

    org: Org
    wall: Callable[[], datetime]
    apps: dict[str, App] = field(default_factory=dict)
    open: dict[str, Session] = field(default_factory=dict)
    ip_restricted: bool = False

    def register(self, app: App) -> None:
        self.apps[app.key] = app

    def start(self, user: str) -> str:
        """Open a session for a user id; gives the access token."""
        token = f"{self.org.id[:15]}!{secrets.token_urlsafe(72)}"
        self.open[token] = Session(user, self.wall() + timedelta(seconds=self.org.knobs.session_seconds))
        return token

    def user_of(self, token: str | None) -> str:
        """Tell whose session a token is; Refused with INVALID_SESSION_ID when it is none or over."""
        session = self.open.get(token or "")
        if session is None or session.ends <= self.wall():
            raise expired()
        return session.user

    def expire_all(self) -> None:
        """End every session at once, as an admin or a session policy does."""
        self.open.clear()

    def user_named(self, username: str) -> str | None:
        """Find the id of an active user by username."""
        rows = self.org.store.rows("User").values()
        return next((row["Id"] for row in rows if row.get("Username", "").lower() == username.lower() and row.get("IsActive")), None)


def token(org: Org, headers: Mapping[str, str], body: bytes, instance: str | None) -> Answer:
    """Answer a token request. `instance` replaces the instance URL of the answer (an org that was moved)."""
    form = split_query(body.decode("utf-8", "replace"))
    host = headers.get("x-original-host", "").split(":")[0].lower()
    try:
        user = _granted(org, form, headers, host)
    except TokenRefused as refused:
        return Answer(
            status=400, body={"error": refused.error, "error_description": refused.description}, headers={"Cache-Control": "no-store"}
        )
    return Answer(body=_success(org, user, host, instance), headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def revoke(org: Org, body: bytes) -> Answer:
    """End one session."""
    form = split_query(body.decode("utf-8", "replace"))
    if org.sessions.open.pop(form.get("token", ""), None) is None:
        return Answer(status=400, body={"error": "invalid_token", "error_description": "invalid token: " + form.get("token", "")[:4]})
    return Answer(body="")


def _granted(org: Org, form: Mapping[str, str], headers: Mapping[str, str], host: str) -> str:
    grant = form.get("grant_type")
    if headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded" or grant is None:
        raise TokenRefused("unsupported_grant_type", "grant type not supported")
    if org.sessions.ip_restricted:
        raise TokenRefused("invalid_grant", "authentication failure")
    if grant == JWT_BEARER:
        return _by_assertion(org, form.get("assertion", ""), host)
    if grant == "client_credentials":
        return _by_secret(org, form, headers, host)
    if grant == "password":
        raise TokenRefused("invalid_grant", "authentication failure - Invalid Password")
    if grant == "refresh_token":
        raise TokenRefused("invalid_grant", "expired access/refresh token")
    raise TokenRefused("unsupported_grant_type", "grant type not supported")


def _by_assertion(org: Org, assertion: str, host: str) -> str:
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise TokenRefused("invalid_grant", "invalid assertion") from error
    app = org.sessions.apps.get(str(claims.get("iss")))
    if app is None:
        raise TokenRefused("invalid_client_id", "client identifier invalid")
    _verify(app, assertion)
    _check_audience(org, claims.get("aud"), host)
    _check_expiry(org, claims.get("exp"))
    username = str(claims.get("sub", ""))
    if username.lower() not in {name.lower() for name in app.users}:
        if app.policy == "admin":
            raise TokenRefused("invalid_app_access", "user is not admin approved to access this app")
        raise TokenRefused("invalid_grant", "user hasn't approved this consumer")
    return _active(org, username)


def _verify(app: App, assertion: str) -> None:
    try:
        jwt.decode(
            assertion,
            app.public_key or "",
            algorithms=["RS256"],
            options={  # the claims are judged below, in the vendor's order and words; its exp may be text
                "verify_signature": True,
                "verify_aud": False,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_iss": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenRefused("invalid_grant", "invalid assertion") from error


def _check_audience(org: Org, audience: Any, host: str) -> None:
    """Take the shared host of the org's kind, or its own domain; and the request may not have gone to the other kind's host."""
    shared = "test.salesforce.com" if org.is_sandbox else "login.salesforce.com"
    allowed = {f"https://{shared}", f"https://{my_domain(org)}"}
    if str(audience).rstrip("/") not in allowed or SHARED_HOSTS.get(host, org.is_sandbox) != org.is_sandbox:
        raise TokenRefused("invalid_grant", "audience is invalid")


def _check_expiry(org: Org, expiry: Any) -> None:
    try:
        ends = float(expiry)
    except (TypeError, ValueError) as error:
        raise TokenRefused("invalid_grant", "expired authorization code") from error
    now = org.sessions.wall()
    if not now.timestamp() < ends <= (now + LONGEST_ASSERTION).timestamp():
        raise TokenRefused("invalid_grant", "expired authorization code")


def _by_secret(org: Org, form: Mapping[str, str], headers: Mapping[str, str], host: str) -> str:
    if host in SHARED_HOSTS:
        raise TokenRefused("invalid_grant", "request not supported on this domain")
    key, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise TokenRefused("invalid_client", "invalid client credentials") from error
    app = org.sessions.apps.get(key)
    if app is None:
        raise TokenRefused("invalid_client_id", "client identifier invalid")
    if app.secret is None or not hmac.compare_digest(app.secret.encode(), secret.encode()):
        raise TokenRefused("invalid_client", "invalid client credentials")
    if app.run_as is None:
        raise TokenRefused("invalid_grant", "no client credentials user enabled")
    return _active(org, app.run_as)


def _active(org: Org, username: str) -> str:
    user = org.sessions.user_named(username)
    if user is None:
        raise TokenRefused("invalid_grant", "authentication failure")
    return user


def my_domain(org: Org) -> str:
    return f"{org.domain}.sandbox.my.salesforce.com" if org.is_sandbox else f"{org.domain}.my.salesforce.com"


def _success(org: Org, user: str, host: str, instance: str | None) -> dict[str, str]:
    shared = "test.salesforce.com" if org.is_sandbox else "login.salesforce.com"
    identity = f"https://{host if host in SHARED_HOSTS else shared}/id/{org.id}/{user}"
    issued = str(int(org.sessions.wall().timestamp() * 1000))
    signature = hmac.new(org.id.encode(), (identity + issued).encode(), hashlib.sha256).digest()
    return {
        "access_token": org.sessions.start(user),
        "signature": base64.b64encode(signature).decode(),
        "scope": "api",
        "instance_url": instance or f"https://{my_domain(org)}",
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }
