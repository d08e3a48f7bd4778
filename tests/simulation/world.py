"""What the studio of the simulated month declares, and what it changes as the month goes on.

Every definition goes through the same checks as in the console. Each experiment gives a flag of its
own name to all of its variants, so that whoever takes part is seen to.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.bootstrap.kinds import definition_kinds
from matsuri.config import Settings
from matsuri.definitions.changes import Change, Creation, Update, changed_catalog
from matsuri.definitions.model import Catalog, Edit, catalog_of
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    PERMILLE_ALL,
    ExclusionGroup,
    ExperimentDefinition,
    FlagValue,
    HoldoutGroup,
    Phase,
    PhaseVariant,
    SplitKey,
)
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.ids import derived_id
from matsuri.live_events.model import (
    LIVE_EVENT_KIND,
    FlagOverride,
    LiveEventDefinition,
    Schedule,
)
from tests.simulation.population import DAY_S, END_S, HOUR_S, START_S

MADE_S = START_S - DAY_S
HOLDOUT_PERMILLE = 100
CAP_RAISED_DAY, BORDER_DAY, LOCK_DAY, END_DAY, CUP_MOVED_DAY = 12, 18, 20, 22, 17
DEADLINE_DAY = 10
BORDER, BORDER_MOVED = 700, 600

AUDIENCES: Mapping[str, str] = {
    "newcomers": 'Now() - createTime < Duration("7d")',
    "spenders": 'PropertiesComputed("purchaseCompletedCount", 0) > 0',
    "high-spenders": 'PropertiesComputed("purchaseCompletedValueSum", 0) >= 2000',
    "japan": 'Properties("countryCode", "") == "JP"',
    "advanced": 'PropertiesCustom("level", 0) >= 3',
    "evening": "LocalHour() >= 18 and LocalHour() < 22",
    "testers": 'PropertiesCustom("tester", "") == "yes"',
}
HALVES = {"control": 500, "test": 500}


class Caps(NamedTuple):
    """How many may take part: in experiments, in each cup and in each rush."""

    capped: int = 5_000
    capped_later: int = 8_000
    roomy: int = 60_000
    cup: int = 250
    rush: int = 3_000


class Edition(NamedTuple):
    """All definitions from a time on, seconds since the epoch."""

    from_s: int
    catalog: Catalog


def day(number: float) -> int:
    """The start of a day of the month, the first being 0; seconds since the epoch."""
    return START_S + round(number * DAY_S)


def phase(name: str, weights: Mapping[str, int], *, flag: str, **fields: Any) -> Phase:
    """A phase of the whole month unless ``fields`` say otherwise."""
    times = {"start_time_sec": START_S, "end_time_sec": END_S}
    variants = tuple(
        PhaseVariant(
            name=each, weight_permille=weight, flags=(FlagValue(flag=flag, value=f"{name}/{each}"),)
        )
        for each, weight in weights.items()
    )
    return Phase(name=name, variants=variants, **{**times, **fields})


def experiment(name: str, *phases: Phase, **fields: Any) -> Creation:
    """An experiment that is launched; 50/50 for all where there are no phases."""
    body = ExperimentDefinition(
        phases=phases or (phase("only", HALVES, flag=name),), launched=True, **fields
    )
    return creation(EXPERIMENT_KIND, name, body)


def creation(kind: str, name: str, body: object) -> Creation:
    return Creation(kind, name, body, derived_id(f"simulation.{kind}", name))


def experiments(caps: Caps) -> list[Creation]:
    """Those of the month."""
    return [
        experiment("halves"),
        experiment(
            "uneven", phase("only", {"control": 700, "small": 200, "tiny": 100}, flag="uneven")
        ),
        *(experiment(name) for name in ("same-one", "same-two", "same-three")),
        *_with_phases(),
        *_limited(caps),
        *_in_groups(),
        experiment("for-newcomers", audiences=("newcomers",)),
        experiment("for-spenders", audiences=("spenders",), exclude_audiences=("high-spenders",)),
        experiment("in-the-evening", audiences=("evening",)),
    ]


def _with_phases() -> list[Creation]:
    split = {"control": 800, "test": 200}
    thirds = {"control": 334, "test": 333, "other": 333}
    return [
        experiment(
            "carried",
            phase("qa", HALVES, flag="carried", end_time_sec=day(2), audiences=("testers",)),
            phase("first", HALVES, flag="carried", start_time_sec=day(2), end_time_sec=day(15)),
            phase("second", split, flag="carried", start_time_sec=day(15)),
        ),
        experiment(
            "drawn-anew",
            phase("first", HALVES, flag="drawn-anew", end_time_sec=day(14)),
            phase(
                "second",
                thirds,
                flag="drawn-anew",
                start_time_sec=day(16),
                split_key=SplitKey.PHASE,
            ),
        ),
    ]


def _limited(caps: Caps) -> list[Creation]:
    return [
        experiment("capped", phase("only", HALVES, flag="capped", participants_max=caps.capped)),
        experiment(
            "roomy",
            phase("only", HALVES, flag="roomy", participants_max=caps.roomy),
            audiences=("japan",),
        ),
        experiment(
            "until-deadline",
            phase(
                "only",
                HALVES,
                flag="until-deadline",
                admission_deadline_time_sec=day(DEADLINE_DAY),
            ),
        ),
        experiment("locked-later"),
        experiment("ended-early"),
    ]


def _in_groups() -> list[Creation]:
    def in_layer(name: str, first: int, last: int, **times: int) -> Creation:
        return experiment(
            name,
            phase("only", HALVES, flag=name, **times),
            exclusion_group="layer",
            exclusion_from_permille=first,
            exclusion_to_permille=last,
        )

    return [
        creation(EXCLUSION_GROUP_KIND, "layer", ExclusionGroup()),
        creation(HOLDOUT_GROUP_KIND, "untouched", HoldoutGroup(holdout_permille=HOLDOUT_PERMILLE)),
        in_layer("layer-a", 0, 400, end_time_sec=day(15)),
        in_layer("layer-a-next", 0, 400, start_time_sec=day(15)),
        in_layer("layer-b", 400, BORDER),
        in_layer("layer-c", BORDER, PERMILLE_ALL),
        experiment("held-one", holdout_group="untouched"),
        experiment("held-two", holdout_group="untouched", audiences=("advanced",)),
    ]


def live_events(caps: Caps) -> list[Creation]:
    """Those of the month: a cup of two days every week, evenings where the player is, and more."""
    weekly = Schedule(start_time_sec=MADE_S, reset_cron="0 18 * * FRI", duration_sec=48 * HOUR_S)
    evenings = Schedule(
        start_time_sec=MADE_S, reset_cron="0 18 * * *", duration_sec=3 * HOUR_S, player_local=True
    )
    ten_days = Schedule(start_time_sec=day(5), end_time_sec=day(15))
    rush = Schedule(start_time_sec=MADE_S, reset_cron="0 0 */3 * *", duration_sec=DAY_S)
    welcome = {"audiences": ("newcomers",), "schedule": ten_days}

    def live_event(name: str, *flags: str, **fields: Any) -> Creation:
        given = tuple(FlagOverride(flag=each, value=f"{name}!") for each in flags)
        return creation(LIVE_EVENT_KIND, name, LiveEventDefinition(flags=given, **fields))

    return [
        live_event("cup", "cup", schedule=weekly, explicit_join=True, participants_max=caps.cup),
        live_event("evenings", "evenings", schedule=evenings),
        live_event("stays", "stays", sticky_membership=True, **welcome),
        live_event("goes", "goes", sticky_membership=False, **welcome),
        live_event("rush", "rush", "halves", "promo", schedule=rush, participants_max=caps.rush),
        live_event("everybody", "everybody", "promo", schedule=weekly),
    ]


def flags(declared: Sequence[Creation]) -> list[Creation]:
    """One for each experiment and live event, with its name."""
    names = [each.name for each in declared if each.kind in {EXPERIMENT_KIND, LIVE_EVENT_KIND}]
    return [creation(FLAG_KIND, name, FlagDefinition(value="default")) for name in names]


def changes(caps: Caps) -> list[tuple[int, Change]]:
    """What the studio changes of it during the month, and when."""

    def phases(name: str, **fields: Any) -> Update:
        return Update(
            EXPERIMENT_KIND,
            name,
            lambda body: {"phases": (msgspec.structs.replace(body.phases[0], **fields),)},
        )

    def moved(body: LiveEventDefinition) -> Mapping[str, Any]:
        saturdays = msgspec.structs.replace(body.schedule, reset_cron="0 12 * * SAT")
        return {"schedule": saturdays}

    return [
        (day(CAP_RAISED_DAY), phases("capped", participants_max=caps.capped_later)),
        (day(CUP_MOVED_DAY), Update(LIVE_EVENT_KIND, "cup", moved)),
        # The one gives places up before the other takes them; who has one in the first keeps it.
        (
            day(BORDER_DAY),
            Update(EXPERIMENT_KIND, "layer-b", {"exclusion_to_permille": BORDER_MOVED}),
        ),
        (
            day(BORDER_DAY) + 1,
            Update(EXPERIMENT_KIND, "layer-c", {"exclusion_from_permille": BORDER_MOVED}),
        ),
        (day(LOCK_DAY), phases("locked-later", locked=True)),
        (day(END_DAY), phases("ended-early", ended_time_sec=day(END_DAY))),
    ]


def nothing_declared() -> Catalog:
    """What a server of the simulation has before anything is declared."""
    kinds = definition_kinds(Settings(accept_undeclared=True))
    return catalog_of({kind.name: kind for kind in kinds}, [], version=0)


def editions(caps: Caps) -> list[Edition]:
    """The definitions from the beginning on, and after each change."""
    audiences = [
        creation(AUDIENCE_KIND, name, AudienceDefinition(filter=text))
        for name, text in AUDIENCES.items()
    ]
    declared = [*experiments(caps), *live_events(caps)]
    groups = [each for each in declared if each.kind in {EXCLUSION_GROUP_KIND, HOLDOUT_GROUP_KIND}]
    others = [each for each in declared if each not in groups]
    promo = FlagDefinition(
        value="none", variants=(Variant(name="jp", value="sakura", audiences=("japan",)),)
    )
    catalog = nothing_declared()
    found = []
    first = [
        *audiences,
        creation(FLAG_KIND, "promo", promo),
        *flags(declared),
        *groups,
        *others,
    ]
    for at_s, change in [*((MADE_S, each) for each in first), *changes(caps)]:
        edit = Edit(at_s * MICROSECONDS, "simulation", "as planned", forced=True)
        catalog = changed_catalog(catalog, [change], edit, definitions_max=1000)
        found.append(Edition(at_s, catalog))
    return found[len(first) - 1 :]
