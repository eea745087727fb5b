"""The configuration: one TOML file, any key also as EQUILIBRE_SECTION__KEY, every mistake named with its mend.

Precedence: environment, then file, then the defaults shown in config.example.toml. Paths in the file are relative to the file.
"""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from connectors.settings import FilesSettings, HubspotSettings, SalesforceSettings, Section

ROLES = ("manager", "owner_manager", "finance", "operations", "sales", "marketing", "admin")
"""The roles that tasks are for (rules/tasks.py), besides the account owner."""
PREFIX = "EQUILIBRE_"
SECRETS = (("salesforce", "client_secret"), ("hubspot", "access_token"))
PATHS = (
    ("store", "directory"),
    ("salesforce", "client_secret_file"),
    ("salesforce", "private_key_file"),
    ("salesforce", "ca_bundle"),
    ("hubspot", "access_token_file"),
    ("hubspot", "ca_bundle"),
    ("files", "directory"),
    ("files", "output"),
)


class ConfigError(Exception):
    """The configuration cannot be used. The text is one line: where, what, and the mend."""


class Company(Section):
    name: str = ""
    home_currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    timezone: str = "Europe/Paris"
    language: Literal["fr", "en"] = "fr"
    country: str = Field(default="FR", pattern=r"^[A-Z]{2}$")
    business_hours: str = Field(default="08:00-18:00", pattern=r"^\d\d:\d\d-\d\d:\d\d$")
    holidays: tuple[str, ...] = ()

    @field_validator("timezone")
    @classmethod
    def zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            near = difflib.get_close_matches(value, available_timezones(), 1)
            raise ValueError(f"unknown time zone {value!r}" + (f", did you mean {near[0]!r}?" if near else ""))
        return value


class Store(Section):
    directory: Path = Path("var")
    ledger: str = ""
    memory_limit: str = "2GB"


class Schedule(Section):
    sync: str = "7 * * * *"
    full_sync: str = "0 4 * * 0"
    purge: str = "30 5 * * *"
    health_port: int = 0
    lease_minutes: int = Field(default=30, ge=1)


class Revenue(Section):
    source: Literal["", "invoices", "orders", "won_deals"] = ""


class Limits(Section):
    calls_per_run: int | None = Field(default=None, ge=1)
    calls_per_day_share: float = Field(default=0.8, gt=0, le=1)
    tasks_per_owner_per_week: int | None = Field(default=None, ge=1)
    tasks_per_owner_per_run: int = Field(default=10, ge=1)
    tasks_per_account_per_run: int = Field(default=3, ge=1)


class Tasks(Section):
    min_severity: Literal["info", "watch", "alert", "critical"] = "watch"
    crm: Literal["", "salesforce", "hubspot", "files"] = ""
    owners: dict[str, str] = Field(default_factory=dict)
    default_owner: str = ""

    @field_validator("owners")
    @classmethod
    def roles_exist(cls, value: dict[str, str]) -> dict[str, str]:
        """A misspelt role would silently send its tasks to somebody else."""
        for role in value:
            if role not in ROLES:
                near = difflib.get_close_matches(role, ROLES, 1)
                raise ValueError(f"unknown role {role!r}" + (f", did you mean {near[0]!r}?" if near else f"; known: {', '.join(ROLES)}"))
        return value


class Privacy(Section):
    text_scan: bool = False
    text_scan_cases: bool = False
    lexicons: tuple[Path, ...] = ()
    person_accounts: bool | Literal["dpia_done"] = False
    retention_findings_months: int = Field(default=36, ge=1)
    retention_incidents_months: int = Field(default=13, ge=1)
    retention_runs_days: int = Field(default=90, ge=1)


class Impact(Section):
    cash: float | None = None
    operating_result_12m: float | None = None
    fixed_cost_month: float | None = None
    hourly_cost: float | None = None
    annual_penalty_rate: float | None = None
    finance_rate: float | None = None
    rush_cost_per_order: float | None = None
    ramp: float | None = None
    cycle_months: float | None = None
    avoidable_share: float | None = None
    safety_cushion: float | None = None
    annual_hours_per_fte: float | None = Field(default=None, gt=0)
    practical_capacity: float | None = Field(default=None, gt=0, le=1)
    dependent_clients: tuple[str, ...] = ()
    specific_clients: tuple[str, ...] = ()


class Rules(Section):
    """`packs`, `files`, `metrics`, `profile`, and one table of overrides per rule id."""

    model_config = ConfigDict(extra="allow", frozen=True)

    packs: tuple[str, ...] = ("builtin",)
    files: tuple[Path, ...] = ()
    metrics: tuple[Path, ...] = ()
    profile: Literal["default", "strict"] = "default"

    @property
    def overrides(self) -> dict[str, dict[str, Any]]:
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def only_rule_tables(self) -> Rules:
        for name, value in self.overrides.items():
            if not isinstance(value, dict):
                near = difflib.get_close_matches(name, type(self).model_fields, 1)
                raise ValueError(f"unknown key {name!r}" + (f", did you mean {near[0]!r}?" if near else ""))  # noqa: TRY004 - pydantic collects ValueError
        return self


