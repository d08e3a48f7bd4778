"""Dead letters in the console API: ``/v1/console/dead-letter``."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.dead_letter_store import DeadLetter, LetterFilter, entries_of
from matsuri.events.dead_letters import DeadLetters
from matsuri.events.debugger_wire import Seconds, row_id, row_of, time_us
from matsuri.events.model import Event, LogEntry, RejectedEvent
from matsuri.events.rejected_store import Status
from matsuri.events.revalidate import shown_payload
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.timestamps import format_timestamp
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.routes import Request, Route

_TAG = "Dead letters"
_PATH = "/v1/console/dead-letter"
_IDS_MAX = 1000
_TIME = Meta(description="RFC 3339, or seconds since the epoch: of the last failure.")
_Ids = Annotated[list[str | int], Meta(max_length=_IDS_MAX)]


class LetterSearch(PageQuery, frozen=True, kw_only=True):
    """Which dead letters; every condition must be met."""

    error_like: Annotated[str, Meta(description="Errors that contain this, in any case.")] = (
        msgspec.field(name="search.error.like", default="")
    )
    name: Annotated[str, Meta(description="With an event of this name.")] = msgspec.field(
        name="search.name.exact", default=""
    )
    identity_id: Annotated[str, Meta(description="Of this identity.")] = msgspec.field(
        name="search.identity_id.exact", default=""
    )
    failed_from: Annotated[str, _TIME] = msgspec.field(name="search.failed.from", default="")
    failed_until: Annotated[str, _TIME] = msgspec.field(name="search.failed.until", default="")
    status: Annotated[Status, Meta(description="`closed` ones were applied after all.")] = (
        msgspec.field(name="search.status.exact", default=Status.OPEN)
    )


class DismissLetters(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters to drop."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=_IDS_MAX)] = msgspec.field(
        name="search.id.or"
    )


class DeadLetterMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of the log that could not be applied."""

    id: str
    position: Annotated[str, Meta(description="Where the log had it.")]
    error: str
    attempts: Annotated[int, Meta(description="How often it has failed.")]
    status: Annotated[str, Meta(description="`open` or `closed`.")]
    fail_time_sec: Seconds
    entries: Annotated[list[dict[str, Any]], Meta(description="What it says.")]
    close_time_sec: Seconds = ""
    problem: Annotated[str, Meta(description="Why there are no entries to be shown.")] = ""


class DeadLetterList(msgspec.Struct, frozen=True):
    """One page of dead letters."""

    dead_letters: list[DeadLetterMessage]
    page_options: PageOptions


class ReplayLettersRequest(msgspec.Struct, frozen=True):
    """Dead letters by their ids, or all that are open."""

    ids: _Ids | None = None
    all: bool | None = None


class LettersSkipped(msgspec.Struct, frozen=True):
    """The ids of dead letters that were not replayed, by why not."""

    closed: Annotated[list[str], Meta(description="They were applied already.")]
    under_way: Annotated[list[str], Meta(description="They are being replayed.")]
    undecodable: Annotated[list[str], Meta(description="This version cannot read what they hold.")]
    unknown: Annotated[list[str], Meta(description="They are not kept.")]


class LettersReplayed(msgspec.Struct, frozen=True):
    """What became of dead letters. ``replayed`` ones are in the log, to be applied once."""

    replayed: list[str]
    skipped: LettersSkipped


class LettersDismissed(msgspec.Struct, frozen=True):
    """How many dead letters were dropped."""

    dismissed: int


