"""The calendar and its conflicts, as the console API tells them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.kit.clock import MICROSECONDS
from matsuri.planning.calendar import Entry, EntryKind, EntryState
from matsuri.planning.conflicts import Conflict, ConflictKind
from matsuri.web.lists import PageOptions

TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text.")]


class EntryMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is on or planned: a run, a phase, or a change of a flag.

    It is for players in any of the ``audiences``, or for everybody where there are none, but for
    those in any of ``exclude_audiences``.
    """

    kind: EntryKind
    id: Annotated[str, Meta(description="The id of the live event, experiment or flag.")]
    name: str
    part: Annotated[str, Meta(description="The key of the run, or the id of the phase.")] = ""
    part_name: Annotated[str, Meta(description="The name of the phase.")] = ""
    state: EntryState
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    audiences: Sequence[str]
    exclude_audiences: Sequence[str]
    flags: Annotated[Sequence[str], Meta(description="The flags that it gives a value.")]
    changes: Annotated[Sequence[str], Meta(description="The fields of the flag that change.")] = ()
    color: Annotated[str, Meta(description="The colour of a live event, if it has one.")] = ""
    labels: Sequence[str]


class EntryReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the calendar, whether it is on this page or not."""

    kind: EntryKind
    id: str
    name: str
    part: str = ""
    part_name: str = ""
    start_time_sec: TimeSec


class ConflictMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Two entries that decide about the same flags at the same time, perhaps for the same players.

    `overlap`: both give the flags values. `hidden_change`: a change of a flag is not seen by who
    has the flag from elsewhere. `switched_off`: the flag goes off, whoever has it from elsewhere.
    """

    kind: ConflictKind
    first: EntryReference
    second: EntryReference
    flags: Sequence[str]
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    wins: Annotated[EntryReference, Meta(description="What counts for players who are in both.")]
    reason: str


class CalendarMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what is on or planned in a span of time, the earliest first.

    The conflicts are those of entries of this page with any that come before them.
    """

    entries: list[EntryMessage]
    conflicts: list[ConflictMessage]
    more_conflicts: Annotated[
        bool, Meta(description="Whether this page has more conflicts than are told.")
    ]
    complete_until_time_sec: Annotated[
        str,
        Meta(
            description=(
                "There is more in the span than can be told: what starts from this time on is not "
                "all there; ask for it separately. 0 where nothing is missing."
            )
        ),
    ]
    page_options: PageOptions


def entry_message(entry: Entry, now_us: int) -> EntryMessage:
    """An entry, and where it stands."""
    plan = entry.plan
    return EntryMessage(
        kind=plan.kind,
        id=plan.id,
        name=plan.name,
        part=entry.part,
        part_name=entry.part_name,
        state=entry.state_at(now_us),
        start_time_sec=_seconds(entry.start_us),
        end_time_sec=_seconds(entry.end_us),
        audiences=list(plan.targeting.audiences),
        exclude_audiences=list(plan.targeting.exclude_audiences),
        flags=sorted(plan.flags),
        changes=entry.fields,
        color=plan.color,
        labels=plan.labels,
    )


def conflict_message(conflict: Conflict) -> ConflictMessage:
    """A conflict of two entries."""
    return ConflictMessage(
        kind=conflict.kind,
        first=_reference(conflict.first),
        second=_reference(conflict.second),
        flags=conflict.flags,
        start_time_sec=_seconds(conflict.start_us),
        end_time_sec=_seconds(conflict.end_us),
        wins=_reference(conflict.wins),
        reason=conflict.reason,
    )


def _reference(entry: Entry) -> EntryReference:
    return EntryReference(
        kind=entry.plan.kind,
        id=entry.plan.id,
        name=entry.plan.name,
        part=entry.part,
        part_name=entry.part_name,
        start_time_sec=_seconds(entry.start_us),
    )


def _seconds(time_us: int) -> str:
    return str(time_us // MICROSECONDS)
