"""The portal around the records: account, currency, owners, pipelines, object schemas, quotas, tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from connectors.sandbox.hubspot.call import Answer, Call, Route
from connectors.sandbox.hubspot.definitions import MOST_CUSTOM
from connectors.sandbox.hubspot.render import ui_domain
from connectors.sandbox.hubspot.tokens import OBJECTS
from connectors.sandbox.hubspot.wire import invalid, not_found, refuse, stamp, unauthenticated, unset

if TYPE_CHECKING:
    from connectors.sandbox.hubspot.kinds import Kind
    from connectors.sandbox.hubspot.pipelines import Pipeline
    from connectors.sandbox.hubspot.portal import Rate

ANY_RECORDS: Final = frozenset(f"crm.objects.{name}.read" for name in OBJECTS)
CURRENCY: Final = frozenset({"settings.currencies.read", "multi-currency-read"})


# ---------------------------------------------------------------- account


def details(call: Call) -> Answer:
    portal = call.portal
    offset = datetime.fromtimestamp(call.now / 1000, UTC).astimezone(ZoneInfo(portal.zone)).utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    sign, rest = ("-" if seconds < 0 else "+"), abs(seconds)
    body = {
        "portalId": portal.portal_id,
        "accountType": portal.account_type,
        "timeZone": portal.zone,
        "companyCurrency": portal.currency,
        "additionalCurrencies": list(portal.currencies),
        "utcOffset": f"{sign}{rest // 3600:02d}:{rest % 3600 // 60:02d}",
        "utcOffsetMilliseconds": seconds * 1000,
        "uiDomain": ui_domain(),
        "dataHostingLocation": "eu1",
    }
    return Answer(body=body)


def usage(call: Call) -> Answer:
    """Requests of the day by private apps; service keys are not counted, as observed."""
    knobs, used = call.portal.knobs, call.portal.limits.used_today if call.token.kind == "private_app" else 0
    line = {"name": "private-apps-api-calls-daily", "usageLimit": knobs.daily, "currentUsage": used, "collectedAt": stamp(call.now)}
    return Answer(body={"results": [line | {"fetchStatus": "SUCCESS", "resetsAt": None}]})


def company_currency(call: Call) -> Answer:
    call.token.need(CURRENCY, nested=False)
    return Answer(body={"currencyCode": call.portal.currency, "currencyName": call.portal.currency})


def exchange_rates(call: Call) -> Answer:
    """All rates; the `current` one lists the last of each currency."""
    call.token.need(CURRENCY, nested=False)
    rates = sorted(call.portal.rates, key=lambda one: (one.currency, one.since))
    if call.path.endswith("/current"):
        rates = list({one.currency: one for one in rates}.values())
    return Answer(body={"results": [_rate(call, place, one) for place, one in enumerate(rates)]})


def _rate(call: Call, place: int, one: Rate) -> dict[str, Any]:
    head = {
        "id": str(place + 1),
        "fromCurrencyCode": one.currency,
        "toCurrencyCode": call.portal.currency,
        "conversionRate": float(one.rate),
    }
    return head | {"effectiveAt": stamp(one.since), "visibleInUI": True, "createdAt": stamp(one.since), "updatedAt": stamp(one.since)}


def property_limits(call: Call) -> Answer:
    call.token.need(ANY_RECORDS, nested=False)
    lines = []
    for kind in call.portal.kinds:
        used = sum(1 for prop in call.portal.definitions[kind.id].listed(call.now) if not prop.hubspot_defined)
        head = {"objectTypeId": kind.id, "singularLabel": kind.singular, "pluralLabel": kind.label, "limit": MOST_CUSTOM}
        lines.append(head | {"usage": used, "percentage": used / MOST_CUSTOM})
    total = sum(int(str(line["usage"])) for line in lines)
    return Answer(body={"overallLimit": 10_000, "overallUsage": total, "overallPercentage": total / 10_000, "byObjectType": lines})


def object_limits(call: Call) -> Answer:
    call.token.need(ANY_RECORDS | {"crm.schemas.custom.read"}, nested=False)
    used = sum(1 for kind in call.portal.kinds if kind.is_custom)
    return Answer(body={"limit": 20, "usage": used, "percentage": used / 20})


# ---------------------------------------------------------------- owners


def owners(call: Call) -> Answer:
    """A page of owners; deactivated ones only with archived=true."""
    call.token.need(frozenset({"crm.objects.owners.read"}), nested=False)
    limit, archived, email, after = call.limit(100, 500), call.flag("archived"), call.one("email"), call.one("after", "0")
    if not after.isdigit():
        raise invalid(f"Invalid paging offset: {after}")
    found = sorted(
        (
            one
            for one in call.portal.owners.values()
            if one.archived == archived and (not email or one.email == email) and int(one.id) > int(after)
        ),
        key=lambda one: int(one.id),
    )
    body: dict[str, Any] = {"results": [one.as_json() for one in found[:limit]]}
    if len(found) > limit:
        body["paging"] = call.next_link(found[limit - 1].id)
    return Answer(body=body)


def owner(call: Call) -> Answer:
    call.token.need(frozenset({"crm.objects.owners.read"}), nested=False)
    asked, by_user, archived = call.args["id"], call.one("idProperty", "id") == "userId", call.flag("archived")
    for one in call.portal.owners.values():
        if asked == (str(one.user_id) if by_user else one.id) and one.archived == archived:
            return Answer(body=one.as_json())
    raise not_found()


# ---------------------------------------------------------------- pipelines


def _pipelines(call: Call) -> list[Pipeline]:
    kind = call.kind()
    call.token.need(kind.record_scopes("read") | kind.schema_scopes("read"), nested=False)
    if kind.name not in call.portal.pipelines:
        raise invalid(f"Object type {kind.id} does not support pipelines")
    return call.portal.pipelines[kind.name]


def _pipeline(call: Call) -> Pipeline:
    found = next((one for one in _pipelines(call) if one.id == call.args["pipeline"]), None)
    if found is None:
        raise not_found()
    return found


def pipelines(call: Call) -> Answer:
    return Answer(body={"results": [one.as_json() for one in _pipelines(call)]})


def pipeline(call: Call) -> Answer:
    return Answer(body=_pipeline(call).as_json())


def stages(call: Call) -> Answer:
    return Answer(body={"results": _pipeline(call).as_json()["stages"]})


def stage(call: Call) -> Answer:
    for one in _pipeline(call).as_json()["stages"]:
        if one["id"] == call.args["stage"]:
            return Answer(body=one)
    raise not_found()


# ---------------------------------------------------------------- schemas


def _schema(call: Call, kind: Kind) -> dict[str, Any]:
    definitions = call.portal.definitions[kind.id]
    custom = [prop for prop in definitions.listed(call.now) if not prop.hubspot_defined]
    display = custom[0].name if custom else "hs_object_id"
    links = [one for (start, _), known in call.portal.links.types.items() if start == kind.id for one in known.values()]
    number = kind.id.partition("-")[2]
    return {
        "id": number,
        "objectTypeId": kind.id,
        "fullyQualifiedName": f"p{call.portal.portal_id}_{kind.name}",
        "name": kind.name,
        "labels": {"singular": kind.singular, "plural": kind.label},
        "primaryDisplayProperty": display,
        "secondaryDisplayProperties": [],
        "requiredProperties": [],
        "searchableProperties": [display],
        "properties": [prop.as_json() for prop in definitions.listed(call.now)],
        "associations": [{"id": str(one.id), "name": one.name, "fromObjectTypeId": one.start, "toObjectTypeId": one.end} for one in links],
        "archived": False,
    }


def schemas(call: Call) -> Answer:
    """Custom objects only, as the vendor lists them."""
    call.token.need(frozenset({"crm.schemas.custom.read"}), nested=False)
    return Answer(body={"results": [] if call.flag("archived") else [_schema(call, kind) for kind in call.portal.kinds if kind.is_custom]})


def schema(call: Call) -> Answer:
    kind = call.kind()
    call.token.need(kind.schema_scopes("read"), nested=False)
    return Answer(body=_schema(call, kind))


# ---------------------------------------------------------------- tokens


def exchange(call: Call) -> Answer:
    """The OAuth token endpoint: form body only; parameters of the query are not looked at."""
    form = dict(parse_qsl(call.raw.decode("utf-8", "replace")))
    return Answer(body=call.portal.tokens.exchange(form, call.now))


def introspect(call: Call) -> Answer:
    body = call.json()
    if not body.get("tokenKey"):
        raise unset("tokenKey")
    token = call.portal.tokens.describe(str(body["tokenKey"]))
    if token is None or not token.is_private:
        raise unauthenticated()
    if token.expires is not None and token.expires <= call.now:
        raise refuse(401, "The token has expired", "EXPIRED_AUTHENTICATION")
    return Answer(body={"userId": 7_000_000, "hubId": call.portal.portal_id, "appId": 19_083_857, "scopes": sorted(token.scopes)})


_PIPES: Final = "pipelines/{type}"
ROUTES = (
    Route(method="GET", pattern="account/details", handler=details),
    Route(method="GET", pattern="account/api-usage/daily/private-apps", handler=usage),
    Route(method="GET", pattern="currencies/company-currency", handler=company_currency),
    Route(method="GET", pattern="currencies/exchange-rates", handler=exchange_rates),
    Route(method="GET", pattern="currencies/exchange-rates/current", handler=exchange_rates),
    Route(method="GET", pattern="limits/custom-properties", handler=property_limits),
    Route(method="GET", pattern="limits/custom-object-types", handler=object_limits),
    Route(method="GET", pattern="owners", handler=owners),
    Route(method="GET", pattern="owners/{id}", handler=owner),
    Route(method="GET", pattern=_PIPES, handler=pipelines),
    Route(method="GET", pattern=f"{_PIPES}/{{pipeline}}", handler=pipeline),
    Route(method="GET", pattern=f"{_PIPES}/{{pipeline}}/stages", handler=stages),
    Route(method="GET", pattern=f"{_PIPES}/{{pipeline}}/stages/{{stage}}", handler=stage),
    Route(method="GET", pattern="schemas", handler=schemas),
    Route(method="GET", pattern="schemas/{type}", handler=schema),
    Route(method="POST", pattern="oauth/token", handler=exchange, families=frozenset({"v1", "v3", "dated"}), bucket="open"),
    Route(method="POST", pattern="oauth/private-apps/get/access-token-info", handler=introspect, families=frozenset({"v2"}), bucket="open"),
)
