"""What every test of the Salesforce sandbox holds in its hands: the org from inside, and a plain HTTP client from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connectors.sandbox.audit import Audit
from connectors.sandbox.faults import Faults

VERSION = "66.0"
KEY, SECRET = "3MVG9.consumer", "s3cret"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span) -> None:
        self.now += timedelta(**span)


class ToSandbox(HTTPAdapter):
    """Carries https://anything to the sandbox, telling it the host that was meant."""

    def __init__(self, base: str) -> None:
        self.base = base
        super().__init__()

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.headers["X-Original-Host"] = parts.netloc
        request.url = f"{self.base}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, **options)


def redirected(base: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", ToSandbox(base))
    return session


class Desk:
    """`desk.get("/limits")` speaks as the integration user; `desk.org` is the org behind it."""

    def __init__(self, base: str, org, clock: Clock, wall: Clock) -> None:
        self.base, self.org, self.clock, self.wall = base, org, clock, wall
        self.faults, self.audit = Faults(), Audit()
        self.http = requests.Session()
        self.http.trust_env = False
        self.version = VERSION
        self.sign_in()

    def sign_in(self, user: str | None = None) -> None:
        self.http.headers["Authorization"] = f"Bearer {self.org.sessions.start(user or self.org.user)}"

    def call(self, method: str, path: str, **options) -> requests.Response:
        return self.http.request(method, f"{self.base}/services/data/v{self.version}{path}", timeout=20, **options)

    def get(self, path: str, **options) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body=None, **options) -> requests.Response:
        return self.call("POST", path, json=body, **options)

    def patch(self, path: str, body=None, **options) -> requests.Response:
        return self.call("PATCH", path, json=body, **options)

    def delete(self, path: str, **options) -> requests.Response:
        return self.call("DELETE", path, **options)

    def query(self, text: str, *, everything: bool = False, **options) -> dict:
        answer = self.get("/queryAll" if everything else "/query", params={"q": text}, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, text: str, *, everything: bool = False) -> list[dict]:
        return [strip(row) for row in self.query(text, everything=everything)["records"]]

    def names(self, text: str) -> list[str]:
        return [row["Name"] for row in self.rows(text)]

    def refused(self, text: str) -> tuple[int, str, str]:
        """Run a query that must fail; gives status, code and message."""
        return error(self.get("/query", params={"q": text}))

    def account(self, name: str = "Acme", **values) -> str:
        return self.org.insert("Account", {"Name": name, **values})


def error(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert isinstance(body, list), body
    assert len(body) == 1, body
    return answer.status_code, body[0]["errorCode"], body[0]["message"]


def fields_of(answer: requests.Response) -> list[str]:
    return answer.json()[0]["fields"]


def row_error(result: dict) -> tuple[str, str]:
    """The one error of one row of a collection."""
    assert result["success"] is False, result
    assert len(result["errors"]) == 1
    return result["errors"][0]["statusCode"], result["errors"][0]["message"]


def strip(row):
    """A record without its attributes, at every level."""
    if isinstance(row, dict):
        return {name: strip(value) for name, value in row.items() if name != "attributes"}
    return [strip(one) for one in row] if isinstance(row, list) else row
