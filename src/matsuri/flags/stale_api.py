"""Flags that may have had their day: ``/v1/console/flag/stale``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.flags.compile import CompiledFlag
from matsuri.flags.model import FlagReads
from matsuri.flags.read_counts import ReadCounts
from matsuri.flags.service import Rules
from matsuri.flags.stale import Finding, StaleReason, findings
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.paging import page_of
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery, page_options
from matsuri.web.routes import Request, Route

_DAY_US = 86_400 * MICROSECONDS
_DAYS_USUAL = 30
_DAYS_MAX = 3650

LastTimeSec = Annotated[
    str, Meta(description="Seconds since the epoch, as text; 0 if it never happened.")
]


class StaleQuery(PageQuery, frozen=True, kw_only=True):
    """For how long, and which page."""

    days: Annotated[
        int,
        Meta(
            ge=1,
            le=_DAYS_MAX,
            description="For how many days a flag was not read, or is as it is.",
        ),
    ] = _DAYS_USUAL


class FindingMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason; without a ``variant`` it is about the whole flag."""

    reason: StaleReason
    detail: str
    variant: str = ""


class StaleFlagMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A flag that may have had its day."""

    id: str
    name: str
    reasons: list[FindingMessage]
    reads: Annotated[str, Meta(description="In how many answers it was, as text.")]
    read_time_sec: LastTimeSec
    asked: Annotated[str, Meta(description="How often a game asked for it by name, as text.")]
    asked_time_sec: LastTimeSec


class StaleFlagList(msgspec.Struct, frozen=True):
    """A page of them, by name."""

    flags: list[StaleFlagMessage]
    page_options: PageOptions


class _Stale(NamedTuple):
    flag: CompiledFlag
    reads: FlagReads
    found: list[Finding]


def routes(
    counts: ReadCounts, rules: Callable[[], Rules], *, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def list_stale(
        _request: Request, _caller: ConsoleCaller, query: StaleQuery
    ) -> StaleFlagList:
        stale = list(_stale(rules(), await counts.load(), clock.now_us(), query.days * _DAY_US))
        try:
            page = page_of(
                stale, key=lambda each: (each.flag.name,), limit=query.limit, cursor=query.cursor
            )
        except ValueError as error:
            raise invalid_field(CURSOR_FIELD, str(error)) from None
        return StaleFlagList([_message(each) for each in page.items], page_options(page))

    return [
        Route(
            method="GET",
            path="/v1/console/flag/stale",
            auth=console_may(Entity.FLAG, Action.READ),
            handler=list_stale,
            query_type=StaleQuery,
            response_type=StaleFlagList,
            operation="console_list_stale_flags",
            summary="List flags that may have had their day",
            description=(
                "`unread`: no game has read it. `never_asked`: games read it, but never by its "
                "name. `off`: none of its variants applies. `never_applies`: a variant that nobody "
                "can have. `rolled_out`: a variant that everybody has."
            ),
            tag="Flags",
        )
    ]


def _stale(
    rules: Rules, reads: Mapping[str, FlagReads], now_us: int, after_us: int
) -> Iterator[_Stale]:
    for flag in rules.flags.by_name.values():
        known = reads.get(flag.definition.id, FlagReads(flag.definition.id))
        found = findings(flag, known, rules.audiences.by_name, now_us=now_us, after_us=after_us)
        if found:
            yield _Stale(flag, known, found)


def _message(stale: _Stale) -> StaleFlagMessage:
    reads = stale.reads
    return StaleFlagMessage(
        id=stale.flag.definition.id,
        name=stale.flag.name,
        reasons=[FindingMessage(each.reason, each.detail, each.variant) for each in stale.found],
        reads=str(reads.reads),
        read_time_sec=str(reads.read_us // MICROSECONDS),
        asked=str(reads.asked),
        asked_time_sec=str(reads.asked_us // MICROSECONDS),
    )
