from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.connectors.salesforce.stage import Stage, raise_ready_stage, raise_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.served import Address


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A key pair as an admin would make it: the file of the private key, and the text of the public one."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("key") / "app.key"
    file.write_bytes(made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return file, public.decode()


@pytest.fixture
def stage(tmp_path: Path, key: tuple[Path, str], address: Address) -> Iterator[Stage]:
    """A fresh org as Salesforce gives it out: nothing of ours in it."""
    made = raise_stage(tmp_path, key, address)
    yield made
    made.close()


@pytest.fixture
def ready(tmp_path: Path, key: tuple[Path, str], address: Address) -> Iterator[Stage]:
    """An org with our package deployed and assigned."""
    made = raise_ready_stage(tmp_path, key, address)
    yield made
    made.close()
