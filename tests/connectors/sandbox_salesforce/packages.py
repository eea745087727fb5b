"""Metadata packages for the tests, as zips, and the SOAP that carries them."""

from __future__ import annotations

import base64
import io
import re
import zipfile

NS = "http://soap.sforce.com/2006/04/metadata"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TEXT_FIELD = "<type>Text</type><length>80</length>"
KEY_FIELD = "<type>Text</type><length>40</length><externalId>true</externalId><unique>true</unique><caseSensitive>true</caseSensitive>"

NUMBER = "<type>Number</type><precision>5</precision><scale>4</scale>"
PICKLIST = (
    "<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>"
    "<value><fullName>none</fullName><default>true</default><label>Rien</label></value>"
    "<value><fullName>watch</fullName><default>false</default><label>Vigilance</label></value></valueSetDefinition></valueSet>"
)


def field(name: str, body: str = TEXT_FIELD, label: str | None = "A label") -> str:
    return f"<fields><fullName>{name}</fullName>{f'<label>{label}</label>' if label else ''}{body}</fields>"


def custom_object(*fields: str) -> str:
    return f'{HEAD}<CustomObject xmlns="{NS}">{"".join(fields)}</CustomObject>'


def grant(name: str, *, editable: bool = True, readable: bool = True) -> str:
    return f"<fieldPermissions><editable>{str(editable).lower()}</editable><field>{name}</field><readable>{str(readable).lower()}</readable></fieldPermissions>"


def permission_set(*parts: str, label: str = "Equilibre", description: str = "") -> str:
    said = f"<description>{description}</description>" if description else ""
    return f'{HEAD}<PermissionSet xmlns="{NS}">{said}{"".join(parts)}<label>{label}</label></PermissionSet>'


def manifest(members: dict[str, list[str]], version: str | None = "66.0") -> str:
    types = "".join(
        f"<types>{''.join(f'<members>{one}</members>' for one in names)}<name>{kind}</name></types>" for kind, names in members.items()
    )
    return f'{HEAD}<Package xmlns="{NS}">{types}{f"<version>{version}</version>" if version else ""}</Package>'


def zipped(files: dict[str, str]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return raw.getvalue()


def package(objects: dict[str, list[str]], grants: list[str] | None = None, *, name: str = "Equilibre", **more) -> bytes:
    """A whole package: fields by object, and a permission set that grants `grants`."""
    files = {f"objects/{one}.object": custom_object(*fields) for one, fields in objects.items()}
    members = {
        "CustomField": [
            f"{one}.{named}"
            for one, fields in objects.items()
            for text in fields
            for named in re.findall("<fullName>([^<]+__c)</fullName>", text)
        ]
    }
    if grants is not None:
        files[f"permissionsets/{name}.permissionset"] = permission_set(*(grant(one) for one in grants))
        members["PermissionSet"] = [name]
    return zipped({"package.xml": manifest(members), **files, **more})


def call(desk, operation: str, body: str, session: str | None = None):
    token = session if session is not None else desk.http.headers["Authorization"].removeprefix("Bearer ")
    envelope = (
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:met="{NS}"><soapenv:Header><met:SessionHeader><met:sessionId>{token}'
        f"</met:sessionId></met:SessionHeader></soapenv:Header><soapenv:Body><met:{operation}>{body}</met:{operation}></soapenv:Body></soapenv:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": operation}
    return desk.http.post(f"{desk.base}/services/Soap/m/66.0/deployRequest", data=envelope.encode(), headers=headers, timeout=20)


def start(desk, raw: bytes, **options):
    chosen = {"checkOnly": "false", "rollbackOnError": "true", "singlePackage": "true", **options}
    inner = "".join(f"<met:{name}>{value}</met:{name}>" for name, value in chosen.items())
    return call(
        desk, "deploy", f"<met:ZipFile>{base64.b64encode(raw).decode()}</met:ZipFile><met:DeployOptions>{inner}</met:DeployOptions>"
    )


def look(desk, name: str) -> str:
    return call(
        desk, "checkDeployStatus", f"<met:asyncProcessId>{name}</met:asyncProcessId><met:includeDetails>true</met:includeDetails>"
    ).text


def deploy(desk, raw: bytes, **options) -> str:
    """Deploy and look until it is done; gives the last answer's XML."""
    name = value(start(desk, raw, **options).text, "id")
    text = look(desk, name)
    while value(text, "done") == "false":
        text = look(desk, name)
    return text


def value(text: str, tag: str) -> str:
    found = re.search(f"<{tag}>([^<]*)</{tag}>", text)
    return found[1] if found else ""


def problems(text: str) -> list[str]:
    return re.findall("<problem>([^<]*)</problem>", text)
