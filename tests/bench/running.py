"""Experiments and live events that are on, for benchmarks to have beside their flags."""

from collections.abc import Mapping, Sequence

from matsuri.experiments.model import ExperimentDefinition, FlagValue, Phase, PhaseVariant
from matsuri.live_events.model import FlagOverride, LiveEventDefinition, Schedule

DAY_S = 86_400
DAYS = 30
PLACES_MAX = 10**6


def experiments(
    number: int, flags: Sequence[str], audiences: Sequence[str], now_s: int
) -> Mapping[str, ExperimentDefinition]:
    """Half against half, each of them on two flags; every third is for one audience."""
    found = {}
    for index in range(number):
        values = tuple(
            FlagValue(flag=flags[(2 * index + each) % len(flags)], value=f'{{"reward":{index}}}')
            for each in range(2)
        )
        phase = Phase(
            id=f"{index}/first",
            name="first",
            start_time_sec=now_s - DAY_S,
            end_time_sec=now_s + DAYS * DAY_S,
            variants=(
                PhaseVariant(name="control", weight_permille=500),
                PhaseVariant(name="test", weight_permille=500, flags=values),
            ),
        )
        found[f"experiment-{index:02}"] = ExperimentDefinition(
            launched=True,
            phases=(phase,),
            audiences=(audiences[index % len(audiences)],) if index % 3 == 0 else (),
        )
    return found


def live_events(
    number: int, flags: Sequence[str], audiences: Sequence[str], now_s: int, *, weekly: bool = False
) -> Mapping[str, LiveEventDefinition]:
    """Each on one flag and always on, run by run of a day; or of a week, one day after the other.

    Of five, one has a cap, two are for an audience and sticky, and one begins where players are.
    """
    found = {}
    for index in range(number):
        cron = f"0 0 * * {index % 7}" if weekly else "0 0 * * *"
        audience = (audiences[index % len(audiences)],)
        found[f"live-event-{index:03}"] = LiveEventDefinition(
            description="As long as a studio's descriptions are, which is about a line of text.",
            value='{"banner":"festival","points":100}',
            flags=(
                FlagOverride(
                    flag=flags[(index + len(flags) // 2) % len(flags)], value=f'{{"x":{index}}}'
                ),
            ),
            audiences=audience if index % 5 in {1, 2} else (),
            participants_max=PLACES_MAX if index % 5 == 0 else 0,
            schedule=Schedule(
                start_time_sec=now_s - DAYS * DAY_S,
                reset_cron=cron,
                duration_sec=DAY_S,
                player_local=index % 5 == 3,
            ),
        )
    return found
