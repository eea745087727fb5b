"""The credentials of the sandbox and the configuration that reaches it, in the shape of config.toml.

new_key, keep     what a person would get from an admin, in files that only they can read
config            [company] … [salesforce] … [hubspot] … with the mappings of the two seeds, endpoints on loopback
toml              the same as text, to be printed or kept as config.toml
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.sandbox import seed_hubspot_setup, seed_salesforce_setup
from connectors.sandbox.portfolio.crowd import COMPANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from connectors.sandbox.portfolio import Portfolio

Config = dict[str, Any]

CLIENT_ID: Final = "3MVG9.equilibre.sandbox"
ROLES: Final = ("manager", "sales", "finance", "operations", "marketing")


def new_key() -> tuple[bytes, str]:
    """Make the key pair of a connected app: the private key as the client keeps it, the public one as the app registers it (both PEM)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public.decode()


def keep(file: Path, secret: bytes) -> Path:
    """Write a secret to a file of mode 0600, whatever was there before."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(secret)
    return file


def config(
    portfolio: Portfolio,
    directory: Path,
    *,
    salesforce: Mapping[str, str],
    hubspot: Mapping[str, str],
    types: Mapping[str, str],
) -> Config:
    """Write the configuration down. `salesforce` and `hubspot` hold the connection keys, `types` the ids of HubSpot's own objects."""
    owners = {row["role"]: row["email"] for row in portfolio.tables["owners"] if row["role"] in ROLES}
    figures = portfolio.tables["company"][0]
    return {
        "company": {
            "name": COMPANY,
            "home_currency": portfolio.home_currency,
            "timezone": portfolio.zone,
            "language": "fr",
            "country": "FR",
        },
        "store": {"directory": str(directory / "var")},
        "revenue": {"source": "invoices"},
        "salesforce": {
            "enabled": True,
            **salesforce,
            "tables": _copied(seed_salesforce_setup.TABLES),
            "values": {table: _copied(columns) for table, columns in seed_salesforce_setup.VALUES.items()},
        },
        "hubspot": {
            "enabled": True,
            **hubspot,
            "tables": seed_hubspot_setup.tables(types),
            "values": {table: _copied(columns) for table, columns in seed_hubspot_setup.VALUES.items()},
        },
        "tasks": {"owners": owners, "default_owner": owners["manager"]},
        "impact": {name: float(value) for name, value in figures.items()},
    }


def _copied(tables: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {name: dict(columns) for name, columns in tables.items()}


def toml(config: Mapping[str, Any]) -> str:
    """Print a configuration as TOML."""
    return "\n".join(_table((), config)).strip() + "\n"


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    plain = [(key, value) for key, value in table.items() if not isinstance(value, dict)]
    if path and plain:
        yield f"\n[{'.'.join(_keys(path))}]"
    for key, value in plain:
        yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _table((*path, key), value)


def _keys(path: Iterable[str]) -> Iterator[str]:
    return (_key(key) for key in path)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # the escapes of JSON are those of a TOML basic string
