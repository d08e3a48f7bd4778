"""Refused events as the console API asks for and tells them."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.debugger import GroupSeen, Outcome, Refusal
from matsuri.events.model import Reason
from matsuri.events.rejected_store import Kept, RejectedFilter, Status
from matsuri.events.revalidate import sent_event, shown_payload
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor
from matsuri.kit.timestamps import parse_timestamp
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery
from matsuri.web.messages import INT64_MAX

_IDS_MAX = 10_000
_TIME = Meta(description="RFC 3339, or seconds since the epoch.")
Seconds = Annotated[str, Meta(description="Seconds since the epoch, as text.")]


class Search(PageQuery, frozen=True, kw_only=True):
    """Which refused events; every condition must be met."""

    name: Annotated[str, Meta(description="This name.")] = msgspec.field(
        name="search.name.exact", default=""
    )
    name_like: Annotated[str, Meta(description="Names that contain this, in any case.")] = (
        msgspec.field(name="search.name.like", default="")
    )
    names: Annotated[list[str], Meta(description="One of these names.")] = msgspec.field(
        name="search.name.or", default_factory=list
    )
    reasons: Annotated[list[Reason], Meta(description="One of these reasons.")] = msgspec.field(
        name="search.reason.or", default_factory=list
    )
    identity_id: Annotated[
        str, Meta(description="Of this identity, also under ids that it had before.")
    ] = msgspec.field(name="search.identity_id.exact", default="")
    api_key: Annotated[str, Meta(description="Sent with the API key of this name.")] = (
        msgspec.field(name="search.api_key.exact", default="")
    )
    received_from: Annotated[str, _TIME] = msgspec.field(name="search.received.from", default="")
    received_until: Annotated[str, _TIME] = msgspec.field(name="search.received.until", default="")
    status: Annotated[
        Status, Meta(description="`closed` ones were replayed, or accepted when sent again.")
    ] = msgspec.field(name="search.status.exact", default=Status.OPEN)


# A condition that is misspelt must not ask for all.
class FilterMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which refused events; every condition must be met. Nothing asks for all that are open."""

    ids: Annotated[list[str | int], Meta(max_length=_IDS_MAX)] | None = None
    name: str | None = None
    name_like: str | None = None
    reason: Reason | None = None
    identity_id: str | None = None
    api_key: str | None = None
    received_from: Annotated[str | int, _TIME] | None = None
    received_until: Annotated[str | int, _TIME] | None = None


class RejectedMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One refused event."""

    id: str
    reason: Reason
    problem: Annotated[str, Meta(description="Why, as a sentence for a person.")]
    status: Annotated[str, Meta(description="`open` or `closed`.")]
    receive_time_sec: Seconds
    source: str
    api_key: str
    name: str
    payload: Annotated[
        dict[str, Any],
        Meta(
            description="The event as it was sent, with `_eventError` in its metadata. "
            "Empty where it was too long to be kept whole."
        ),
    ]
    event_id: Annotated[str, Meta(description="Empty where the sender gave none.")]
    identity_id: str
    session_id: str
    close_time_sec: Seconds = ""
    payload_beginning: Annotated[
        str, Meta(description="What was kept of a payload that was too long.")
    ] = ""


class RejectedList(msgspec.Struct, frozen=True):
    """One page of refused events."""

    rejected_events: list[RejectedMessage]
    page_options: PageOptions


class GroupMessage(msgspec.Struct, frozen=True):
    """Refused events of one name and reason."""

    name: str
    reason: Reason
    count: int
    identities: Annotated[int, Meta(description="How many identity ids sent them.")]
    first_receive_time_sec: Seconds
    last_receive_time_sec: Seconds
    accepted_now: Annotated[bool, Meta(description="Whether the last of them would pass now.")]
    sample: Annotated[RejectedMessage, Meta(description="The last of them.")]


class GroupList(msgspec.Struct, frozen=True):
    """One page of groups."""

    groups: list[GroupMessage]
    page_options: PageOptions


class RefusalMessage(msgspec.Struct, frozen=True):
    """How many events are refused for one reason, and one of them."""

    reason: Reason
    count: int
    sample_id: str
    problem: str


class SkippedMessage(msgspec.Struct, frozen=True):
    """How many events were not looked at, and why."""

    closed: Annotated[int, Meta(description="They count already.")]
    under_way: Annotated[int, Meta(description="They are being replayed.")]
    cut_off: Annotated[int, Meta(description="Their payloads were too long to be kept whole.")]
    unknown: Annotated[int, Meta(description="They are not kept.")]


def filter_of(search: Search) -> RejectedFilter:
    """The filter of a query string."""
    return RejectedFilter(
        names=[search.name, *search.names] if search.name else search.names,
        name_like=search.name_like,
        reasons=search.reasons,
        identity_id=search.identity_id,
        api_key=search.api_key,
        from_us=time_us(search.received_from, "search.received.from"),
        until_us=time_us(search.received_until, "search.received.until"),
        status=search.status,
    )


def filter_of_body(given: FilterMessage | None) -> RejectedFilter:
    """The filter of a body: open events, or any that are named."""
    given = given or FilterMessage()
    return RejectedFilter(
        names=[given.name] if given.name else (),
        name_like=given.name_like or "",
        reasons=[given.reason] if given.reason else (),
        identity_id=given.identity_id or "",
        api_key=given.api_key or "",
        from_us=time_us(given.received_from, "filter.received_from"),
        until_us=time_us(given.received_until, "filter.received_until"),
        ids=None if given.ids is None else [row_id(text, "filter.ids") for text in given.ids],
    )


def row_id(text: str | int, field: str) -> int:
    """The number behind an id; raises ``InvalidArgument``."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) < len(str(INT64_MAX))):
        raise invalid_field(field, f"{digits[:64]!r} is no id of a kept event")
    return int(digits)


