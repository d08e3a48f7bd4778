"""What to keep, and what not any longer, given the windows that filters need. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from matsuri.identities.series import DAY_S, Backfill, KeptSeries, Series, SeriesKind
from matsuri.kit.clock import MICROSECONDS


class Reach(NamedTuple):
    """A series that has to reach further back than it does; ``kept`` is ``None`` for a new one."""

    series: Series
    reach_s: int
    kept: KeptSeries | None = None


class SeriesChanges(msgspec.Struct, frozen=True):
    """What is to be done: series that need history, and others as they are to be from now on."""

    reach: list[Reach] = []
    save: list[KeptSeries] = []

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.reach or self.save)


def series_changes(
    kept: Sequence[KeptSeries],
    backfills: Collection[Backfill],
    wanted: Mapping[Series, int],
    *,
    now_us: int,
    grace_us: int,
) -> SeriesChanges:
    """What to do so that every series in ``wanted`` reaches back as far as it says.

    What is kept beyond that goes after ``grace_us``, so that a filter that is edited back and
    forth is not backfilled again. A backfill under way ends before the next one begins.
    """
    stored = {each.series: each for each in kept if not each.removing}
    current = {series: _as_complete(each, now_us=now_us) for series, each in stored.items()}
    filling = {each.series_id for each in backfills}
    reach = []
    for series, reach_s in wanted.items():
        known = current.get(series)
        if known is None:
            reach.append(Reach(series, reach_s))
        elif known.ready_s < reach_s and known.id not in filling:
            reach.append(Reach(series, reach_s, known))
    save = []
    for each in current.values():
        after = _less(each, wanted.get(each.series, 0), now_us=now_us, grace_us=grace_us)
        if after != stored[each.series] and (after.kept_s == each.kept_s or each.id not in filling):
            save.append(after)
    return SeriesChanges(reach, save)


def _as_complete(kept: KeptSeries, *, now_us: int) -> KeptSeries:
    """``kept``, ready for nothing if days are gone that its windows reach.

    They went while the clock was ahead.
    """
    if (
        kept.series.kind is SeriesKind.COUNTED
        and kept.ready_s
        and kept.kept_from_day > first_day(kept.ready_s, now_us=now_us)
    ):
        return msgspec.structs.replace(kept, ready_s=0)
    return kept


def _less(kept: KeptSeries, reach_s: int, *, now_us: int, grace_us: int) -> KeptSeries:
    """``kept`` as it is to be if filters need no more than ``reach_s`` of it."""
    if reach_s >= kept.kept_s:
        return msgspec.structs.replace(kept, surplus_since_us=None)
    if kept.surplus_since_us is None:
        return msgspec.structs.replace(kept, surplus_since_us=now_us)
    if now_us - kept.surplus_since_us < grace_us:
        return kept
    if not reach_s:
        return msgspec.structs.replace(kept, removing=True)
    ready_s = min(kept.ready_s, reach_s)
    return msgspec.structs.replace(kept, kept_s=reach_s, ready_s=ready_s, surplus_since_us=None)


def first_day(reach_s: int, *, now_us: int) -> int:
    """The first UTC day with anything that a window of ``reach_s`` can still have in it."""
    return (now_us // MICROSECONDS - reach_s) // DAY_S
