"""Revisions in the console API: one with its diff, two compared, and the way back to one."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.changes import found_by_ref
from matsuri.definitions.history import History
from matsuri.definitions.model import Revision
from matsuri.definitions.service import Definitions
from matsuri.events.taxonomy import EVENT_KIND, LABEL_KIND, PROPERTY_KIND, VALIDATOR_KIND
from matsuri.experiments.model import EXCLUSION_GROUP_KIND, EXPERIMENT_KIND, HOLDOUT_GROUP_KIND
from matsuri.flags.model import FLAG_KIND
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.publishing.console_messages import checked_text
from matsuri.publishing.entities import ENTITY_OF, kinds_readable
from matsuri.publishing.restore import Restore
from matsuri.publishing.revision_messages import (
    CompareQuery,
    Comparison,
    HistoryList,
    HistoryQuery,
    RestoredMessage,
    RestoreRequest,
    RevisionDiff,
    comparison,
    comparison_with_now,
    history_entry,
    revision_message,
)
from matsuri.publishing.service import actor_of
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import version_of
from matsuri.web.lists import cursor_of, page_options
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

TAG = "Changes"
_CONSOLE = "/v1/console"
PATH_OF: Mapping[str, str] = {
    AUDIENCE_KIND: "audience",
    EVENT_KIND: "taxonomy/event",
    EXCLUSION_GROUP_KIND: "exclusion-group",
    EXPERIMENT_KIND: "experiment",
    FLAG_KIND: "flag",
    HOLDOUT_GROUP_KIND: "holdout-group",
    LABEL_KIND: "taxonomy/label",
    LIVE_EVENT_KIND: "live-event",
    PROPERTY_KIND: "taxonomy/property",
    VALIDATOR_KIND: "taxonomy/validator",
}
"""Where the endpoints of each kind are, beneath the console's."""


class RevisionServices(NamedTuple):
    """What the endpoints need."""

    definitions: Definitions
    history: History
    restore: Restore


def routes(services: RevisionServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def every(_request: Request, caller: ConsoleCaller, query: HistoryQuery) -> HistoryList:
        page = await services.history.every(
            query.search(kinds_readable(caller)), limit=query.limit, cursor=cursor_of(query)
        )
        return HistoryList([history_entry(each) for each in page.items], page_options(page))

    return [
        *(
            route
            for kind in PATH_OF
            for route in _routes_of_kind(kind, services, console_may=console_may)
        ),
        Route(
            method="GET",
            path=f"{_CONSOLE}/history",
            auth=console_may(Entity.CHANGE_SET, Action.READ),
            handler=every,
            query_type=HistoryQuery,
            response_type=HistoryList,
            operation="console_history",
            summary="List all changes of definitions of every kind, the newest first",
            description="Of those kinds whose definitions the caller may read.",
            tag=TAG,
        ),
    ]


def _routes_of_kind(
    kind: str, services: RevisionServices, *, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    definitions, history = services.definitions, services.history

    async def revision_of(request: Request, number: str, field: str) -> Revision:
        return await history.revision(kind, request.params["id"], int64(number, field))

    async def read(request: Request, _caller: ConsoleCaller, _body: None) -> RevisionDiff:
        found = await revision_of(request, request.params["revision"], "revision")
        return revision_message(found)

    async def compare(request: Request, _caller: ConsoleCaller, query: CompareQuery) -> Comparison:
        one = await revision_of(request, request.params["revision"], "revision")
        if query.to:
            return comparison(one, await revision_of(request, query.to, "to"))
        return comparison_with_now(
            one, found_by_ref(definitions.catalog, kind, request.params["id"])
        )

    async def restore(
        request: Request, caller: ConsoleCaller, body: RestoreRequest
    ) -> RestoredMessage:
        restored = await services.restore.restore(
            kind,
            request.params["id"],
            int64(request.params["revision"], "revision"),
            by=actor_of(caller),
            note=checked_text(body.note, "note"),
            version=version_of(body.version),
            forced=body.force,
        )
        return RestoredMessage(
            kind=kind, id=restored.id, name=restored.name, version=str(restored.version)
        )

    one = f"{_CONSOLE}/{PATH_OF[kind]}/{{id}}/revision/{{revision}}"
    may_read = console_may(ENTITY_OF[kind], Action.READ)
    words = kind.replace("_", " ")
    return [
        Route(
            method="GET",
            path=one,
            auth=may_read,
            handler=read,
            response_type=RevisionDiff,
            operation=f"console_get_{kind}_revision",
            summary=f"Read one change, and what it changed by path: {words}",
            description="Of what was deleted, by the id that it had.",
            tag=TAG,
        ),
        Route(
            method="GET",
            path=f"{one}/compare",
            auth=may_read,
            handler=compare,
            query_type=CompareQuery,
            response_type=Comparison,
            operation=f"console_compare_{kind}_revisions",
            summary=f"Compare what two changes left, or one with what is now: {words}",
            tag=TAG,
        ),
        Route(
            method="POST",
            path=f"{one}/restore",
            auth=console_may(ENTITY_OF[kind], Action.WRITE),
            handler=restore,
            request_type=RestoreRequest,
            response_type=RestoredMessage,
            operation=f"console_restore_{kind}_revision",
            subject=kind,
            action=f"{kind}.restore",
            summary=f"Make it again what a change left: {words}",
            description=(
                "By a change like any other, with all its checks. What was deleted comes back "
                "under the id that it had: the change that deleted it can be restored, too."
            ),
            tag=TAG,
        ),
    ]
