"""All that decides what players get, made of one catalog. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from matsuri.audiences.kinds import AudienceCompiler
from matsuri.audiences.membership import AudienceSet
from matsuri.definitions.model import Catalog
from matsuri.experiments.source import ExperimentCompiler, ExperimentSet
from matsuri.filters.facts import Window
from matsuri.filters.limits import FilterLimits
from matsuri.flags.compile import FlagCompiler, FlagSet
from matsuri.flags.model import OverrideSource
from matsuri.live_events.source import LiveEventCompiler, LiveEventSet


class World(NamedTuple):
    """What decides."""

    catalog: Catalog
    flags: FlagSet
    audiences: AudienceSet
    experiments: ExperimentSet
    live_events: LiveEventSet

    @property
    def sources(self) -> tuple[OverrideSource, ...]:
        """What overrides flags."""
        return (self.experiments, self.live_events)


def compile_world(
    catalog: Catalog, *, limits: FilterLimits, ready: Callable[[Window], bool]
) -> World:
    """What decides by ``catalog``, made anew; ``ready`` tells which windows have answers."""
    return World(
        catalog,
        FlagCompiler()(catalog),
        AudienceCompiler(limits, ready=ready)(catalog),
        ExperimentCompiler()(catalog),
        LiveEventCompiler()(catalog),
    )


def awaiting(world: World) -> list[str]:
    """The audiences whose newest filter asks about events that have no answers now."""
    return [each.name for each in world.audiences.by_name.values() if each.awaited]
