"""One field of one object: its rules, and how describe shows it. Standard and custom fields are written as one line of text each.

"Name text(255) required"            "AccountId ref(Account) children=Contacts"
"Priority pick(High|*Medium|Low)"    "EQ_Key__c text(40) unique external casesensitive"

kinds   text area long number int currency percent date datetime bool pick multi combo ref id email phone url auto address any
flags   required unique external casesensitive lookup readonly createonly calculated nillable restricted nofilter indexed
        default=… rel=… children=… cascade restrict "A label"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "text": "string", "area": "textarea", "long": "textarea", "number": "double", "int": "int", "currency": "currency", "percent": "percent",
    "date": "date", "datetime": "datetime", "bool": "boolean", "pick": "picklist", "multi": "multipicklist", "combo": "combobox",
    "ref": "reference", "id": "id", "email": "email", "phone": "phone", "url": "url", "auto": "string", "address": "address", "any": "anyType",
}  # fmt: skip
TEXTUAL = frozenset({"string", "textarea", "email", "phone", "url", "combobox", "picklist", "multipicklist", "encryptedstring"})
NUMERIC = frozenset({"double", "currency", "percent", "int"})
_LENGTHS = {"string": 255, "textarea": 255, "email": 80, "phone": 40, "url": 255, "combobox": 255, "picklist": 255, "multipicklist": 4099}
_GROUPABLE = frozenset({"string", "email", "phone", "url", "combobox", "picklist", "reference", "id", "boolean", "int", "date"})
_SOAP = {
    "boolean": "xsd:boolean", "date": "xsd:date", "datetime": "xsd:dateTime", "double": "xsd:double", "currency": "xsd:double",
    "percent": "xsd:double", "int": "xsd:int", "id": "tns:ID", "reference": "tns:ID", "address": "urn:address", "anyType": "xsd:anyType",
}  # fmt: skip
_LINE = re.compile(r'(?P<name>\w+)\s+(?P<kind>[a-z]+)(?:\((?P<args>[^)]*)\))?(?P<flags>[^"]*)(?:"(?P<label>[^"]*)")?\s*')
_FLAGS = frozenset({
    "required", "unique", "external", "casesensitive", "lookup", "readonly", "createonly", "calculated", "nillable", "restricted", "nofilter", "indexed", "cascade", "restrict",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str
    default: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`required`: may not be null. `relationship` is the name of the way up, `children` of the way down from the parent."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    calculated: bool = False
    external: bool = False
    unique: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    auto_number: bool = False
    filterable: bool = True
    indexed: bool = False
    restricted: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    children: str | None = None
    compound: str | None = None
    on_delete: str = "clear"
    help: str | None = None
    lower: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", self.name.lower())

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def nillable(self) -> bool:
        return not self.required and self.type not in {"boolean", "id"}

    @property
    def polymorphic(self) -> bool:
        return len(self.reference_to) > 1

    @property
    def sortable(self) -> bool:
        return self.filterable and self.type != "multipicklist"

    @property
    def groupable(self) -> bool:
        return self.filterable and self.type in _GROUPABLE

    @property
    def is_key(self) -> bool:
        """Whether an upsert may name it."""
        return self.external or self.id_lookup

    def fold(self, value: Any) -> Any:
        """Bring a value to the form in which two of them are the same: text without case, unless the field minds it."""
        return value.casefold() if isinstance(value, str) and not self.case_sensitive and self.type not in {"id", "reference"} else value

    def describe(self, choices: tuple[Choice, ...]) -> dict[str, Any]:
        """Show it as `describe` does. `choices` are the picklist values as they are now."""
        return {
            "aggregatable": self.filterable and self.type != "boolean",
            "aiPredictionField": False,
            "autoNumber": self.auto_number,
            "byteLength": self.length * 3,
            "calculated": self.calculated,
            "calculatedFormula": None,
            "cascadeDelete": self.on_delete == "cascade",
            "caseSensitive": self.case_sensitive,
            "compoundFieldName": self.compound,
            "controllerName": None,
            "createable": self.createable and not self.calculated,
            "custom": self.custom,
            "defaultValue": False if self.type == "boolean" else None,
            "defaultValueFormula": None,
            "defaultedOnCreate": self.type in {"boolean", "id"} or self.default is not None or not self.createable,
            "dependentPicklist": False,
            "deprecatedAndHidden": False,
            "digits": 9 if self.type == "int" else 0,
            "displayLocationInDecimal": False,
            "encrypted": False,
            "externalId": self.external,
            "extraTypeInfo": "plaintextarea" if self.type == "textarea" else None,
            "filterable": self.filterable,
            "filteredLookupInfo": None,
            "formulaTreatNullNumberAsZero": False,
            "groupable": self.groupable,
            "highScaleNumber": False,
            "htmlFormatted": False,
            "idLookup": self.id_lookup or self.external or self.type == "id",
            "inlineHelpText": self.help,
            "label": self.label,
            "length": self.length,
            "mask": None,
            "maskType": None,
            "name": self.name,
            "nameField": self.name == "Name",
            "namePointing": self.polymorphic,
            "nillable": self.nillable,
            "permissionable": self.custom or (self.nillable and self.type != "id" and not self.calculated),
            "picklistValues": [
                {"active": choice.active, "defaultValue": choice.default, "label": choice.label, "validFor": None, "value": choice.value}
                for choice in choices
            ],
            "polymorphicForeignKey": self.polymorphic,
            "precision": self.precision,
            "queryByDistance": False,
            "referenceTargetField": None,
            "referenceTo": list(self.reference_to),
            "relationshipName": self.relationship,
            "relationshipOrder": None,
            "restrictedDelete": self.on_delete == "restrict",
            "restrictedPicklist": self.restricted,
            "scale": self.scale,
            "searchPrefilterable": self.type == "reference",
            "soapType": _SOAP.get(self.type, "xsd:string"),
            "sortable": self.sortable,
            "type": self.type,
            "unique": self.unique,
            "updateable": self.updateable and not self.calculated,
            "writeRequiresMasterRead": False,
        }


def label_of(name: str) -> str:
    """Give a field or object the label that an admin would: `AccountId` -> `Account ID`, `Due_Date__c` -> `Due Date`."""
    if name.endswith("__c"):
        return name[:-3].replace("_", " ")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"\bId$", "ID", words)


def parse(line: str) -> Field:
    """Read one line of a field list; ValueError names what it does not understand."""
    found = _LINE.fullmatch(line.strip())
    if found is None or found["kind"] not in KINDS:
        raise ValueError(f"not a field: {line!r}")
    name, kind, args = found["name"], found["kind"], found["args"] or ""
    flags, settings = _split_flags(line, found["flags"].split())
    is_readonly = bool(flags & {"readonly", "calculated"}) or kind in {"id", "auto"}
    values: dict[str, Any] = {
        "name": name,
        "label": found["label"] or label_of(name),
        "type": KINDS[kind],
        "required": "required" in flags or (kind == "auto" and "nillable" not in flags),
        "createable": not is_readonly,
        "updateable": not is_readonly and "createonly" not in flags,
        "calculated": "calculated" in flags,
        "external": "external" in flags,
        "unique": "unique" in flags,
        "case_sensitive": "casesensitive" in flags,
        "id_lookup": "lookup" in flags,
        "auto_number": kind == "auto",
        "filterable": kind not in {"long", "address", "any"} and "nofilter" not in flags,
        "indexed": "indexed" in flags,
        "restricted": "restricted" in flags,
        "default": _default(kind, settings.get("default")),
        "on_delete": next((rule for rule in ("cascade", "restrict") if rule in flags), "clear"),
        "children": settings["children"].removesuffix("__r") if "children" in settings else None,
        "compound": settings.get("comp"),
        **_measures(kind, args),
        **_reference(name, kind, args, settings),
    }
    return Field(**values)


def _split_flags(line: str, words: list[str]) -> tuple[set[str], dict[str, str]]:
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    flags = {word for word in words if "=" not in word}
    if unknown := flags - _FLAGS | settings.keys() - {"default", "rel", "children", "comp"}:
        raise ValueError(f"unknown flags {sorted(unknown)} in {line!r}")
    return flags, settings


def _default(kind: str, text: str | None) -> Any:
    if kind == "bool":
        return text == "true"
    return float(text) if text and KINDS[kind] in NUMERIC else text


def _measures(kind: str, args: str) -> dict[str, Any]:
    if kind in {"pick", "multi", "combo"}:
        words = [word.strip() for word in args.split("|") if word.strip()]
        choices = tuple(Choice(value=word.lstrip("*"), label=word.lstrip("*"), default=word.startswith("*")) for word in words)
        return {"choices": choices, "length": _LENGTHS[KINDS[kind]]}
    if KINDS[kind] in NUMERIC:
        sizes = [int(part) for part in args.split(",") if part.strip()] or ([18, 2] if kind == "currency" else [18, 0])
        return {"precision": sizes[0], "scale": sizes[1] if len(sizes) > 1 else 0}
    if kind in {"ref", "id"}:
        return {"length": 18}
    return {"length": int(args) if args else _LENGTHS.get(KINDS[kind], 0) if kind != "long" else 32_000}


def _reference(name: str, kind: str, args: str, settings: dict[str, str]) -> dict[str, Any]:
    if kind != "ref":
        return {}
    up = name[:-1] + "r" if name.endswith("__c") else name.removesuffix("Id")
    return {"reference_to": tuple(word.strip() for word in args.split("|")), "relationship": settings.get("rel", up)}
