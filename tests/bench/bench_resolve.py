"""How long it takes to resolve all flags of a player, who was never asked for before.

    .venv/bin/python -m tests.bench.bench_resolve [--flags 200] [--players 2000] [--rounds 5]

Every flag has three variants, each for one of 40 audiences: those that a server begins with, and
some that are like them. The ceiling is what cannot be left out: each audience decided once, and a
dictionary with the values of all flags. Beside the flags there are 20 experiments and 20 live
events that are on, for players who have no places in them yet, or all that they can have. Prints
Markdown; figures are medians of the rounds.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable

import msgspec

from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import Target
from matsuri.audiences.predefined import DEFAULT_AUDIENCES
from matsuri.definitions.model import Catalog, Definition
from matsuri.enrolments.model import Enrolment, Enrolments
from matsuri.experiments.kinds import ExperimentLimits, experiment_kinds
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.experiments.source import ExperimentCompiler
from matsuri.filters.compile import compile_filter
from matsuri.flags.compile import FlagSet, compile_flag
from matsuri.flags.model import FLAG_KIND, FlagDefinition, OverrideSource, Variant
from matsuri.flags.resolve import overrides, resolve
from matsuri.flags.trace import trace
from matsuri.live_events.kinds import LiveEventLimits, live_event_kind
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.live_events.source import LiveEventCompiler
from tests.bench.running import experiments, live_events

NOW_S = 1_700_000_000
NOW_US = NOW_S * 1_000_000
DAY_S = 86_400
AUDIENCES = 40
VARIANTS = 3
RUNNING = 20
LIKE_THEM = """\
PropertiesComputed("purchaseCompletedCount", 0) > {number}
  and Properties("countryCode", "") in ["DE", "FR", "US"]
  and PropertiesCustom("level", 0) >= {number}"""
TRACED_PLAYERS = 50


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flags", type=int, default=200)
    parser.add_argument("--players", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    chance = random.Random(1)
    audiences = make_audiences()
    targets = [make_target(chance, number) for number in range(options.players)]
    plain = make_flags(chance, options.flags, list(audiences.by_name), percent=100)
    partial = make_flags(chance, options.flags, list(audiences.by_name), percent=50)

    sources = make_sources(list(plain.by_name), list(audiences.by_name))
    enrolled = [with_places(each, audiences, plain, sources) for each in targets]

    def ceiling(player: Memberships) -> None:
        for name in audiences.by_name:
            player.in_audience(name)
        dict(plain.defaults)

    rows: list[tuple[str, Callable[[Memberships], object], list[Target]]] = [
        ("ceiling: every audience once, and a dictionary", ceiling, targets),
        ("when a decided audience may change next", changes, targets),
        ("`resolve`, variants for audiences", lambda p: resolve(plain, (), p), targets),
        ("`resolve`, each variant rolled out to 50 %", lambda p: resolve(partial, (), p), targets),
        ("the same with 20 + 20 on, no places", lambda p: resolve(plain, sources, p), targets),
        ("the same, with all places", lambda p: resolve(plain, sources, p), enrolled),
        ("`overrides`", lambda p: overrides(plain, (), p), targets),
        ("`trace`, with the reasons", lambda p: trace(plain, (), p), targets[:TRACED_PLAYERS]),
    ]
    print(f"{options.flags} flags with {VARIANTS} variants each, {AUDIENCES} audiences\n")
    print("| what | µs a player |")
    print("|---|---|")
    for what, ask, players in rows:
        rounds = [microseconds(ask, players, audiences) for _ in range(options.rounds)]
        print(f"| {what} | {statistics.median(rounds):,.0f} |")


def changes(player: Memberships) -> None:
    """What ``resolve`` has to find beside the values."""
    for name in DEFAULT_AUDIENCES:
        player.in_audience(name)
    player.changes_at_us()


def microseconds(
    ask: Callable[[Memberships], object], targets: list[Target], audiences: AudienceSet
) -> float:
    """How long ``ask`` takes for each player, with what makes a player of a target."""
    begun = time.perf_counter()
    for target in targets:
        ask(Memberships(audiences, target, NOW_US))
    return (time.perf_counter() - begun) / len(targets) * 1e6


def make_audiences() -> AudienceSet:
    """The default audiences, and some more."""
    texts = {name: body.filter for name, body in DEFAULT_AUDIENCES.items()}
    for number in range(AUDIENCES - len(texts)):
        texts[f"audience-{number}"] = LIKE_THEM.format(number=number)
    return AudienceSet(
        {name: Audience(name, name, compile_filter(text)) for name, text in texts.items()}
    )


def make_target(chance: random.Random, number: int) -> Target:
    """A player of some days, who may have bought something."""
    purchases = chance.choice([0, 0, 0, 1, 5, 20])
    computed = {
        "sessionStartCount": str(chance.randrange(1, 50)),
        "sessionStartSeenLast": str(NOW_S - chance.randrange(20 * DAY_S)),
    }
    if purchases:
        computed |= {
            "purchaseCompletedCount": str(purchases),
            "purchaseCompletedSeenLast": str(NOW_S - chance.randrange(40 * DAY_S)),
            "purchaseCompletedValueSum": str(purchases * 499),
        }
    return Target(
        identity_id=f"player-{number:06}",
        sample_key=f"player-{number:06}",
        created_s=NOW_S - chance.randrange(30 * DAY_S),
        updated_s=NOW_S - chance.randrange(DAY_S),
        default={"countryCode": chance.choice(["DE", "FR", "US", "JP", "BR"])},
        custom={"level": str(chance.randrange(40))},
        computed=computed,
    )


def make_sources(flags: list[str], audiences: list[str]) -> list[OverrideSource]:
    """Experiments and live events that are on."""
    kinds = [*experiment_kinds(ExperimentLimits()), live_event_kind(LiveEventLimits())]
    bodies = {
        EXPERIMENT_KIND: experiments(RUNNING, flags, audiences, NOW_S),
        LIVE_EVENT_KIND: live_events(RUNNING, flags, audiences, NOW_S),
    }
    catalog = Catalog(
        {kind.name: kind for kind in kinds},
        [
            Definition(id=name, kind=kind, name=name, body=body)
            for kind, every in bodies.items()
            for name, body in every.items()
        ],
    )
    return [ExperimentCompiler()(catalog), LiveEventCompiler()(catalog)]


def with_places(
    target: Target, audiences: AudienceSet, flags: FlagSet, sources: list[OverrideSource]
) -> Target:
    """A player who has been given every place that comes with the flags."""
    experience = resolve(flags, sources, Memberships(audiences, target, NOW_US))
    held = {
        each.part: Enrolment(
            part=each.part, enrolled_us=NOW_US, variant=each.variant, time_zone=each.time_zone
        )
        for each in experience.admissions
    }
    return msgspec.structs.replace(target, enrolments=Enrolments(held))


def make_flags(chance: random.Random, flags: int, audiences: list[str], *, percent: int) -> FlagSet:
    """Flags with variants for audiences taken at random."""
    made = {}
    for number in range(flags):
        name = f"flag-{number:03}"
        variants = tuple(
            Variant(name=each, value=each, audiences=(each,), rollout_percent=percent)
            for each in chance.sample(audiences, VARIANTS)
        )
        body = FlagDefinition(value="default", variants=variants)
        made[name] = compile_flag(Definition(id=name, kind=FLAG_KIND, name=name, body=body))
    return FlagSet(made)


if __name__ == "__main__":
    main()
