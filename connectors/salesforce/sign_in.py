"""Gets and renews the token: JWT bearer or client credentials, through simple-salesforce over our own session.

One lock: many threads that meet an expired token cause one sign-in. A refusal is kept and told again without asking the server,
since repeating a refused sign-in locks the user. What the server says goes into the mend, never into a log: on success it is the token.
"""

from __future__ import annotations

import re
import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from connectors.failures import Denied, Throttled
from connectors.salesforce.soql import long_id
from connectors.salesforce.verdicts import CRM, transient, wire
from connectors.settings import secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.failures import CrmError
    from connectors.settings import SalesforceSettings

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105 - a path, no secret
OPERATION: Final = "sign-in"
PASSING: Final = frozenset({"unknown_error", "server_error", "temporarily_unavailable"})
"""Token errors that say nothing about the credential, though they come with HTTP 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one sign-in gave. `instance` is host[:port]; ids are the 18-character form and "" when the server does not say."""

    token: str
    instance: str
    org_id: str
    user_id: str

    def __repr__(self) -> str:
        return f"Grant(instance={self.instance!r}, org_id={self.org_id!r})"


class Access:
    """The current grant of one org, shared by the roles of a link."""

    def __init__(self, settings: SalesforceSettings, session: requests.Session) -> None:
        self._settings, self._session = settings, session
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._refusal: Denied | None = None

    def grant(self) -> Grant:
        """Give the current grant, signing in when there is none yet. One try: raises Denied, Throttled or Transient."""
        return self._grant or self.renew(None)

    def renew(self, stale: Grant | None) -> Grant:
        """Sign in again unless another thread did since `stale` was given out."""
        with self._lock:
            if self._grant is not None and self._grant is not stale:
                return self._grant
            if self._refusal is not None:
                raise self._refusal
            try:
                self._grant = self._login()
            except Denied as error:
                self._refusal = error
                raise
            return self._grant

    def close(self) -> None:
        self._session.close()

    def _login(self) -> Grant:
        answers: list[requests.Response] = []
        self._session.hooks["response"] = [lambda response, *_args, **_kwargs: answers.append(response)]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # simple-salesforce warns about an approval that our mend names
                token, instance = SalesforceLogin(session=self._session, **self._credentials())
        except requests.RequestException as error:
            raise wire(error, OPERATION) from error
        except SalesforceAuthenticationFailed as error:
            raise _refused(error, answers[-1] if answers else None) from None  # its text may be the whole body
        except (AttributeError, KeyError, TypeError) as error:
            raise transient(OPERATION, "the token answer is incomplete") from error
        org_id, user_id = _identity(answers[-1]) if answers else ("", "")
        return Grant(token=token, instance=instance.rstrip("/"), org_id=org_id, user_id=user_id)

    def _credentials(self) -> dict[str, Any]:
        settings, domain = self._settings, domain_of(self._settings.domain)
        if not settings.client_id:
            raise Denied(
                CRM,
                OPERATION,
                "no client_id is configured",
                missing="client_id",
                mend="set salesforce.client_id to the consumer key of the External Client App",
            )
        if settings.auth == "client_credentials":
            key = _said(lambda: secret(settings.client_secret, settings.client_secret_file), "client_secret")
            if domain in {"login", "test"}:
                mend = "set salesforce.domain to your My Domain, for example acme.my"
                raise Denied(CRM, OPERATION, "client credentials need the My Domain host", missing="domain", mend=mend)
            return {"consumer_key": settings.client_id, "consumer_secret": key, "domain": domain}
        if not settings.username:
            raise Denied(
                CRM, OPERATION, "no username is configured", missing="username", mend="set salesforce.username to the integration user"
            )
        file = settings.private_key_file
        if file is None:
            raise Denied(
                CRM,
                OPERATION,
                "no private key is configured",
                missing="private_key_file",
                mend="set salesforce.private_key_file to the key of the app's certificate",
            )
        key = _said(lambda: _private_key(file.read_text(encoding="utf-8")), "private_key_file")
        audience = "test" if domain == "test" or ".sandbox." in f".{domain}." else "login"
        token_host = {} if domain in {"login", "test"} else {"instance_url": domain}
        return {"username": settings.username, "consumer_key": settings.client_id, "privatekey": key, "domain": audience, **token_host}