def routes(letters: DeadLetters, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints of dead letters."""
    return [*_reading_routes(letters, console_may), *_changing_routes(letters, console_may)]


def _reading_routes(letters: DeadLetters, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    may_read = console_may(Entity.EVENT, Action.READ)

    async def letter_list(
        _request: Request, _caller: object, search: LetterSearch
    ) -> DeadLetterList:
        cursor = cursor_of(search)
        page = await letters.page(
            _filter(search), beyond=row_of(cursor), cursor=cursor, limit=search.limit
        )
        return DeadLetterList(list(map(_message, page.items)), page_options(page))

    async def letter(request: Request, _caller: object, _body: None) -> DeadLetterMessage:
        return _message(await letters.find(row_id(request.params["id"], "id")))

    return [
        Route(
            method="GET",
            path=_PATH,
            auth=may_read,
            handler=letter_list,
            query_type=LetterSearch,
            response_type=DeadLetterList,
            operation="console_list_dead_letters",
            summary="List dead letters, the latest first",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path=f"{_PATH}/{{id}}",
            auth=may_read,
            handler=letter,
            response_type=DeadLetterMessage,
            operation="console_get_dead_letter",
            summary="One dead letter",
            tag=_TAG,
        ),
    ]


def _changing_routes(letters: DeadLetters, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    may_delete = console_may(Entity.EVENT, Action.DELETE)

    async def replay(
        _request: Request, _caller: object, body: ReplayLettersRequest
    ) -> LettersReplayed:
        if (body.ids is None) == (not body.all):
            raise invalid_field("ids", "is missing, or given with `all`", "ids, or all=true")
        ids = None if body.ids is None else [row_id(text, "ids") for text in body.ids]
        outcome = await letters.replay(ids)
        return LettersReplayed(
            _texts(outcome.replayed),
            LettersSkipped(
                closed=_texts(outcome.closed),
                under_way=_texts(outcome.under_way),
                undecodable=_texts(outcome.undecodable),
                unknown=_texts(outcome.unknown),
            ),
        )

    async def dismiss(
        _request: Request, _caller: object, search: DismissLetters
    ) -> LettersDismissed:
        ids = [row_id(text, "search.id.or") for text in search.ids]
        return LettersDismissed(await letters.dismiss(ids))

    async def dismiss_one(request: Request, _caller: object, _body: None) -> LettersDismissed:
        letter = await letters.find(row_id(request.params["id"], "id"))
        return LettersDismissed(await letters.dismiss([letter.id]))

    return [
        Route(
            method="POST",
            path=f"{_PATH}/replay",
            auth=console_may(Entity.EVENT, Action.WRITE),
            handler=replay,
            request_type=ReplayLettersRequest,
            response_type=LettersReplayed,
            operation="console_replay_dead_letters",
            told=("replayed",),
            subject="dead_letter",
            summary="Apply dead letters, each once",
            description="What fails again stays a dead letter, with the new error.",
            tag=_TAG,
        ),
        Route(
            method="DELETE",
            path=_PATH,
            auth=may_delete,
            handler=dismiss,
            query_type=DismissLetters,
            response_type=LettersDismissed,
            operation="console_dismiss_dead_letters",
            told=("dismissed",),
            subject="dead_letter",
            summary="Drop dead letters that nobody wants",
            description="Their events never count.",
            tag=_TAG,
        ),
        Route(
            method="DELETE",
            path=f"{_PATH}/{{id}}",
            auth=may_delete,
            handler=dismiss_one,
            response_type=LettersDismissed,
            operation="console_dismiss_dead_letter",
            told=("dismissed",),
            subject="dead_letter",
            summary="Drop one dead letter",
            tag=_TAG,
        ),
    ]


def _filter(search: LetterSearch) -> LetterFilter:
    return LetterFilter(
        error_like=search.error_like,
        name=search.name,
        identity_id=search.identity_id,
        from_us=time_us(search.failed_from, "search.failed.from"),
        until_us=time_us(search.failed_until, "search.failed.until"),
        status=search.status,
    )


def _message(letter: DeadLetter) -> DeadLetterMessage:
    try:
        entries, problem = [_entry(entry) for entry in entries_of(letter.payload)], ""
    except msgspec.MsgspecError:
        entries = []
        problem = f"Its {len(letter.payload)} bytes cannot be read by this version of the server"
    return DeadLetterMessage(
        id=str(letter.id),
        position=str(letter.position),
        error=letter.error,
        attempts=letter.attempts,
        status=(Status.OPEN if letter.closed_us is None else Status.CLOSED).value,
        fail_time_sec=str(letter.failed_us // MICROSECONDS),
        entries=entries,
        close_time_sec="" if letter.closed_us is None else str(letter.closed_us // MICROSECONDS),
        problem=problem,
    )


def _entry(entry: LogEntry) -> dict[str, Any]:
    """An entry as a JSON object: its kind, and its fields with times as RFC 3339."""
    if isinstance(entry, RejectedEvent):
        fields = {**msgspec.structs.asdict(entry), "payload": shown_payload(entry)}
    else:
        fields = msgspec.structs.asdict(entry)
    shown = {"type": str(entry.__struct_config__.tag)} | {
        name.replace("_us", "_time") if name.endswith("_us") else name: _shown(name, value)
        for name, value in fields.items()
    }
    return {name: value for name, value in shown.items() if value not in ("", None)}


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_us"):
        return format_timestamp(value)
    if name == "events":
        return [_event(event) for event in value]
    return f"{len(value)} bytes" if isinstance(value, bytes) else value


def _event(event: Event) -> dict[str, Any]:
    shown = {
        "id": event.id,
        "name": event.name,
        "timestamp": format_timestamp(event.timestamp_us),
        "value": event.value,
        "metadata": event.metadata,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _texts(ids: Sequence[int]) -> list[str]:
    return list(map(str, ids))
