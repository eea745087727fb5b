"""Makes an org ready for our flags and tasks, or says what would be done: the Provisioner of connectors/contract.py.

    describe -> what differs -> deploy the package (simple-salesforce's deploy, over our fenced session) -> assign the permission set -> describe

The package goes part by part: fields, pages, reports, translations; what stands in the org is marked in the description of the users'
permission set. Twice does nothing twice: an org that has everything is only looked at. `remove` takes pages and reports away; fields,
permission sets and tasks stay, with what people typed.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.etree import ElementTree as ET

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from connectors.contract import Check
from connectors.failures import CrmError, Denied, QuotaExhausted
from connectors.salesforce import package
from connectors.salesforce.allowed import FLAGS
from connectors.salesforce.org import identify
from connectors.salesforce.source import PARTS
from connectors.salesforce.verdicts import CRM, Refused, SessionOver, transient, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors.contract import Runtime
    from connectors.salesforce.client import Client
    from connectors.salesforce.package import Wanted
    from connectors.salesforce.schema import Description, OrgSchema
    from connectors.salesforce.sign_in import Grant
    from connectors.salesforce.source import Part

OPERATION: Final = "deploy the package"
BY_HAND: Final = "let an admin deploy it: equilibre provision --output DIR, then sf project deploy start"
FAILED: Final[Mapping[str, tuple[Literal["warning", "error"], str]]] = {
    "reports": ("warning", "flags and pages work without; " + BY_HAND),
    "translations": ("warning", "for French labels: Setup, Translation Language Settings, add French; then equilibre provision"),
}
"""Parts that an org may do without, and what to do about it."""
LONGEST_DEPLOYMENT: Final = 1800.0
"""Seconds until a deployment that does not end is left to itself."""
_DONE: Final = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled"})


class SalesforceProvisioner:
    """Deploys the package of this program, and nothing else: the fence looks into the zip."""

    def __init__(self, runtime: Runtime, client: Client, schema: OrgSchema) -> None:
        self._runtime, self._client, self._schema = runtime, client, schema
        self._made: tuple[Grant, Salesforce] | None = None

    def provision(self, *, dry_run: bool) -> Iterator[Check]:
        identify(self._client)
        self._schema.forget()
        before = differences(self._schema)
        granted = self._is_assigned()
        stand = self._standing()
        if dry_run:
            yield from _forecast(before, stand, granted=granted)
            return
        if any(before.values()) or granted is None:
            stand -= {"fields"}
        yield from self._install(stand)
        yield from self._assign()
        self._schema.forget()
        for one, what in differences(self._schema).items():
            yield _verdict(one, what, was=before[one])

    def remove(self, *, dry_run: bool) -> Iterator[Check]:
        """Take away what shows Équilibre. A page that an admin gave to people in another app makes the org refuse, and says so."""
        identify(self._client)
        self._schema.forget()
        if not self._found(package.USER):
            yield Check(subject="package", state="ok", detail="not deployed here: nothing to remove")
            return
        if dry_run:
            detail = "pages, app, tab, list views, quick action, labels, reports and dashboard would be removed"
            yield Check(subject="package", state="warning", detail=detail, mend="equilibre provision --remove")
        else:
            yield from self._deploy("removal", package.removal(self._client.version, self._existing()))
        detail = "fields and permission sets stay, with what people typed, and so do the tasks"
        yield Check(subject="package data", state="ok", detail=detail, mend="docs/salesforce-package.md says how to delete them by hand")

    def _install(self, stand: frozenset[Part]) -> Iterator[Check]:
        """Deploy the parts that do not stand, then the mark. Without its fields nothing else can be; the rest stand alone."""
        todo = [part for part in PARTS if part not in stand]
        if not todo:
            return
        version, objects, done = self._client.version, self._existing(), set(stand)
        for part in todo:
            checks = list(self._deploy(part, package.archive(version, objects, part)))
            yield from checks
            if all(check.state == "ok" for check in checks):
                done.add(part)
            elif part == "fields":
                return
        if done:
            yield from self._deploy("access", package.marked(version, objects, done))

    def _standing(self) -> frozenset[Part]:
        return package.standing("".join(str(one.get("Description") or "") for one in self._found(package.USER)))

    def _found(self, name: str) -> list[dict[str, Any]]:
        return self._client.query(f"SELECT Id, Description FROM PermissionSet WHERE Name = '{name}'", "find the permission set")

    def _deploy(self, part: str, archive: bytes) -> Iterator[Check]:
        started = self._asked(lambda sf: sf.deploy(io.BytesIO(archive), sandbox=False, testLevel="", tests=""))
        waited, pause = 0.0, 0.1
        while True:
            status = self._asked(lambda sf: sf.checkDeployStatus(started["asyncId"]))
            if status["state"] in _DONE:
                break
            if waited > LONGEST_DEPLOYMENT:
                raise transient(OPERATION, "the deployment does not end; see Setup, Deployment Status")
            self._runtime.sleep(pause)
            waited, pause = waited + pause, min(10.0, pause * 2)
        detail = status["deployment_detail"]
        if status["state"] == "Succeeded":  # what it lists beside are warnings
            yield Check(
                subject=f"package {part}",
                state="ok",
                detail=f"{detail['deployed_count']} components {'taken away' if part == 'removal' else 'deployed'}",
            )
            return
        state, mend = FAILED.get(part, ("error", BY_HAND))
        for error in detail["errors"]:
            yield Check(subject=f"package {part}: {error['file']}", state=state, detail=str(error["message"])[:300], mend=mend)
        if not detail["errors"]:
            yield Check(
                subject=f"package {part}",
                state=state,
                detail=f"the deployment ended as {status['state']}",
                mend="see Setup, Deployment Status",
            )

    def _existing(self) -> frozenset[str]:
        """The objects of our permissions that the org has. One that is only hidden from this user is known to the Tooling API; where
        that is closed too, every object is taken for there, and the deployment names the one that is not.
        """
        unseen = sorted(package.granted() - set(self._schema.objects.values()))
        if not unseen:
            return package.granted()
        names = ", ".join(f"'{name}'" for name in unseen)
        asked = f"SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName IN ({names})"
        try:
            answer = self._client.get(f"{self._client.root}/tooling/query", "list objects", {"q": asked})
        except QuotaExhausted:
            raise
        except CrmError:
            return package.granted()
        return (package.granted() - set(unseen)) | {str(row["QualifiedApiName"]) for row in answer["records"]}

    def _asked(self, ask: Callable[[Salesforce], Any]) -> Any:
        """Ask the Metadata API; deploying the same package again changes nothing, so any request may be repeated."""

        def once() -> Any:
            grant = self._client.grant
            try:
                return self._once(ask)
            except SessionOver:
                self._client.renew(grant)
            try:
                return self._once(ask)
            except SessionOver as error:
                mend = f"let the app issue opaque access tokens, since JWT-based ones serve REST alone, or {BY_HAND}"
                missing = "a session of the Metadata API"
                raise Denied(CRM, OPERATION, "a new session is refused too", missing=missing, mend=mend) from error

        return self._client.retry(once)

    def _once(self, ask: Callable[[Salesforce], Any]) -> Any:
        try:
            return ask(self._salesforce())
        except requests.RequestException as error:
            raise wire(error, OPERATION) from error
        except SalesforceError as error:
            raise _fault(error) from None  # its text holds the envelope
        except ET.ParseError as error:
            raise transient(OPERATION, "the answer is not whole XML") from error

    def _salesforce(self) -> Salesforce:
        """The library over our session. It reads its WSDL when made, which takes a while, so it is kept while the token stands."""
        grant = self._client.grant
        if self._made is None or self._made[0] is not grant:
            url = f"https://{grant.instance}"
            made = Salesforce(session_id=grant.token, instance_url=url, session=self._client.session, version=self._client.version)
            self._made = grant, made
        return self._made[1]

    def _is_assigned(self) -> bool | None:
        """Whether the running user has the permission set; None when there is none yet."""
        sets = self._client.query(f"SELECT Id FROM PermissionSet WHERE Name = '{package.INTEGRATION}'", "find the permission set")
        if not sets:
            return None
        user = self._client.grant.user_id
        asked = f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '{sets[0]['Id']}' AND AssigneeId = '{user}'"
        return bool(user) and bool(self._client.query(asked, "find the assignment"))

    def _assign(self) -> Iterator[Check]:
        subject, by_hand = f"permission set {package.INTEGRATION}", f"in Setup, assign {package.INTEGRATION} to the integration user"
        if self._is_assigned():
            yield Check(subject=subject, state="ok", detail="assigned to the integration user")
            return
        sets = self._client.query(f"SELECT Id FROM PermissionSet WHERE Name = '{package.INTEGRATION}'", "find the permission set")
        user = self._client.grant.user_id
        if not sets or not user:
            yield Check(subject=subject, state="error", detail="not there" if user else "the user's id is not told", mend=by_hand)
            return
        try:
            body = {"AssigneeId": user, "PermissionSetId": sets[0]["Id"]}
            self._client.send(
                "POST", f"{self._client.root}/sobjects/PermissionSetAssignment", "assign the permission set", body=body, idempotent=False
            )
        except CrmError as error:
            if not isinstance(error, Refused) or error.code != "DUPLICATE_VALUE":  # somebody assigned it meanwhile
                yield Check(subject=subject, state="error", detail=error.message, mend=by_hand)
                return
        yield Check(subject=subject, state="ok", detail="assigned to the integration user")


def differences(schema: OrgSchema) -> dict[Wanted, str]:
    """Each field of the package, and how the org's differs from it; empty text where it does not."""
    return {one: _difference(one, schema.describe(one.object)) for one in package.wanted()}


