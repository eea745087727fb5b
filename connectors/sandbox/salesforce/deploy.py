"""The Metadata API's deploy and checkDeployStatus over SOAP. A deployment runs while it is looked at, and does nothing before.

deploy(zip)  ->  Queued  ->  looks  ->  InProgress …  ->  Succeeded | SucceededPartial | Failed, with a line per component
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from connectors.sandbox.audit import Write
from connectors.sandbox.salesforce import package
from connectors.sandbox.salesforce.describe import NEWEST, RETIRED_UP_TO
from connectors.sandbox.salesforce.errors import Refused
from connectors.sandbox.salesforce.metatypes import NAMESPACE, truth
from connectors.sandbox.salesforce.web import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.audit import Audit
    from connectors.sandbox.salesforce.components import Component
    from connectors.sandbox.salesforce.org import Org
    from connectors.sandbox.salesforce.package import Package

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class Fault(Exception):  # SOAP's own word
    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(slots=True, kw_only=True)
class Deployment:
    user: str
    zip: bytes
    check_only: bool
    all_or_none: bool
    made: str
    looks: int = 0
    package: Package | None = None
    id: str = ""

    @property
    def status(self) -> str:
        if self.package is None:
            return "InProgress" if self.looks > 1 else "Pending"
        if not self.package.failures:
            return "Succeeded"
        partial = not self.all_or_none and len(self.package.failures) < len(self.package.components)
        return "SucceededPartial" if partial else "Failed"


def answer(org: Org, audit: Audit, version: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Answer one SOAP request; faults are HTTP 500 as SOAP 1.1 wants."""
    try:
        _check(version, headers)
        text = _dispatch(org, audit, version, body)
    except Fault as fault:
        return Answer(status=500, body=_fault(fault).encode(), headers={"Content-Type": "text/xml; charset=utf-8"})
    return Answer(body=text.encode(), headers={"Content-Type": "text/xml; charset=utf-8"})


def _check(version: str, headers: Mapping[str, str]) -> None:
    number = int(version.partition(".")[0])
    if not RETIRED_UP_TO < number <= NEWEST:
        raise Fault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")
    if headers.get("content-type", "").split(";")[0].strip() != "text/xml" or "soapaction" not in headers:
        raise Fault("INVALID_SOAP", "SOAPAction HTTP header and a text/xml body are needed")


def _dispatch(org: Org, audit: Audit, version: str, body: bytes) -> str:
    try:
        root = ET.fromstring(body)  # noqa: S314 # the sandbox reads what its own user sends it
    except ET.ParseError as error:
        raise Fault("INVALID_SOAP", f"The request is no XML: {error}") from error
    user = _user(org, root.findtext(f".//{{{NAMESPACE}}}sessionId"))
    operation = root.find(f"{{{_SOAP}}}Body/*")
    name = "" if operation is None else operation.tag.rpartition("}")[2]
    if operation is not None and name == "deploy":
        return _envelope("deployResponse", _start(org, audit, version, user, operation))
    if operation is not None and name == "checkDeployStatus":
        return _envelope("checkDeployStatusResponse", _look(org, user, operation.findtext(f"{{{NAMESPACE}}}asyncProcessId") or ""))
    raise Fault("INVALID_OPERATION", f"{name} is not offered by this sandbox")


def _user(org: Org, session: str | None) -> str:
    try:
        user = org.sessions.user_of(session)
    except Refused as refused:
        text = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash: This error usually occurs after a session expires or a user logs out."
        raise Fault("INVALID_SESSION_ID", text) from refused
    if not org.knobs.may_deploy:
        raise Fault("INSUFFICIENT_ACCESS", "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions")
    return user


