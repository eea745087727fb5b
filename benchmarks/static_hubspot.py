"""A HubSpot that costs nothing: every answer is rendered before the first call, so that a client's own speed shows.

    python benchmarks/static_hubspot.py --companies 10000 --deals 50000 --tickets 50000     prints its URL and serves until killed

Lists, searches, association batches, definitions, owners, pipelines and account of one portal, 1 % of whose records changed in the last
ten minutes. `--latency` seconds lie between each request and its answer; `--max` is the ten-second limit that its headers tell, and with
`--enforce` it is kept: one call too many is a 429, as are six searches in a second. `GET /__made__` gives the calls by kind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from connectors.hubspot import COMPANY_PROPERTIES, TASK_PROPERTIES

PAGE = 100
ENTITIES = {"companies": "company", "deals": "deal", "tickets": "ticket"}
KINDS = {"companies": "0-2", "deals": "0-3", "tickets": "0-5"}
OTHERS = ("contacts", "meetings", "calls", "tasks")
OLD, NEW = "2026-03-02T08:00:00.000Z", "2026-11-23T08:55:00.000Z"
PROPERTIES = {
    "companies": ("createdate", "domain", "hs_parent_company_id", "hubspot_owner_id", "name", "country", *COMPANY_PROPERTIES),
    "deals": (
        "amount",
        "closedate",
        "createdate",
        "dealstage",
        "hs_is_closed",
        "hs_is_closed_won",
        "pipeline",
        "dealtype",
        "deal_currency_code",
    ),
    "tickets": (
        "closed_date",
        "createdate",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
        "hubspot_owner_id",
    ),
    "contacts": ("createdate", "jobtitle"),
    "meetings": ("hs_meeting_end_time", "hs_meeting_outcome", "hs_meeting_start_time", "hs_timestamp", "hubspot_owner_id"),
    "calls": ("hs_call_direction", "hs_call_duration", "hs_call_status", "hs_timestamp", "hubspot_owner_id"),
    "tasks": ("hs_task_priority", "hs_task_status", "hs_task_subject", "hs_timestamp", "hubspot_owner_id", *TASK_PROPERTIES),
}
DATES = {"createdate", "closedate", "closed_date", "hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time"}


def properties(kind: str, number: int) -> dict[str, str | None]:
    """The values of one record, of the length that real ones have."""
    day = f"2026-{1 + number % 10:02d}-{1 + number % 28:02d}T10:15:00.000Z"
    if kind == "companies":
        return {
            "createdate": "2024-03-01T19:25:58.039Z",
            "domain": f"client{number}.example",
            "hs_parent_company_id": None,
            "hubspot_owner_id": str(96879910 + number % 20),
            "name": f"Société {number}",
            "country": "France",
            **dict.fromkeys(COMPANY_PROPERTIES),
        }
    if kind == "deals":
        return {
            "amount": f"{100 + number % 90000}.50",
            "closedate": day,
            "createdate": day,
            "dealstage": "closedwon",
            "hs_is_closed": "true",
            "hs_is_closed_won": "true",
            "pipeline": "default",
            "dealtype": "existingbusiness",
            "deal_currency_code": "EUR",
        }
    return {
        "closed_date": day,
        "createdate": day,
        "hs_pipeline": "0",
        "hs_pipeline_stage": "4",
        "hs_ticket_category": "PRODUCT_ISSUE",
        "hs_ticket_priority": "MEDIUM",
        "hubspot_owner_id": str(96879910 + number % 20),
    }


@dataclass
class Store:
    """All answers, ready to be sent."""

    sizes: dict[str, int]
    most: int
    records: dict[str, list[bytes]] = field(default_factory=dict)
    ids: dict[str, list[int]] = field(default_factory=dict)
    pages: dict[tuple[str, int], bytes] = field(default_factory=dict)
    fixed: dict[str, bytes] = field(default_factory=dict)
    linked: dict[str, dict[str, bytes]] = field(default_factory=dict)
    changed: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, size in self.sizes.items():
            self._render(kind, size)
        for kind, names in PROPERTIES.items():
            listed = [
                {"name": name, "type": "datetime" if name in DATES else "string", "hasUniqueValue": name == "equilibre_key"}
                for name in (*names, "hs_object_id")
            ]
            self.fixed[f"/crm/v3/properties/{kind}"] = self.head({"results": listed})
            self.fixed[f"/properties/v2/{ENTITIES.get(kind)}/properties"] = self.head(listed)  # as a peer asks
        stage = {"id": "closedwon", "metadata": {"isClosed": "true", "probability": "1.0"}}
        closed = {"id": "4", "metadata": {"isClosed": "true", "ticketState": "CLOSED"}}
        self.fixed["/crm/v3/pipelines/deals"] = self.head({"results": [{"id": "default", "stages": [stage]}]})
        self.fixed["/crm/v3/pipelines/tickets"] = self.head({"results": [{"id": "0", "stages": [closed]}]})
        self.fixed["/crm/v3/owners/"] = self.head({"results": [{"id": "96879917", "email": "a@b.example", "archived": False}]})
        details = {"portalId": 1234567, "timeZone": "Europe/Paris", "companyCurrency": "EUR", "uiDomain": "app-eu1.hubspot.com"}
        self.fixed["/account-info/v3/details"] = self.head(details)
        self.empty = self.head({"total": 0, "results": []})
        message = {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": ["crm.objects.invoices.read"]},
        }
        self.denied = self.head({"status": "error", "category": "MISSING_SCOPES", "errors": [message]}, 403)
        slow = {"status": "error", "errorType": "RATE_LIMIT", "message": "You have reached your limit."}
        self.slow = {policy: self.head({**slow, "policyName": policy}, 429) for policy in ("TEN_SECONDLY_ROLLING", "SECONDLY")}

    def head(self, document: object, status: int = 200) -> bytes:
        return self.whole(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), status)

    def whole(self, body: bytes, status: int = 200) -> bytes:
        limits = f"X-HubSpot-RateLimit-Max: {self.most}\r\nX-HubSpot-RateLimit-Remaining: {self.most - 1}\r\nX-HubSpot-RateLimit-Interval-Milliseconds: 10000\r\n"
        return (
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nDate: Mon, 23 Nov 2026 09:00:00 GMT\r\n{limits}Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _render(self, kind: str, size: int) -> None:
        first = 29_000_000_000 if kind == "companies" else 170_000_000_000
        ids = [first + place * 37 + (place * place) % 31 for place in range(size)]
        self.ids[kind], self.changed[kind] = ids, ids[::100]
        rows = []
        for place, one in enumerate(ids):
            stamp = NEW if place % 100 == 0 else OLD
            shown = {**properties(kind, place), "hs_lastmodifieddate": stamp, "hs_object_id": str(one)}
            url = f"https://app-eu1.hubspot.com/contacts/1234567/record/{KINDS[kind]}/{one}"
            row = {
                "id": str(one),
                "properties": dict(sorted(shown.items())),
                "createdAt": "2024-03-01T19:25:58.039Z",
                "updatedAt": stamp,
                "archived": False,
                "url": url,
            }
            rows.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
        self.records[kind] = rows
        companies = self.ids["companies"]
        label = {"deals": 5, "tickets": 26}.get(kind, 1)
        self.linked[kind] = {
            str(
                one
            ): b'{"from":{"id":"%d"},"to":[{"toObjectId":%d,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":%d,"label":"Primary"},{"category":"HUBSPOT_DEFINED","typeId":341,"label":null}]}]}'
            % (one, companies[one % len(companies)], label)
            for one in ids
        }
        for start in range(0, size, PAGE):
            self.pages[kind, ids[start]] = self.listed(kind, start)

    def listed(self, kind: str, start: int) -> bytes:
        ids = self.ids[kind]
        more = b',"paging":{"next":{"after":"%d"}}' % ids[start + PAGE] if start + PAGE < len(ids) else b""
        return self.whole(b'{"results":[' + b",".join(self.records[kind][start : start + PAGE]) + b"]" + more + b"}")

    def page(self, kind: str, after: str) -> bytes:
        if kind not in self.ids or not self.ids[kind]:
            return self.empty
        ids = self.ids[kind]
        if not after:
            return self.pages[kind, ids[0]]
        if (kind, int(after)) in self.pages:
            return self.pages[kind, int(after)]
        start = next((place for place in range(_place(ids, int(after)), len(ids))), None)
        return self.empty if start is None else self.listed(kind, start)

    def search(self, kind: str, body: dict[str, object]) -> bytes:
        if kind not in self.ids:
            return self.empty
        filters = body["filterGroups"][0]["filters"]  # type: ignore[index]
        ids = self.changed[kind] if any(one["operator"] == "GTE" for one in filters) else self.ids[kind]
        low = max([int(one["value"]) for one in filters if one["operator"] == "GT"], default=0)
        found = [one for one in ids if one > low]
        if body["sorts"][0]["direction"] == "DESCENDING":  # type: ignore[index]
            return self.head({"total": len(found), "results": [{"id": str(found[-1]), "properties": {}}] if found else []})
        size = int(body["limit"])  # type: ignore[call-overload]
        rows = b",".join(self.records[kind][_place(self.ids[kind], one)] for one in found[:size])
        more = b',"paging":{"next":{"after":"%d"}}' % size if len(found) > size else b""
        return self.whole(b'{"total":%d,"results":[' % len(found) + rows + b"]" + more + b"}")

    def associations(self, kind: str, body: dict[str, object]) -> bytes:
        wanted = [one["id"] for one in body["inputs"]]  # type: ignore[attr-defined]
        rows = b",".join(self.linked[kind][one] for one in wanted if one in self.linked.get(kind, {}))
        return self.whole(b'{"status":"COMPLETE","results":[' + rows + b"]}")


def _place(ids: list[int], one: int) -> int:
    from bisect import bisect_left

    return bisect_left(ids, one)


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests come one at a time."""

    def __init__(self, store: Store, latency: float, *, enforce: bool, made: Counter[str], calls: dict[str, deque[float]]) -> None:
        self.store, self.latency, self.enforce, self.made, self.calls = store, latency, enforce, made, calls
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, gap, body = self.data.partition(b"\r\n\r\n")
        if not gap:
            return
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if length and len(body) < int(length[1]):
            return
        self.data = b""
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        answer = self.answer(method, target, body)
        if self.latency:
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, answer)  # type: ignore[attr-defined]
        else:
            self.transport.write(answer)  # type: ignore[attr-defined]

    def answer(self, method: str, target: str, body: bytes) -> bytes:
        parts = urlsplit(target)
        if parts.path == "/__made__":
            return self.store.head(dict(self.made))
        if self.enforce and (full := self.full(parts.path)):
            self.made["refused"] += 1
            return self.store.slow[full]
        kind, found = self.found(method, parts.path, parse_qs(parts.query), body)
        self.made[kind] += 1
        return found

    def found(self, method: str, path: str, asked: dict[str, list[str]], body: bytes) -> tuple[str, bytes]:
        words = path.strip("/").split("/")
        if path in self.store.fixed:
            return "settings", self.store.fixed[path]
        if words[:3] == ["crm", "v3", "objects"] and method == "GET":
            binned = asked.get("archived") == ["true"]
            return ("bin", self.store.empty) if binned else ("list", self.store.page(words[3], asked.get("after", [""])[0]))
        if words[-1] == "search":
            return "search", self.store.search(words[3], json.loads(body))
        if "associations" in words:
            return "associations", self.store.associations(words[3], json.loads(body))
        return "denied", self.store.denied

    def full(self, path: str) -> str:
        """The policy that this call would break: 5 searches in a second, so many others in ten; association batches have none."""
        if "/associations/" in path:
            return ""
        name, most, span = ("SECONDLY", 5, 1.0) if path.endswith("/search") else ("TEN_SECONDLY_ROLLING", self.store.most, 10.0)
        calls, now = self.calls[name], time.monotonic()
        while calls and calls[0] <= now - span:
            calls.popleft()
        if len(calls) >= most:
            return name
        calls.append(now)
        return ""


async def serve(store: Store, latency: float, *, enforce: bool) -> None:
    made: Counter[str] = Counter()
    calls: dict[str, deque[float]] = {"SECONDLY": deque(), "TEN_SECONDLY_ROLLING": deque()}
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(store, latency, enforce=enforce, made=made, calls=calls), "127.0.0.1", 0
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--max", type=int, default=1_000_000)
    parser.add_argument("--enforce", action="store_true")
    given = parser.parse_args()
    asyncio.run(serve(Store({kind: getattr(given, kind) for kind in KINDS}, given.max), given.latency, enforce=given.enforce))
