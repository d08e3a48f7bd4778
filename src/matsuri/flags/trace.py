"""Why flags come to what they do for a player: every candidate with its reasons. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache

import msgspec

from matsuri.audiences.membership import Memberships, MembershipTrace
from matsuri.flags.compile import CompiledFlag, CompiledVariant, FlagSet, FlagState
from matsuri.flags.model import Candidate, FlagTrace, OverrideSource
from matsuri.flags.resolve import applies, chosen, place, rank
from matsuri.kit.bucketing import BUCKETS

Why = Callable[[str], MembershipTrace]

FLAG_OFF = "the flag is off"
NOT_IN_AUDIENCES = "the player is in none of the audiences"
NOT_IN_ROLLOUT = "the player's place is behind the rollout"


def trace(
    flags: FlagSet,
    sources: Sequence[OverrideSource],
    player: Memberships,
    names: Collection[str] | None = None,
) -> Mapping[str, FlagTrace]:
    """Why, for the flags of these names or all of them; see ``resolve`` for the rules."""
    given: dict[str, list[Candidate]] = {}
    for source in sources:
        for name, found in source.candidates(player).items():
            given.setdefault(name, []).extend(found)
    # To explain a filter takes many times as long as to evaluate it.
    why = cache(player.why)
    return {
        flag.name: _trace(flag, given.get(flag.name, ()), player, why)
        for flag in chosen(flags, names)
    }


def _trace(
    flag: CompiledFlag, given: Iterable[Candidate], player: Memberships, why: Why
) -> FlagTrace:
    state = flag.state_at(player.now_us)
    every = [
        Candidate(override=state.default.override, applies=True),
        *(_variant(flag, state, each, player, why) for each in reversed(state.variants)),
        *(each if state.enabled else _switched_off(each) for each in given),
    ]
    # As in ``resolve``: by precedence, and those that it does not tell apart as they came.
    every.sort(key=lambda each: rank(each.override))
    every.reverse()
    first = next(index for index, each in enumerate(every) if each.applies)
    every[first] = msgspec.structs.replace(every[first], wins=True)
    return FlagTrace(
        flag=flag.name,
        enabled=state.enabled,
        winner=every[first].override,
        candidates=tuple(every),
        changed_us=state.since_us,
        changes_at_us=flag.next_change_us(player.now_us) or 0,
    )


def _variant(
    flag: CompiledFlag,
    state: FlagState,
    variant: CompiledVariant,
    player: Memberships,
    why: Why,
) -> Candidate:
    has = applies(flag, variant, player)
    audiences = tuple(why(name) for name in variant.audiences)
    problem = ""
    if not state.enabled:
        problem = FLAG_OFF
    elif audiences and not any(each.member for each in audiences):
        problem = NOT_IN_AUDIENCES
    elif not has:
        problem = NOT_IN_ROLLOUT
    is_partial = variant.buckets < BUCKETS
    return Candidate(
        override=variant.resolution.override,
        applies=has and state.enabled,
        audiences=audiences,
        rollout_percent=variant.variant.rollout_percent,
        place_percent=place(flag, player) / BUCKETS * 100 if is_partial else None,
        problem=problem,
    )


def _switched_off(candidate: Candidate) -> Candidate:
    return msgspec.structs.replace(candidate, applies=False, problem=FLAG_OFF)
