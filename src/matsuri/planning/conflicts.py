"""Where entries of a calendar decide about the same flag for the same players. Pure.

Of two that are on at the same time, the one that goes before the other by precedence wins: an
experiment before a live event, and of two of the same kind the one that was defined last. A change
of a flag is hidden from whoever has the flag from elsewhere then, unless it switches the flag off:
then nobody has it from elsewhere any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from matsuri.audiences.overlap import may_intersect
from matsuri.flags.compile import CompiledFlag
from matsuri.planning.calendar import Entry, EntryKind, Plan

_LEVELS = {EntryKind.EXPERIMENT: 2, EntryKind.LIVE_EVENT: 1, EntryKind.FLAG_CHANGE: 0}


class ConflictKind(StrEnum):
    """What becomes of the one that does not win."""

    OVERLAP = "overlap"
    HIDDEN_CHANGE = "hidden_change"
    SWITCHED_OFF = "switched_off"


EXPERIMENTS_FIRST = "an experiment goes before a live event"
NEWEST_FIRST = "both are of the same kind, and the one that was defined last goes before the other"
OVERRIDE_FIRST = (
    "whoever has the flag from elsewhere does not see what changes of it, as long as that lasts"
)
FLAG_OFF = "a flag that is off has its own value for everybody"


class Conflict(NamedTuple):
    """Two entries that decide about ``flags``, from ``start_us`` to before ``end_us``.

    ``first`` is the one that comes first in the calendar; for players who are in both, ``wins``
    counts, for that ``reason``.
    """

    kind: ConflictKind
    first: Entry
    second: Entry
    flags: tuple[str, ...]
    start_us: int
    end_us: int
    wins: Entry
    reason: str


class Conflicts:
    """Finds the conflicts between entries; ``flags`` are all flags by name."""

    def __init__(self, flags: Mapping[str, CompiledFlag]) -> None:
        self._flags = flags
        # With the plans themselves, so that nothing else gets their ids.
        self._shared: dict[tuple[int, int], tuple[Plan, Plan, tuple[str, ...]]] = {}

    def between(self, one: Entry, other: Entry) -> Conflict | None:
        """The conflict of two entries, in whatever order they are given."""
        first, second = sorted((one, other), key=lambda each: each.place)
        start_us = second.start_us
        if first.until_us <= start_us:
            return None
        changes = [each for each in (first, second) if each.plan.kind is EntryKind.FLAG_CHANGE]
        flags = self._shared_flags(first.plan, second.plan)
        if not flags or len(changes) > 1:
            return None
        if changes:
            return self._of_change(changes[0], first, second)
        end_us = min(first.until_us, second.until_us)
        flags = tuple(each for each in flags if self._is_ever_on(each, start_us, end_us))
        if not flags:
            return None
        reason = NEWEST_FIRST if first.plan.kind is second.plan.kind else EXPERIMENTS_FIRST
        wins = max(first, second, key=_rank)
        return Conflict(ConflictKind.OVERLAP, first, second, flags, start_us, end_us, wins, reason)

    def among(self, entries: Iterable[Entry]) -> Iterator[Conflict]:
        """All conflicts between entries, which come in the order of a calendar.

        They come in the order of their second entries.
        """
        on: dict[str, list[Entry]] = {}
        for entry in entries:
            met: dict[tuple[int, str, str, str], Entry] = {}
            for flag in entry.plan.flags:
                still = [each for each in on.get(flag, ()) if each.until_us > entry.start_us]
                met.update((each.place, each) for each in still)
                on[flag] = [*still, entry]
            for place in sorted(met):
                conflict = self.between(met[place], entry)
                if conflict is not None:
                    yield conflict

    def _of_change(self, change: Entry, first: Entry, second: Entry) -> Conflict | None:
        override = second if change is first else first
        flag = change.plan.name
        at_us = change.start_us
        if self._is_on(flag, at_us):
            kind, wins, reason = ConflictKind.HIDDEN_CHANGE, override, OVERRIDE_FIRST
        elif self._is_on(flag, at_us - 1):
            kind, wins, reason = ConflictKind.SWITCHED_OFF, change, FLAG_OFF
        else:
            return None
        return Conflict(kind, first, second, (flag,), at_us, override.end_us, wins, reason)

    def _shared_flags(self, one: Plan, other: Plan) -> tuple[str, ...]:
        key = (id(one), id(other))
        known = self._shared.get(key)
        if known is None:
            known = self._shared[key] = (one, other, tuple(_shared_flags(one, other)))
        return known[2]

    def _is_on(self, flag: str, at_us: int) -> bool:
        return flag in self._flags and self._flags[flag].state_at(at_us).enabled

    def _is_ever_on(self, flag: str, start_us: int, end_us: int) -> bool:
        if flag not in self._flags:
            return False
        changes = (state.since_us for state in self._flags[flag].states)
        times = [start_us, *(each for each in changes if start_us < each < end_us)]
        return any(self._is_on(flag, each) for each in times)


def _shared_flags(one: Plan, other: Plan) -> Iterator[str]:
    if one.id == other.id or (one.group and one.group == other.group):
        return
    for flag in sorted(one.flags.keys() & other.flags.keys()):
        if may_intersect(one.targeting, one.flags[flag], other.targeting, other.flags[flag]):
            yield flag


def _rank(entry: Entry) -> tuple[int, int, str]:
    return (_LEVELS[entry.plan.kind], entry.plan.defined_us, entry.plan.name)
