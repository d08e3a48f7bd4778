"""Refused events in the console API: ``/v1/console/taxonomy/debugger``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.debugger import Debugger
from matsuri.events.debugger_wire import (
    FilterMessage,
    GroupList,
    RefusalMessage,
    RejectedList,
    RejectedMessage,
    Search,
    SkippedMessage,
    filter_of,
    filter_of_body,
    group_message,
    refusals,
    rejected_message,
    row_id,
    row_of,
    skipped,
)
from matsuri.events.model import Reason
from matsuri.events.propose import validator_name
from matsuri.events.rejected_store import RejectedFilter, Status
from matsuri.events.schemas import SchemaLimits, schema_problems
from matsuri.events.taxonomy import (
    EventDefinition,
    Taxonomy,
    ValueType,
    with_event,
    with_validator,
)
from matsuri.kit.paging import Cursor, encode_cursor
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, cursor_of, page_options
from matsuri.web.routes import Request, Route

_TAG = "Debugger"
_OFFSET_MAX = 1 << 31
_PATH = "/v1/console/taxonomy/debugger"


class DismissSearch(Search, frozen=True, kw_only=True):
    """Which refused events to drop."""

    everything: Annotated[
        bool, Meta(description="Needed to drop all of a status, without another condition.")
    ] = msgspec.field(name="all", default=False)


class DismissedMessage(msgspec.Struct, frozen=True):
    """How many refused events were dropped."""

    dismissed: int


class ProposeRequest(msgspec.Struct, frozen=True):
    """The name of refused events that wait for a definition."""

    name: str | None = None
    reason: Reason | None = None


class ProposedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What to send to `POST /v1/console/taxonomy/event`."""

    name: str
    value_type: ValueType = ValueType.ANY
    value_validator: str = ""
    metadata_validator: str = ""


class ProposedValidator(msgspec.Struct, frozen=True):
    """What to send to `POST /v1/console/taxonomy/validator`, before the event."""

    name: str
    schema: Annotated[dict[str, Any] | bool, Meta(description="A JSON Schema, 2020-12.")]


class ProposedMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A definition that every one of the events looked at would meet."""

    definition: ProposedEvent
    events: Annotated[int, Meta(description="How many of the latest events it was made from.")]
    sample_values: Annotated[list[str], Meta(description="The commonest values.")]
    validator: (
        Annotated[
            ProposedValidator, Meta(description="Of the metadata; missing where there was none.")
        ]
        | None
    ) = None


class PreviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which refused events to look at, and an event and a validator as if they were declared."""

    filter: FilterMessage | None = None
    definition: ProposedEvent | None = None
    validator: ProposedValidator | None = None


class PreviewMessage(msgspec.Struct, frozen=True):
    """What would become of refused events."""

    would_pass: int
    would_be_refused: list[RefusalMessage]
    skipped: SkippedMessage


class ReplayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which refused events to replay. An empty filter asks for all that are open."""

    filter: FilterMessage | None = None


class ReplayedMessage(msgspec.Struct, frozen=True):
    """What became of refused events. ``replayed`` ones are in the log."""

    replayed: int
    still_refused: list[RefusalMessage]
    skipped: SkippedMessage


def routes(
    debugger: Debugger, *, limits: SchemaLimits, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints of the debugger; ``limits`` are those of a proposed validator."""
    return [
        *_reading_routes(debugger, console_may),
        *_changing_routes(debugger, limits, console_may),
    ]