def _start(org: Org, audit: Audit, version: str, user: str, operation: ET.Element) -> str:
    options = {child.tag.rpartition("}")[2]: child.text for child in operation.iterfind(f"{{{NAMESPACE}}}DeployOptions/*")}
    if not truth(options.get("singlePackage")):
        raise Fault("INVALID_OPERATION", "only single packages are offered by this sandbox")
    try:
        raw = base64.b64decode(operation.findtext(f"{{{NAMESPACE}}}ZipFile") or "", validate=True)
    except binascii.Error as error:
        raise Fault("INVALID_OPERATION", "ZipFile is not base64") from error
    all_or_none = truth(options.get("rollbackOnError")) or not org.is_sandbox  # production takes all or nothing
    deployment = Deployment(user=user, zip=raw, check_only=truth(options.get("checkOnly")), all_or_none=all_or_none, made=org.now())
    deployment.id = org.deployments.add(deployment)
    path = f"/services/Soap/m/{version}/deployRequest"
    audit.wrote(
        Write(crm="salesforce", method="POST", path=path, object="Metadata", ids=(deployment.id,), fields=(), at=org.clock(), status=200)
    )
    return f"<done>false</done><id>{deployment.id}</id><state>Queued</state>"


def _look(org: Org, user: str, name: str) -> str:
    found = org.deployments.get(name)
    if not isinstance(found, Deployment) or found.user != user:
        raise Fault("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {name}")
    if found.package is None and found.looks >= org.knobs.deploy_looks:
        found.package = package.read(org, found.zip)
        if not found.check_only and found.status != "Failed":
            package.apply(org, found.package)
    found.looks += 1
    return _result(org, found)


def _result(org: Org, one: Deployment) -> str:
    components = one.package.components if one.package else []
    failures = one.package.failures if one.package else []
    done = one.package is not None
    deployed = 0 if one.status == "Failed" else len(components) - len(failures)
    details = "".join(_message(org, component) for component in components)
    finished = f"<completedDate>{_iso(org.now())}</completedDate>" if done else ""
    return (
        f"<checkOnly>{_bool(one.check_only)}</checkOnly>{finished}<createdBy>{one.user}</createdBy><createdByName>Integration</createdByName>"
        f"<createdDate>{_iso(one.made)}</createdDate><details>{details}<runTestResult><numFailures>0</numFailures><numTestsRun>0</numTestsRun>"
        f"<totalTime>0.0</totalTime></runTestResult></details><done>{_bool(done)}</done><id>{one.id}</id><ignoreWarnings>false</ignoreWarnings>"
        f"<lastModifiedDate>{_iso(org.now())}</lastModifiedDate><numberComponentErrors>{len(failures)}</numberComponentErrors>"
        f"<numberComponentsDeployed>{deployed}</numberComponentsDeployed><numberComponentsTotal>{len(components)}</numberComponentsTotal>"
        "<numberTestErrors>0</numberTestErrors><numberTestsCompleted>0</numberTestsCompleted><numberTestsTotal>0</numberTestsTotal>"
        f"<rollbackOnError>{_bool(one.all_or_none)}</rollbackOnError><runTestsEnabled>false</runTestsEnabled><startDate>{_iso(one.made)}</startDate>"
        f"<status>{one.status}</status><success>{_bool(done and one.status.startswith('Succeeded'))}</success>"
    )


def _message(org: Org, component: Component) -> str:
    failed = component.problem is not None
    tag = "componentFailures" if failed else "componentSuccesses"
    said = component.problem or component.warning
    problem = f"<problem>{escape(said)}</problem><problemType>{'Error' if failed else 'Warning'}</problemType>" if said else ""
    return (
        f"<{tag}><changed>{_bool(not failed)}</changed><componentType>{component.type}</componentType><created>{_bool(component.created)}</created>"
        f"<createdDate>{_iso(org.now())}</createdDate><deleted>{_bool(component.deleted)}</deleted><fileName>{escape(component.file)}</fileName>"
        f"<fullName>{escape(component.name)}</fullName>{problem}<success>{_bool(not failed)}</success></{tag}>"
    )


def _bool(value: object) -> str:
    return str(bool(value)).lower()


def _iso(stamp: str) -> str:
    return stamp.replace("+0000", "Z")


def _envelope(name: str, result: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns="{NAMESPACE}"><soapenv:Body>'
        f"<{name}><result>{result}</result></{name}></soapenv:Body></soapenv:Envelope>"
    )


def _fault(fault: Fault) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:sf="{NAMESPACE}"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{fault.code}</faultcode><faultstring>{fault.code}: {escape(fault.message)}</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