def _difference(one: Wanted, described: Description | None) -> str:
    at = described.field(one.name) if described is not None else None
    if at is None:
        return "missing, or hidden from the integration user"
    lacking = ", ".join(sorted(one.values - at.values))
    ours = one.name in FLAGS.values() or one.object == "Task"
    faults = (
        (at.type != one.type, f"of type {at.type} instead of {one.type}"),
        (at.type == one.type == "string" and at.length < one.length, f"{at.length} characters long instead of {one.length}"),
        (bool(lacking), f"without the values {lacking}"),
        (one.is_key and not (at.external_id and at.unique), "not a unique external id"),
        (ours and not at.updateable, "not editable for the integration user"),
    )
    return next((what for is_wrong, what in faults if is_wrong), "")


def _forecast(before: dict[Wanted, str], stand: frozenset[Part], *, granted: bool | None) -> Iterator[Check]:
    for one, what in before.items():
        detail = f"{what}: would be deployed" if what else "as it should be"
        yield Check(
            subject=f"{one.object}.{one.name}", state="warning" if what else "ok", detail=detail, mend="equilibre provision" if what else ""
        )
    for part in PARTS:
        stands = part in stand  # of the fields: with the permission sets; how each field differs is said above
        yield Check(
            subject=f"package {part}",
            state="ok" if stands else "warning",
            detail="as it should be" if stands else "would be deployed",
            mend="" if stands else "equilibre provision",
        )
    detail = "assigned to the integration user" if granted else "would be assigned to the integration user"
    yield Check(
        subject=f"permission set {package.INTEGRATION}",
        state="ok" if granted else "warning",
        detail=detail,
        mend="" if granted else "equilibre provision",
    )


def _verdict(one: Wanted, what: str, *, was: str) -> Check:
    if what:
        return Check(subject=f"{one.object}.{one.name}", state="error", detail=what, mend=BY_HAND)
    return Check(subject=f"{one.object}.{one.name}", state="ok", detail="made" if was else "as it should be")


def _fault(error: SalesforceError) -> CrmError:
    """Translate a SOAP fault; only its code is used."""
    found = re.search(r"faultcode[^>]*>\s*(?:\w+:)?(\w+)", str(error.content))
    code = found[1] if found else ""
    if error.status >= 500 and not code:
        return transient(OPERATION, f"unavailable (HTTP {error.status})", ambiguous=True)
    if code == "INVALID_SESSION_ID" or error.status == 401:
        return SessionOver(CRM, OPERATION, f"the session is over ({code or 'HTTP 401'})")
    if code == "INSUFFICIENT_ACCESS" or error.status == 403:
        missing = "Modify Metadata Through Metadata API Functions"
        return Denied(CRM, OPERATION, f"the user may not deploy: {missing} is missing", missing=missing, mend=f"grant it, or {BY_HAND}")
    return Refused(OPERATION, f"{code or f'HTTP {error.status}'}: the deployment was refused", code=code)