def domain_of(text: str) -> str:
    """Bring what people paste (a URL, a host, with .salesforce.com) to the form that simple-salesforce wants. Raises Denied for a Lightning host."""
    host = re.sub(r"^https?://", "", text.strip().lower()).split("/")[0]
    if host.endswith(".lightning.force.com"):
        mend = f"set salesforce.domain to {host.removesuffix('.lightning.force.com')}.my"
        raise Denied(CRM, OPERATION, "a lightning.force.com address gives no tokens", missing="domain", mend=mend)
    return host.removesuffix(".salesforce.com") or "login"


@lru_cache(maxsize=4)
def _private_key(text: str) -> RSAPrivateKey:
    """Read the key once: each reading of it costs more than the request that it signs. Another key in the file is another text."""
    key = load_pem_private_key(text.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


def _said(read: Callable[[], Any], name: str) -> Any:
    """Read a secret; a file that is missing or not a key is the user's mistake, told with the key's name."""
    try:
        value = read()
    except OSError:
        problem = "its file cannot be read"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        problem = "its file holds no RSA private key in PEM form"
    else:
        if value:
            return value
        problem = "it is empty"
    raise Denied(CRM, OPERATION, f"{name}: {problem}", missing=name, mend=f"check salesforce.{name}") from None


def _identity(answer: requests.Response) -> tuple[str, str]:
    """Organisation and user id from the token answer's `id` URL."""
    try:
        url = str(answer.json().get("id", ""))
    except ValueError:
        url = ""
    found = re.search(r"/id/(00D\w{12,15})/(005\w{12,15})", url)
    return (long_id(found[1]), long_id(found[2])) if found else ("", "")


def _refused(error: SalesforceAuthenticationFailed, answer: requests.Response | None) -> CrmError:
    """Translate the token errors. Only what a later try may cure is Transient."""
    status = answer.status_code if answer is not None else 0
    if status == 429:
        told = answer.headers.get("Retry-After", "") if answer is not None else ""
        return Throttled(CRM, OPERATION, "asked to slow down", retry_after=float(told) if told.isdigit() else None)
    if status >= 500 or status in {200, 420}:
        return transient(OPERATION, f"the token server is unavailable (HTTP {status})")
    code = str(error.code) if re.fullmatch(r"\w{1,60}", str(error.code)) else f"HTTP {status}"
    said = str(error.auth_message or "").lower()
    if code in PASSING or any(part in said for part in ("retry your request", "rate exceeded")):
        return transient(OPERATION, f"the token server asks for another try ({code})")
    for part, (missing, mend) in _MENDS.items():
        if part in f"{code} {said}":
            return Denied(CRM, OPERATION, f"{code}: {missing}", missing=missing, mend=mend)
    return Denied(
        CRM,
        OPERATION,
        f"{code}: the sign-in was refused",
        missing="a valid sign-in",
        mend="check the External Client App and the integration user in Setup",
    )


_APP: Final = "in Setup, External Client App Manager"
_MENDS: Final = {
    "hasn't approved this consumer": (
        "the user is not pre-authorised for the app",
        f"{_APP}: policy 'Admin approved users are pre-authorized', and assign Equilibre_Integration to it",
    ),
    "audience": (
        "the audience does not fit the org",
        "set salesforce.domain: login for production, test or the sandbox's My Domain for a sandbox",
    ),
    "expired authorization code": (
        "the signed request was too old or too new",
        "set this machine's clock by NTP; the token server accepts three minutes",
    ),
    "no client credentials user": (
        "no Run As user is set on the app",
        f"{_APP}: enable the client credentials flow and choose the Run As user",
    ),
    "not supported on this domain": (
        "this host does not take client credentials",
        "set salesforce.domain to your My Domain, for example acme.my",
    ),
    "expired access/refresh token": ("the authorisation was revoked", f"{_APP}: approve the integration user again"),
    "invalid_client_id": ("the consumer key is not known", "check salesforce.client_id; a new app needs up to 10 minutes"),
    "client identifier invalid": ("the consumer key is not known", "check salesforce.client_id; a new app needs up to 10 minutes"),
    "invalid_client": ("the consumer secret is wrong", "check salesforce.client_secret"),
    "invalid_app_access": ("the user is not approved for the app", f"{_APP}: add the profile or permission set of the integration user"),
    "unsupported_grant_type": ("the app does not allow this flow", f"{_APP}: enable the JWT bearer or client credentials flow"),
    "invalid_grant": (
        "the user or its key was refused",
        "check salesforce.username, the app's certificate, the user's IP ranges, and that the user is active",
    ),
}
