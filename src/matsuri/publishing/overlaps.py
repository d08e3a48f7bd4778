"""Where a change set would have several things decide about the same flag. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from matsuri.definitions.model import Catalog
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.flags.model import FLAG_KIND
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.planning.calendar import calendar
from matsuri.planning.conflicts import Conflict, Conflicts
from matsuri.planning.worlds import World

Source = tuple[str, str, str]


class SharedFlag(NamedTuple):
    """A flag that several experiments and live events give values: their kinds, ids and names."""

    flag: str
    sources: Sequence[Source]


class Span(NamedTuple):
    """A span of time in which to look, in microseconds, and how many entries of it at most."""

    start_us: int
    end_us: int
    entries_max: int


def new_conflicts(before: World, after: World, span: Span) -> list[Conflict]:
    """The conflicts of the calendar that there would be and are not there yet."""
    known = {_place(each) for each in _conflicts(before, span)}
    return [each for each in _conflicts(after, span) if _place(each) not in known]


def newly_shared(before: Catalog, after: Catalog, flags: Collection[str]) -> Iterator[SharedFlag]:
    """Of these flags, those that more would give values than now, and not only one."""
    for flag in sorted(flags):
        sources = list(_sources(after, flag))
        if len(sources) > 1 and not set(sources) <= set(_sources(before, flag)):
            yield SharedFlag(flag, sources)


def _conflicts(world: World, span: Span) -> Iterator[Conflict]:
    found = calendar(world, span.start_us, span.end_us, entries_max=span.entries_max)
    return Conflicts(world.flags.by_name).among(found.entries)


def _place(conflict: Conflict) -> tuple[object, ...]:
    """What tells a conflict from others, whatever its entries are called."""
    return (
        conflict.kind,
        conflict.flags,
        *(
            (each.plan.kind, each.plan.id, each.part, each.start_us)
            for each in (conflict.first, conflict.second)
        ),
    )


def _sources(catalog: Catalog, flag: str) -> Iterator[Source]:
    found = {(user.kind, user.name) for user in catalog.users_of(FLAG_KIND, flag)}
    for kind, name in sorted(found):
        definition = catalog.find(kind, name)
        if definition is None or kind not in {EXPERIMENT_KIND, LIVE_EVENT_KIND}:
            continue
        body = definition.body
        is_on = body.launched if kind == EXPERIMENT_KIND else not body.draft
        if is_on and not body.archived:
            yield kind, definition.id, name
