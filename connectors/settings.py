"""What a person configures about each CRM. Read from TOML by sync/config.py; secrets may stand in `*_file` keys."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class Section(BaseModel):
    """A part of the configuration; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CrmSection(Section):
    enabled: bool = False
    endpoint: str = ""
    ca_bundle: Path | None = None
    proxy: str = ""
    tables: dict[str, dict[str, str]] = Field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = Field(default_factory=dict)

    @field_validator("endpoint")
    @classmethod
    def loopback_only(cls, value: str) -> str:
        """The override exists for the sandbox and tests; real traffic goes to the vendor's own hosts."""
        if value and (urlsplit(value).scheme not in {"http", "https"} or urlsplit(value).hostname not in {"127.0.0.1", "localhost", "::1"}):
            msg = f"must be a loopback URL such as http://127.0.0.1:8400, not {value!r}"
            raise ValueError(msg)
        return value.rstrip("/")


class SalesforceSettings(CrmSection):
    domain: str = "login"
    auth: Literal["jwt", "client_credentials"] = "jwt"
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    username: str = ""
    private_key_file: Path | None = None
    api_version: str = "66.0"
    bulk_threshold: int = 20_000


class HubspotSettings(CrmSection):
    access_token: SecretStr = SecretStr("")
    access_token_file: Path | None = None
    api_version: Literal["v3", "2026-03"] = "v3"


class FilesSettings(Section):
    enabled: bool = False
    directory: Path = Path("data")
    output: Path = Path("out")
    tables: dict[str, dict[str, str]] = Field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = Field(default_factory=dict)


def secret(value: SecretStr, file: Path | None) -> str:
    """The secret itself: from the key, or the stripped content of its file."""
    return value.get_secret_value() or (file.read_text(encoding="utf-8").strip() if file else "")
