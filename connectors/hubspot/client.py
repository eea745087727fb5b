"""HubSpot's calls as one role may make them: the SDK builds each request, wire.py sends it.

    Client.page/search/read/update ...  ->  SDK method  ->  _Rest  ->  Wire.send  ->  Answer (raw JSON)

The SDK by itself has no time-out, a new pool per attribute and an error class per package. So its api objects are built here once
(`api_factory`), its models are never used, and every failure leaves wire.py as one error of connectors/contract.py.
"""

from __future__ import annotations

import logging
import threading
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json

from connectors.fence import Fence
from connectors.hubspot.allowed import ACCESS_TOKEN_INFO
from connectors.hubspot.wire import CRM, HOST, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.fence import Rule
    from connectors.hubspot.answer import Answer
    from connectors.hubspot.wire import Wire

RAW: Final = {"_preload_content": False}
"""Bytes instead of the SDK's models: a seventh of the work, and no field is dropped."""


class Client:
    """HubSpot's calls as one role may make them."""

    def __init__(self, wire: Wire, rules: Sequence[Rule]) -> None:
        self.wire, self.runtime, self.calls = wire, wire.runtime, wire.calls
        self._fence = Fence(CRM, rules)
        self._apis: dict[tuple[str, str], Any] = {}
        self._lists: dict[tuple[str, tuple[str, ...], bool, int], tuple[str, str]] = {}
        self._lock = threading.Lock()

    # ------------------------------------------------------------ the calls

    def account(self) -> Answer:
        return self._ask(lambda: self._send("GET", f"https://{HOST}/account-info/v3/details"))

    def token_info(self) -> Answer:
        """Ask which scopes our own token has."""
        return self._ask(lambda: self._send("POST", f"https://{HOST}{ACCESS_TOKEN_INFO}", body={"tokenKey": self.wire.token}))

    def page(self, kind: str, properties: Sequence[str], *, after: str | None = None, archived: bool = False, limit: int = 100) -> Answer:
        """List up to 100 records in the order of their ids; `archived` lists the recycle bin instead.

        `properties` must not be empty: HubSpot would add its default set, names and message texts included.
        """
        url, query = self._list(kind, tuple(properties), archived, limit)
        if after:
            query = f"{query}&{encoded([('after', after)])}"
        return self._ask(lambda: self._send("GET", url, query=query))

    def search(self, kind: str, body: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._objects.search_api.do_search(kind, body, **RAW))

    def read(self, kind: str, ids: Sequence[str], properties: Sequence[str], *, key: str | None = None, archived: bool = False) -> Answer:
        """Read up to 100 records by id, or by the unique property `key`. Missing ones are absent; ids must not repeat."""
        inputs = [{"id": one} for one in dict.fromkeys(ids)]
        body = {"properties": list(properties), "propertiesWithHistory": [], "inputs": inputs} | ({"idProperty": key} if key else {})
        return self._ask(lambda: self._objects.batch_api.read(kind, body, archived=archived, **RAW))

    def update(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Answer:
        return self._ask(lambda: self._objects.batch_api.update(kind, {"inputs": list(inputs)}, **RAW))

    def create(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Answer:
        """Create records. Not idempotent, so an ambiguous failure is raised at once: read what exists before asking again."""
        return self._ask(lambda: self._objects.batch_api.create(kind, {"inputs": list(inputs)}, **RAW), idempotent=False)

    def associations(self, kind: str, to: str, inputs: Sequence[Mapping[str, Any]]) -> Answer:
        body = to_json({"inputs": list(inputs)})  # as bytes, since the SDK would look at each of a thousand inputs several times
        return self._ask(lambda: self._associations.batch_api.get_page(kind, to, body, **RAW))

    def owners(self, *, after: str | None = None, archived: bool = False) -> Answer:
        more = {"after": after} if after else {}
        return self._ask(lambda: self._sdk.crm.owners.owners_api.get_page(limit=100, archived=archived, **more, **RAW))

    def pipelines(self, kind: str) -> Answer:
        return self._ask(lambda: self._sdk.crm.pipelines.pipelines_api.get_all(kind, **RAW))

    def definitions(self, kind: str, *, archived: bool = False) -> Answer:
        return self._ask(lambda: self._properties.core_api.get_all(kind, archived=archived, **RAW))

    def define(self, kind: str, definition: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._properties.core_api.create(kind, definition, **RAW))

    def define_all(self, kind: str, definitions: Sequence[Mapping[str, Any]]) -> Answer:
        return self._ask(lambda: self._properties.batch_api.create(kind, {"inputs": list(definitions)}, **RAW))

    def redefine(self, kind: str, name: str, change: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._properties.core_api.update(kind, name, change, **RAW))

    def groups(self, kind: str) -> Answer:
        return self._ask(lambda: self._properties.groups_api.get_all(kind, **RAW))

    def define_group(self, kind: str, group: Mapping[str, Any]) -> Answer:
        return self._ask(lambda: self._properties.groups_api.create(kind, group, **RAW))

    def _list(self, kind: str, properties: tuple[str, ...], archived: bool, limit: int) -> tuple[str, str]:  # noqa: FBT001 - as theirs
        """Have the SDK compose the request of a list once: its pages differ by the cursor alone, and composing takes as long as sending."""
        asked = (kind, properties, archived, limit)
        if asked not in self._lists:
            self._lists[asked] = self._composing.get_page(kind, limit=limit, properties=list(properties), archived=archived, **RAW)
        return self._lists[asked]

    # ------------------------------------------------------------ the SDK, built once

    @cached_property
    def _composing(self) -> Any:
        """The SDK's lists, which give the request instead of sending it."""
        from hubspot.crm import objects  # noqa: PLC0415 - as below

        return self._built(objects, "BasicApi", _Composed())

    @cached_property
    def _objects(self) -> Any:
        return self._kept(self._sdk.crm.objects, "basic_api", "batch_api", "search_api")

    @cached_property
    def _properties(self) -> Any:
        return self._kept(self._sdk.crm.properties, "core_api", "batch_api", "groups_api")

    @cached_property
    def _associations(self) -> Any:
        return self._kept(self._sdk.crm.associations.v4, "batch_api")

    @staticmethod
    def _kept(discovered: Any, *names: str) -> SimpleNamespace:
        """Look up API objects once: the SDK builds the way to them anew each time it is gone."""
        return SimpleNamespace(**{name: getattr(discovered, name) for name in names})

    @cached_property
    def _sdk(self) -> Any:
        from hubspot import HubSpot  # noqa: PLC0415 - takes most of a second to import, and only a real call needs it

        return HubSpot(access_token="", api_factory=self._api)  # the session carries the token

    def _api(self, package: Any, name: str, _config: Mapping[str, Any]) -> Any:
        with self._lock:
            key = (package.__name__, name)
            if key not in self._apis:
                self._apis[key] = self._built(package, name, _Rest(self._send))
            return self._apis[key]

    @staticmethod
    def _built(package: Any, name: str, rest: _Rest | _Composed) -> Any:
        level = logging.getLogger("urllib3").level
        configuration = package.Configuration()
        logging.getLogger("urllib3").setLevel(level)  # each Configuration resets it for the whole process
        configuration.host = f"https://{HOST}"
        api_client = package.ApiClient(configuration=configuration)
        api_client.rest_client = rest
        return getattr(package, name)(api_client)

    def _ask(self, request: Callable[[], Answer], *, idempotent: bool = True) -> Answer:
        return self.wire.retry(request, idempotent=idempotent)

    def _send(self, method: str, url: str, *, query: str = "", body: object = None) -> Answer:
        return self.wire.send(self._fence, method, url, query=query, body=body)


class _Rest:
    """What an SDK ApiClient takes for its REST layer: GET(url, ...), POST(url, ...), each answering with our Answer."""

    def __init__(self, send: Callable[..., Answer]) -> None:
        self._send = send

    def __getattr__(self, verb: str) -> Callable[..., Answer]:
        def request(url: str, *, query_params: Sequence[tuple[str, Any]] | None = None, body: object = None, **_rest: object) -> Answer:
            return self._send(verb, url, query=encoded(query_params or ()), body=body)

        return request


class _Composed:
    """The same, giving a GET back as its URL and query instead of sending it."""

    def GET(self, url: str, *, query_params: Sequence[tuple[str, Any]] | None = None, **_rest: object) -> tuple[str, str]:  # noqa: N802 - theirs
        return url, encoded(query_params or ())
