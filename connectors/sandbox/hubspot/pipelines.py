"""Pipelines of deals and tickets, and the owners: what assigns a stage or a person its meaning.

Metadata values are text ("isClosed": "true"), as the vendor sends them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.hubspot.wire import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUILT_IN: Final = "1970-01-01T00:00:00Z"
PROPERTIES: Final[Mapping[str, tuple[str, str]]] = {"deals": ("pipeline", "dealstage"), "tickets": ("hs_pipeline", "hs_pipeline_stage")}
"""Object type -> the properties that hold pipeline and stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    id: str
    label: str
    metadata: Mapping[str, str]
    created: str = BUILT_IN

    @property
    def is_closed(self) -> bool:
        return self.metadata.get("isClosed") == "true" or self.metadata.get("ticketState") == "CLOSED"

    @property
    def is_won(self) -> bool:
        return self.is_closed and float(self.metadata.get("probability", "0")) == 1.0

    def as_json(self, order: int) -> dict[str, Any]:
        head = {"label": self.label, "displayOrder": order, "metadata": dict(self.metadata), "id": self.id}
        tail = {"createdAt": self.created, "updatedAt": self.created, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT", "archived": False}
        return head | tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    id: str
    label: str
    stages: tuple[Stage, ...]
    order: int = 0
    created: str = BUILT_IN

    def as_json(self) -> dict[str, Any]:
        stages = [stage.as_json(order) for order, stage in enumerate(self.stages)]
        head = {"label": self.label, "displayOrder": self.order, "id": self.id, "stages": stages}
        return head | {"createdAt": self.created, "updatedAt": self.created, "archived": False}

    def stage(self, asked: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.id == asked), None)


def _deal_stage(name: str, label: str, probability: str) -> Stage:
    return Stage(
        id=name, label=label, metadata={"isClosed": "true" if probability in {"1.0", "0.0"} else "false", "probability": probability}
    )


def standard() -> dict[str, list[Pipeline]]:
    """Give the pipelines of a fresh portal."""
    deals = (
        ("appointmentscheduled", "Appointment Scheduled", "0.2"),
        ("qualifiedtobuy", "Qualified To Buy", "0.4"),
        ("presentationscheduled", "Presentation Scheduled", "0.6"),
        ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        ("contractsent", "Contract Sent", "0.9"),
        ("closedwon", "Closed Won", "1.0"),
        ("closedlost", "Closed Lost", "0.0"),
    )
    tickets = (("1", "New", "OPEN"), ("2", "Waiting on contact", "OPEN"), ("3", "Waiting on us", "OPEN"), ("4", "Closed", "CLOSED"))
    states = [
        Stage(id=name, label=label, metadata={"ticketState": state, "isClosed": str(state == "CLOSED").lower()})
        for name, label, state in tickets
    ]
    return {
        "deals": [Pipeline(id="default", label="Sales Pipeline", stages=tuple(_deal_stage(*one) for one in deals))],
        "tickets": [Pipeline(id="0", label="Support Pipeline", stages=tuple(states))],
    }


def options(pipelines: Sequence[Pipeline]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the options of the pipeline property and of the stage property."""
    stages = [stage for pipeline in pipelines for stage in pipeline.stages]
    return (
        [{"label": one.label, "value": one.id} for one in pipelines],
        [{"label": one.label, "value": one.id} for one in stages],
    )


@dataclass(slots=True, kw_only=True)
class Owner:
    """A person or a queue that records can be assigned to. An archived owner keeps its id on old records."""

    id: str
    email: str
    first: str
    last: str
    user_id: int
    type: str = "PERSON"
    teams: Sequence[tuple[str, str]] = field(default=())
    archived: bool = False
    created: int = 0
    updated: int = 0

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"id": self.id, "email": self.email, "type": self.type, "firstName": self.first, "lastName": self.last}
        body |= {"userId": None if self.archived else self.user_id, "userIdIncludingInactive": self.user_id}
        body |= {"createdAt": stamp(self.created), "updatedAt": stamp(self.updated), "archived": self.archived}
        if self.teams:
            body["teams"] = [{"id": team, "name": name, "primary": place == 0} for place, (team, name) in enumerate(self.teams)]
        return body