def _reading_routes(debugger: Debugger, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    may_read = console_may(Entity.EVENT, Action.READ)

    async def rejected_list(_request: Request, _caller: object, search: Search) -> RejectedList:
        cursor = cursor_of(search)
        page = await debugger.page(
            filter_of(search), beyond=row_of(cursor), cursor=cursor, limit=search.limit
        )
        return RejectedList(list(map(rejected_message, page.items)), page_options(page))

    async def groups(_request: Request, _caller: object, search: Search) -> GroupList:
        # Groups change their order as they grow, so their pages are counted off.
        offset = min(row_of(cursor_of(search)) or 0, _OFFSET_MAX)
        found = await debugger.groups(filter_of(search), offset=offset, limit=search.limit + 1)
        shown = found[: search.limit]
        return GroupList(
            list(map(group_message, shown)),
            PageOptions(
                next_cursor=_offset_cursor(offset + search.limit) if found[search.limit :] else "",
                prev_cursor=_offset_cursor(max(0, offset - search.limit)) if offset else "",
            ),
        )

    async def rejected(request: Request, _caller: object, _body: None) -> RejectedMessage:
        return rejected_message(await debugger.find(row_id(request.params["id"], "id")))

    return [
        Route(
            method="GET",
            path=_PATH,
            auth=may_read,
            handler=rejected_list,
            query_type=Search,
            response_type=RejectedList,
            operation="console_list_rejected_events",
            summary="List refused events, the latest first",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path=f"{_PATH}/group",
            auth=may_read,
            handler=groups,
            query_type=Search,
            response_type=GroupList,
            operation="console_group_rejected_events",
            summary="Refused events by name and reason, the largest group first",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path=f"{_PATH}/{{id}}",
            auth=may_read,
            handler=rejected,
            response_type=RejectedMessage,
            operation="console_get_rejected_event",
            summary="One refused event",
            tag=_TAG,
        ),
    ]


def _changing_routes(
    debugger: Debugger, limits: SchemaLimits, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    async def dismiss(
        _request: Request, _caller: object, search: DismissSearch
    ) -> DismissedMessage:
        wanted = filter_of(search)
        if wanted.is_everything and not search.everything:
            raise invalid_field("search", "is missing", "a condition, or all=true")
        return DismissedMessage(await debugger.dismiss(wanted))

    async def dismiss_one(request: Request, _caller: object, _body: None) -> DismissedMessage:
        kept = await debugger.find(row_id(request.params["id"], "id"))
        status = RejectedFilter(ids=[kept.id], status=Status.ALL)
        return DismissedMessage(await debugger.dismiss(status))

    async def propose(_request: Request, _caller: object, body: ProposeRequest) -> ProposedMessage:
        if not body.name:
            raise invalid_field("name", "is missing", "the name of refused events")
        found = await debugger.propose(body.name, body.reason)
        validator = None
        if found.metadata_schema is not None:
            validator = ProposedValidator(validator_name(body.name), found.metadata_schema)
        return ProposedMessage(
            definition=ProposedEvent(
                body.name,
                value_type=found.value_type,
                metadata_validator="" if validator is None else validator.name,
            ),
            events=found.events,
            sample_values=found.sample_values,
            validator=validator,
        )

    async def preview(_request: Request, _caller: object, body: PreviewRequest) -> PreviewMessage:
        taxonomy = _as_if_declared(debugger.taxonomy, body.definition, body.validator, limits)
        outcome = await debugger.preview(filter_of_body(body.filter), taxonomy)
        return PreviewMessage(outcome.passed, refusals(outcome), skipped(outcome))

    async def replay(_request: Request, _caller: object, body: ReplayRequest) -> ReplayedMessage:
        outcome = await debugger.replay(filter_of_body(body.filter))
        return ReplayedMessage(outcome.passed, refusals(outcome), skipped(outcome))

    return [
        Route(
            method="DELETE",
            path=_PATH,
            auth=console_may(Entity.EVENT, Action.DELETE),
            handler=dismiss,
            query_type=DismissSearch,
            response_type=DismissedMessage,
            operation="console_dismiss_rejected_events",
            told=("dismissed",),
            subject="rejected_event",
            summary="Drop refused events that nobody wants",
            description="They cannot be replayed any more.",
            tag=_TAG,
        ),
        Route(
            method="DELETE",
            path=f"{_PATH}/{{id}}",
            auth=console_may(Entity.EVENT, Action.DELETE),
            handler=dismiss_one,
            response_type=DismissedMessage,
            operation="console_dismiss_rejected_event",
            told=("dismissed",),
            subject="rejected_event",
            summary="Drop one refused event",
            tag=_TAG,
        ),
        Route(
            method="POST",
            path=f"{_PATH}/propose",
            auth=console_may(Entity.EVENT, Action.READ),
            handler=propose,
            request_type=ProposeRequest,
            response_type=ProposedMessage,
            operation="console_propose_event",
            audited=False,
            summary="Infer a definition from refused events of one name",
            tag=_TAG,
        ),
        Route(
            method="POST",
            path=f"{_PATH}/preview",
            auth=console_may(Entity.EVENT, Action.READ),
            handler=preview,
            request_type=PreviewRequest,
            response_type=PreviewMessage,
            operation="console_preview_rejected_events",
            audited=False,
            summary="How many refused events would pass now",
            description="Nothing is changed.",
            tag=_TAG,
        ),
        Route(
            method="POST",
            path=f"{_PATH}/replay",
            auth=console_may(Entity.EVENT, Action.WRITE),
            handler=replay,
            request_type=ReplayRequest,
            response_type=ReplayedMessage,
            operation="console_replay_rejected_events",
            told=("replayed",),
            subject="rejected_event",
            summary="Take in the refused events that pass now, each once",
            description=(
                "They keep their ids, times, sessions and API keys. However often this is called, "
                "and even if a sender has sent an event again meanwhile, each counts once."
            ),
            tag=_TAG,
        ),
    ]


def _as_if_declared(
    taxonomy: Taxonomy,
    definition: ProposedEvent | None,
    validator: ProposedValidator | None,
    limits: SchemaLimits,
) -> Taxonomy:
    """The taxonomy with these; raises ``InvalidArgument`` for what could not be declared."""
    if validator is not None:
        problems = schema_problems(
            validator.name, validator.schema, taxonomy.schemas.sources, limits
        )
        if problems:
            raise invalid_field("validator.schema", problems[0].problem)
        taxonomy = with_validator(taxonomy, validator.name, validator.schema)
    if definition is None:
        return taxonomy
    for field in ("value_validator", "metadata_validator"):
        name = getattr(definition, field)
        if name and taxonomy.schemas.find(name) is None:
            raise invalid_field(f"definition.{field}", f"there is no validator {name[:64]!r}")
    return with_event(
        taxonomy,
        definition.name,
        EventDefinition(
            value_type=definition.value_type,
            value_validator=definition.value_validator,
            metadata_validator=definition.metadata_validator,
        ),
    )


def _offset_cursor(offset: int) -> str:
    return encode_cursor(Cursor(backward=False, key=(offset,)))