def row_of(cursor: Cursor | None) -> int | None:
    """The number that a cursor names; raises ``InvalidArgument`` for that of another list."""
    if cursor is None:
        return None
    match cursor.key:
        case (int(number),) if 0 <= number <= INT64_MAX:
            return number
    raise invalid_field(CURSOR_FIELD, "is a cursor of something else")


def time_us(given: str | int | None, field: str) -> int | None:
    """A time of a filter in microseconds since the epoch; raises ``InvalidArgument``."""
    if given is None or given == "":
        return None
    try:
        is_number = isinstance(given, str) and given.isascii() and given.isdigit()
        return parse_timestamp(float(given) if is_number else given)
    except ValueError as error:
        raise invalid_field(field, str(error), "RFC 3339, or seconds since the epoch") from None


def rejected_message(kept: Kept) -> RejectedMessage:
    """A refused event as it is told."""
    event = kept.event
    return RejectedMessage(
        id=str(kept.id),
        reason=event.reason,
        problem=event.problem,
        status=(Status.OPEN if kept.closed_us is None else Status.CLOSED).value,
        receive_time_sec=str(event.received_us // MICROSECONDS),
        source=event.source,
        api_key=event.api_key,
        name=event.name,
        payload=shown_payload(event),
        event_id=event.event_id,
        identity_id=event.identity_id,
        session_id=event.session_id,
        close_time_sec="" if kept.closed_us is None else str(kept.closed_us // MICROSECONDS),
        payload_beginning=""
        if sent_event(event) is not None
        else event.payload.decode(errors="replace"),
    )


def group_message(seen: GroupSeen) -> GroupMessage:
    """A group as it is told."""
    group = seen.group
    return GroupMessage(
        name=group.name,
        reason=group.reason,
        count=group.events,
        identities=group.identities,
        first_receive_time_sec=str(group.first_us // MICROSECONDS),
        last_receive_time_sec=str(group.last_us // MICROSECONDS),
        accepted_now=seen.accepted_now,
        sample=rejected_message(seen.sample),
    )


def refusals(outcome: Outcome) -> list[RefusalMessage]:
    """What is refused, the commonest reason first."""

    def order(refusal: Refusal) -> tuple[int, str]:
        return -refusal.events, refusal.reason

    return [
        RefusalMessage(each.reason, each.events, str(each.sample_id), each.problem)
        for each in sorted(outcome.refused.values(), key=order)
    ]


def skipped(outcome: Outcome) -> SkippedMessage:
    """What was not looked at."""
    return SkippedMessage(
        closed=outcome.closed,
        under_way=outcome.under_way,
        cut_off=outcome.cut_off,
        unknown=outcome.unknown,
    )
