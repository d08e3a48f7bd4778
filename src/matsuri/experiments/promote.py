"""A variant becomes what flags have for everybody, or for an audience. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from matsuri.definitions.changes import Update
from matsuri.definitions.model import Definition
from matsuri.errors import FailedPrecondition, NotFound, invalid_field
from matsuri.experiments.lifecycle import end_time_sec, state
from matsuri.experiments.model import ExperimentDefinition, FlagValue, Phase, PhaseVariant, State
from matsuri.experiments.overlaps import LaunchedPhases, targeting
from matsuri.flags.compile import settled
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.kit.clock import MICROSECONDS

Experiment = Definition[ExperimentDefinition]


class AsVariant(NamedTuple):
    """The variant that flags are to have, before all others; for the phase's audiences if none."""

    name: str
    audiences: tuple[str, ...] = ()


class Promotion(NamedTuple):
    """What is promoted: of which variant the values of which flags, and to what.

    They become the flags' own values unless they are to be ``as_variant``.
    """

    experiment: Experiment
    phase: Phase
    variant: PhaseVariant
    values: tuple[FlagValue, ...]
    as_variant: AsVariant | None = None


def promotion(
    experiment: Experiment,
    phase: Phase,
    variant_name: str,
    flags: Sequence[str] | None = None,
    as_variant: AsVariant | None = None,
) -> Promotion:
    """The promotion of a variant, with all of its flags or only those that are named.

    Raises ``NotFound`` for a variant that the phase has not, ``InvalidArgument`` for no flags, for
    a flag that the variant gives no value, and for a flag's variant without audiences, and
    ``FailedPrecondition`` for a draft and a variant without flags.
    """
    if not experiment.body.launched:
        problem = "a draft has no variant that anybody had"
        raise FailedPrecondition(problem, details=[{"field": "launched", "problem": problem}])
    variant = next((each for each in phase.variants if each.name == variant_name), None)
    if variant is None:
        raise NotFound(f"There is no variant {variant_name[:128]!r} of this phase")
    if not variant.flags:
        problem = f"variant {variant.name!r} gives no flag a value"
        raise FailedPrecondition(problem, details=[{"field": "variant", "problem": problem}])
    values = _values(variant, flags)
    if as_variant is not None and not as_variant.audiences:
        audiences = tuple(targeting(experiment.body, phase).audiences)
        if not audiences:
            raise invalid_field(
                "as_variant.audiences", "is missing", "audiences: the phase is for everybody"
            )
        as_variant = as_variant._replace(audiences=audiences)
    return Promotion(experiment, phase, variant, values, as_variant)


def _values(variant: PhaseVariant, flags: Sequence[str] | None) -> tuple[FlagValue, ...]:
    by_flag = {each.flag: each for each in variant.flags}
    if flags is None:
        return variant.flags
    if not flags:
        raise invalid_field("flags", "is empty", ", ".join(by_flag))
    for index, flag in enumerate(flags):
        if flag not in by_flag:
            raise invalid_field(
                f"flags[{index}]", "is not given a value by the variant", ", ".join(by_flag)
            )
    return tuple(by_flag[each] for each in dict.fromkeys(flags))


def flag_updates(promoted: Promotion, now_us: int) -> list[Update]:
    """One change for each flag."""
    return [
        Update(FLAG_KIND, each.flag, _flag_change(each.value, promoted.as_variant, now_us))
        for each in promoted.values
    ]


def _flag_change(
    value: str, as_variant: AsVariant | None, now_us: int
) -> Callable[[FlagDefinition], Mapping[str, Any]]:
    """What makes the fields of a flag, as it is by then, with the value in its place."""

    def changes(body: FlagDefinition) -> Mapping[str, Any]:
        body = settled(body, now_us)
        if as_variant is None:
            return {**msgspec.structs.asdict(body), "value": value}
        made = Variant(name=as_variant.name, value=value, audiences=as_variant.audiences)
        others = [each for each in body.variants if each.name != made.name]
        return {**msgspec.structs.asdict(body), "variants": (made, *others)}

    return changes


def what_follows(
    promoted: Promotion,
    experiment: Experiment,
    flags: Collection[Definition[FlagDefinition]],
    others: LaunchedPhases,
    now_us: int,
) -> list[str]:
    """What still stands between players and the promoted values, in words.

    ``experiment`` and ``flags`` are as they are after it.
    """
    told = [_of_experiment(experiment, now_us // MICROSECONDS)]
    for flag in flags:
        told += _of_flag(promoted, flag, others, now_us // MICROSECONDS)
    return told


def _of_experiment(experiment: Experiment, now_s: int) -> str:
    now = state(experiment.body, now_s)
    if now is State.RUNNING:
        return (
            f"Experiment {experiment.name!r} is still running: its participants keep their "
            "variants, for experiments go before flags, and it goes on admitting players"
        )
    if now is State.SCHEDULED:
        return (
            f"Experiment {experiment.name!r} has phases to come: their participants will have "
            "their variants, for experiments go before flags"
        )
    return f"Experiment {experiment.name!r} is {now.value}: it changes no flag any more"


def _of_flag(
    promoted: Promotion,
    flag: Definition[FlagDefinition],
    others: LaunchedPhases,
    now_s: int,
) -> Iterator[str]:
    body = flag.body
    if not body.enabled:
        told = "is off: everybody has its own value"
        if promoted.as_variant is not None:
            told += ", and nobody the variant"
        yield f"Flag {flag.name!r} {told}"
    elif promoted.as_variant is None and body.variants:
        names = ", ".join(repr(each.name) for each in body.variants)
        yield f"Flag {flag.name!r}: players of its variants keep those values: {names}"
    for change in body.schedule:
        again = change.value if promoted.as_variant is None else change.variants
        if again is not None:
            yield f"Flag {flag.name!r}: a change at {change.at_time_sec} is to set it again"
            break
    running = {
        each.experiment.name
        for each in others.users_of(flag.name)
        if each.experiment.id != promoted.experiment.id and end_time_sec(each.phase) > now_s
    }
    for name in sorted(running):
        yield f"Flag {flag.name!r}: experiment {name!r} gives it values, too, which go before"
