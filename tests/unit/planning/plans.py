"""Small worlds of what is on and planned."""

from collections.abc import Sequence

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.bootstrap.kinds import definition_kinds
from matsuri.config import Settings
from matsuri.definitions.model import Catalog, Definition
from matsuri.experiments.model import (
    EXPERIMENT_KIND,
    ExperimentDefinition,
    FlagValue,
    Phase,
    PhaseVariant,
)
from matsuri.filters.limits import DEFAULT_LIMITS
from matsuri.flags.model import FLAG_KIND, FlagDefinition, ScheduledChange
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition
from matsuri.planning.worlds import World, compile_world

KINDS = {kind.name: kind for kind in definition_kinds(Settings())}
NOW_S = 1_700_000_000  # Tuesday 2023-11-14 22:13:20 UTC
NOW_US = NOW_S * MICROSECONDS
HOUR_S = 3600
DAY_S = 86_400


def world(*definitions: Definition[object]) -> World:
    return compile_world(
        Catalog(KINDS, definitions), limits=DEFAULT_LIMITS, ready=lambda _window: True
    )


def flag(name: str, *schedule: ScheduledChange, enabled: bool = True) -> Definition[object]:
    body = FlagDefinition(value="usual", enabled=enabled, schedule=schedule)
    return Definition(id=f"id of {name}", kind=FLAG_KIND, name=name, body=body)


def audience(name: str) -> Definition[object]:
    body = AudienceDefinition(filter="true")
    return Definition(id=f"id of {name}", kind=AUDIENCE_KIND, name=name, body=body)


def phase(name: str, start_s: int, end_s: int, *flags: str, **fields: object) -> Phase:
    return Phase(
        id=f"id of {name}",
        name=name,
        start_time_sec=start_s,
        end_time_sec=end_s,
        variants=(
            PhaseVariant(
                name="only",
                weight_permille=1000,
                flags=tuple(FlagValue(flag=each, value=name) for each in flags),
            ),
        ),
        **fields,  # type: ignore[arg-type] # its fields
    )


def experiment(
    name: str, phases: Sequence[Phase], *, created_us: int = 0, **fields: object
) -> Definition[object]:
    given = {"launched": True, **fields}
    body = ExperimentDefinition(phases=tuple(phases), **given)  # type: ignore[arg-type] # its fields
    return Definition(
        id=f"id of {name}", kind=EXPERIMENT_KIND, name=name, body=body, created_us=created_us
    )


def live_event(name: str, *, created_us: int = 0, **fields: object) -> Definition[object]:
    body = LiveEventDefinition(**fields)  # type: ignore[arg-type] # its fields
    return Definition(
        id=f"id of {name}", kind=LIVE_EVENT_KIND, name=name, body=body, created_us=created_us
    )
