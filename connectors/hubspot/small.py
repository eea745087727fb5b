"""Streams that are small and told whole: the stages of deals and tickets, and the owners.

What is remembered (remembered.py) is not asked again, unless a changed record is in a stage that is unknown, or somebody who was active
is no longer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connectors.contract import Landed, Problem, Stream
from connectors.failures import CrmError, QuotaExhausted
from connectors.hubspot import landing as pages
from connectors.hubspot.answer import Answer
from connectors.hubspot.remembered import OWNERS, stages_of
from connectors.hubspot.schema import OWNER, STAGE
from connectors.hubspot.verdicts import NoScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.contract import Landing
    from connectors.hubspot.client import Client
    from connectors.hubspot.pull import ObjectPull
    from connectors.hubspot.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Lands the small streams of one portal."""

    client: Client
    schema: Schema

    def forecast(self, pull: ObjectPull | None = None, *, is_held: bool = False) -> int:
        """The calls that the stages of an object will take, or the owners."""
        remembered = self.schema.remembered
        if pull is None:
            return 1 if is_held and remembered.find(OWNERS) is not None else 2
        knows = pull.since_ms is not None and remembered.find(stages_of(pull.resolved.kind)) is not None
        return int(pull.resolved.stages and not knows)

    def stages(self, pull: ObjectPull, landing: Landing) -> list[Landed]:
        """Land an object's stages: as remembered where only changes were read and all of them are in stages that we know."""
        kind = pull.resolved.kind
        stream = Stream(name=f"{kind}_stages", columns=STAGE, key=("pipeline_id", "id"))
        known = self.schema.remembered.find(stages_of(kind)) if pull.since_ms is not None else None
        if known is not None and pull.stages <= {str(stage.get("id")) for pipeline in known for stage in pipeline.get("stages") or ()}:
            return self._land(stream, landing, pages.stages(), lambda: iter([Answer(200, {"results": known})]))

        def asked() -> Iterator[Answer]:
            answer = self.client.pipelines(kind)
            self.schema.remembered.keep(stages_of(kind), [dict(one) for one in answer.results])
            yield answer

        return self._land(stream, landing, pages.stages(), asked)

    def owners(self, landing: Landing, watermark: str, *, is_held: bool) -> list[Landed]:
        """Land the owners. The deactivated ones, whom only the archived list shows, are asked for once a day, and when somebody who was
        active is no longer: until then the mirror has them.
        """
        remembered, active = self.schema.remembered, set[str]()
        known = remembered.find(OWNERS) if is_held else None
        is_delta = False

        def listed() -> Iterator[Answer]:
            nonlocal is_delta
            for answer in self._owners(archived=False):
                active.update(answer.ids)
                yield answer
            is_delta = known is not None and active >= set(known)
            if not is_delta:
                yield from self._owners(archived=True)
            if known != (ids := sorted(active)):
                remembered.keep(OWNERS, ids)

        landed = self._land(Stream(name="owners", columns=OWNER, key=("id",)), landing, pages.owners(), listed)
        return [replace(one, full=not is_delta, watermark=watermark if one.complete else None) for one in landed]

    def _owners(self, *, archived: bool) -> Iterator[Answer]:
        after: str | None = None
        while True:
            answer = self.client.owners(after=after, archived=archived)
            yield answer
            if answer.after in (None, after):
                return
            after = answer.after

    def _land(self, stream: Stream, landing: Landing, relation: str, ask: Callable[[], Iterator[Answer]]) -> list[Landed]:
        file = pages.PageFile(landing.file(stream.name, ".ndjson"))
        problems: tuple[Problem, ...] = ()
        try:
            for answer in ask():
                file.add(answer.lines, len(answer.results))
        except QuotaExhausted:
            raise
        except NoScope as error:
            self.schema.leave_out(stream.name, error)
            return []
        except CrmError as error:
            problems = (Problem(where=f"hubspot {stream.name}", what=str(error)),)
        finally:
            file.close()
        return [
            Landed(
                stream=stream,
                files=(file.path,),
                relation=relation,
                rows=file.rows,
                full=True,
                watermark=None,
                complete=not problems,
                problems=problems,
            )
        ]