class Config(Section):
    company: Company = Company()
    store: Store = Store()
    schedule: Schedule = Schedule()
    revenue: Revenue = Revenue()
    salesforce: SalesforceSettings = SalesforceSettings()
    hubspot: HubspotSettings = HubspotSettings()
    files: FilesSettings = FilesSettings()
    limits: Limits = Limits()
    tasks: Tasks = Tasks()
    privacy: Privacy = Privacy()
    impact: Impact = Impact()
    rules: Rules = Rules()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.timezone)

    @property
    def enabled(self) -> tuple[str, ...]:
        """The CRMs in use, in the order in which groups take their name."""
        return tuple(name for name in ("salesforce", "hubspot", "files") if self.section(name).enabled)

    def section(self, crm: str) -> SalesforceSettings | HubspotSettings | FilesSettings:
        """The settings of one CRM by its name."""
        section: SalesforceSettings | HubspotSettings | FilesSettings = getattr(self, crm)
        return section

    @property
    def ledger_url(self) -> str:
        return self.store.ledger or f"sqlite:///{self.store.directory / 'ledger.sqlite3'}"


def find(path: Path | None) -> Path:
    """The file that --config, $EQUILIBRE_CONFIG or the default name gives: the first that is said or exists."""
    if path is not None:
        return path
    if os.environ.get("EQUILIBRE_CONFIG") and not Path("config.toml").exists():
        return Path(os.environ["EQUILIBRE_CONFIG"])
    return Path("config.toml")


def load(path: Path | None = None, environ: dict[str, str] | None = None) -> tuple[Config, list[str]]:
    """The configuration and its warnings.

    Raises ConfigError, one line, for a missing file, broken TOML, an unknown key, a wrong value or an unreadable secret.
    """
    file = find(path)
    data = _read(file)
    _from_environment(data, os.environ if environ is None else environ)
    _absolute(data, file.parent)
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{file}: {_first_mistake(error)}") from error
    return config, _check_secrets(config, data, file)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist: copy config.example.toml to {file.name}, or name another with --config") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error


def _from_environment(data: dict[str, Any], environ: Any) -> None:
    """EQUILIBRE_HUBSPOT__ACCESS_TOKEN=… sets [hubspot] access_token; values are read as TOML where they parse, else as text."""
    for name, text in environ.items():
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        *parents, key = name[len(PREFIX) :].lower().split("__")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
        place[key] = text if _is_text(parents[0], key) else _toml_value(text)


def _is_text(section: str, key: str) -> bool:
    model = Config.model_fields[section].annotation if section in Config.model_fields else None
    field = model.model_fields.get(key) if isinstance(model, type) and issubclass(model, BaseModel) else None
    return field is not None and (field.annotation in (str, SecretStr, Path) or Path in get_args(field.annotation))


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text


def _absolute(data: dict[str, Any], folder: Path) -> None:
    defaults = {("store", "directory"): "var", ("files", "directory"): "data", ("files", "output"): "out"}
    for section, key in PATHS:
        table = data.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
            table[key] = str(folder / table[key])
        elif (section, key) in defaults and (table is None or (isinstance(table, dict) and key not in table)):
            data.setdefault(section, {})[key] = str(folder / defaults[section, key])
    for section, key in (("rules", "files"), ("rules", "metrics"), ("privacy", "lexicons")):
        files = data.get(section, {}).get(key) if isinstance(data.get(section), dict) else None
        if isinstance(files, list):
            data[section][key] = [str(folder / name) if isinstance(name, str) else name for name in files]


def _first_mistake(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = _keys_beside(first["loc"])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, 1)
        return f"unknown key {where}" + (f", did you mean {near[0]!r}?" if near else f"; known here: {', '.join(sorted(known))}")
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _keys_beside(loc: tuple[int | str, ...]) -> list[str]:
    model: Any = Config
    for part in loc[:-1]:
        field = model.model_fields.get(str(part)) if isinstance(model, type) and issubclass(model, BaseModel) else None
        model = field.annotation if field is not None else None
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _check_secrets(config: Config, data: dict[str, Any], file: Path) -> list[str]:
    warnings = []
    others_read = file.exists() and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    for section, key in SECRETS:
        literal = data.get(section, {}).get(key)
        if literal and others_read and f"{PREFIX}{section.upper()}__{key.upper()}" not in os.environ:
            warnings.append(f"{file}: {section}.{key} is readable by others; chmod 600 {file.name} or use {key}_file")
    for section, key in (("salesforce", "client_secret_file"), ("hubspot", "access_token_file"), ("salesforce", "private_key_file")):
        secret = getattr(getattr(config, section), key)
        if getattr(config, section).enabled and secret is not None and not os.access(secret, os.R_OK):
            raise ConfigError(f"{file}: {section}.{key}: {secret} cannot be read")
    return warnings
