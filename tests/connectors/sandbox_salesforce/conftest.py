from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.sandbox.salesforce.app import build
from connectors.sandbox.salesforce.oauth import App
from connectors.sandbox.salesforce.org import Org
from connectors.sandbox.serve import serve
from tests.connectors.sandbox_salesforce.desk import KEY, SECRET, Clock, Desk


class Switch:
    """One server for all tests of a process; each test puts its own app behind it."""

    app = None

    async def __call__(self, scope, receive, send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def switch():
    app = Switch()
    with serve(app) as server:
        app.url = server.url
        yield app


@pytest.fixture(scope="session")
def private_key() -> str:
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def pem(key) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def public_of(private: str) -> str:
    key = serialization.load_pem_private_key(private.encode(), None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def open_desk(switch, private_key):
    """A function that opens an org with the features it is asked for."""
    opened = []

    def opening(*features: str, **options) -> Desk:
        clock, wall = Clock(), Clock(datetime.now(UTC))
        org = Org(clock, features=features, wall=wall, **options)
        username = org.record(org.user)["Username"]
        org.sessions.register(App(key=KEY, secret=SECRET, public_key=public_of(private_key), users=(username,), run_as=username))
        desk = Desk(switch.url, org, clock, wall)
        switch.app = build(org, desk.faults, desk.audit)
        opened.append(desk)
        return desk

    yield opening
    for desk in opened:
        desk.http.close()


@pytest.fixture
def desk(open_desk) -> Desk:
    return open_desk()
