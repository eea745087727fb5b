from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.sandbox.salesforce.app import build
from connectors.sandbox.salesforce.oauth import App
from connectors.sandbox.salesforce.org import Org
from tests.connectors.sandbox_salesforce.desk import KEY, SECRET, Clock, Desk
from tests.served import Frozen


@pytest.fixture(scope="session")
def private_key() -> str:
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def pem(key) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def public_of(private: str) -> str:
    key = serialization.load_pem_private_key(private.encode(), None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture(scope="session")
def fresh() -> dict:
    """Orgs as Salesforce gives them out, by their features: every test gets a copy."""
    return {}


@pytest.fixture
def open_desk(address, private_key, fresh):
    """A function that opens an org with the features it is asked for."""
    opened = []

    def opening(*features: str, **options) -> Desk:
        clock, wall = Clock(), Clock(datetime.now(UTC))
        kind = repr((features, sorted(options.items())))
        if kind not in fresh:
            org = Org(clock, features=features, wall=wall, **options)
            username = org.record(org.user)["Username"]
            org.sessions.register(App(key=KEY, secret=SECRET, public_key=public_of(private_key), users=(username,), run_as=username))
            fresh[kind] = Frozen(org, clock=clock, wall=wall), clock.now
        kept, clock.now = fresh[kind]
        org = kept.thawed(clock=clock, wall=wall)
        desk = Desk(address.url, org, clock, wall)
        address.app = build(org, desk.faults, desk.audit)
        opened.append(desk)
        return desk

    yield opening
    for desk in opened:
        desk.http.close()


@pytest.fixture
def desk(open_desk) -> Desk:
    return open_desk()
