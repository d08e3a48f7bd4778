"""What flags come to for a player at an instant. Pure.

Experiments go before live events, those before variants, those before the default
(``PRECEDENCE``). Within a level the latest defined goes first, and of a flag's variants the first.
A flag that is off has its default, whatever would change it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from matsuri.audiences.membership import Memberships
from matsuri.enrolments.model import Admission
from matsuri.flags.compile import CompiledFlag, CompiledVariant, FlagSet
from matsuri.flags.model import (
    PRECEDENCE,
    Experience,
    Override,
    OverrideSource,
    Resolution,
)
from matsuri.kit.bucketing import BUCKETS, bucket_of

__all__ = ["Experience", "FlagSet", "Resolution", "defaults", "overrides", "resolve"]


def resolve(
    flags: FlagSet,
    sources: Sequence[OverrideSource],
    player: Memberships,
    names: Collection[str] | None = None,
) -> Experience:
    """What the flags of these names, or all flags, come to for a player.

    Names that no flag has are left out.
    """
    now_us = player.now_us
    given, changes, wanted, kept_out = _given(sources, player)
    admissions = tuple(_telling(flags, wanted, now_us)) if wanted else ()
    found: dict[str, Resolution] = {}
    one_by_one: Iterable[CompiledFlag] = flags.others
    if names is None:
        together = flags.together(tuple(map(player.in_audience, flags.asked)))
        if not flags.others and not given:
            changes.append(player.changes_at_us())
            return Experience(together, _earliest(changes), admissions, kept_out)
        found.update(together)
    else:
        one_by_one = chosen(flags, names)
    for flag in one_by_one:
        found[flag.name] = _own(flag, player)
        changes.append(flag.next_change_us(now_us))
    for name in given.keys() & found.keys():
        if flags.by_name[name].state_at(now_us).enabled:
            found[name] = _best(flags, name, found[name], given[name])
    # What the memberships were asked is known only now.
    changes.append(player.changes_at_us())
    return Experience(found, _earliest(changes), admissions, kept_out)


def defaults(flags: FlagSet, now_us: int, names: Collection[str] | None = None) -> Experience:
    """What flags are for a caller that is no player."""
    found: dict[str, Resolution] = {}
    changes: list[int | None] = []
    for flag in chosen(flags, names):
        found[flag.name] = flag.state_at(now_us).default
        changes.append(flag.next_change_us(now_us))
    return Experience(found, _earliest(changes))


def overrides(
    flags: FlagSet,
    sources: Sequence[OverrideSource],
    player: Memberships,
    names: Collection[str] | None = None,
) -> Mapping[str, tuple[Override, ...]]:
    """Everything that holds for a player, the lowest precedence first: the last one wins."""
    given = _given(sources, player).overrides
    found = {}
    for flag in chosen(flags, names):
        state = flag.state_at(player.now_us)
        held = [each for each in state.active if applies(flag, each, player)]
        own = [state.default.override, *(each.resolution.override for each in reversed(held))]
        others = given.get(flag.name) if state.enabled else None
        found[flag.name] = tuple(in_order([*own, *others]) if others else own)
    return found


def in_order(every: Iterable[Override]) -> list[Override]:
    """By precedence, the lowest first; those that it does not tell apart as they came."""
    return sorted(every, key=rank)


def rank(override: Override) -> tuple[int, int, str, int]:
    """The greater one goes first; the name only so that the order is always the same."""
    return (PRECEDENCE[override.type], override.defined_us, override.name, override.type)


def _own(flag: CompiledFlag, player: Memberships) -> Resolution:
    """What a flag comes to by its own variants."""
    state = flag.state_at(player.now_us)
    for variant in state.active:
        if applies(flag, variant, player):
            return variant.resolution
    return state.default


def applies(flag: CompiledFlag, variant: CompiledVariant, player: Memberships) -> bool:
    """Whether the player has the variant, but for those before it."""
    for audience in variant.audiences:
        if player.in_audience(audience):
            break
    else:
        if variant.audiences:
            return False
    return variant.buckets >= BUCKETS or place(flag, player) < variant.buckets


def place(flag: CompiledFlag, player: Memberships) -> int:
    """Where the player is in the flag's order of all players (``kit.bucketing``)."""
    return bucket_of(flag.salt, player.sample_key)


def chosen(flags: FlagSet, names: Collection[str] | None) -> Iterator[CompiledFlag]:
    """The flags of these names, or all of them."""
    if names is None:
        yield from flags.by_name.values()
        return
    for name in names:
        flag = flags.by_name.get(name)
        if flag is not None:
            yield flag


def _best(flags: FlagSet, name: str, own: Resolution, given: Sequence[Override]) -> Resolution:
    best = in_order([own.override, *given])[-1]
    return own if best is own.override else flags.overridden(name, best)


class _Given(NamedTuple):
    overrides: dict[str, list[Override]]
    changes: list[int | None]
    admissions: tuple[Admission, ...]
    kept_out: bool


def _given(sources: Sequence[OverrideSource], player: Memberships) -> _Given:
    """What the sources have for the player by flag name; when that changes; what it rests on."""
    given: dict[str, list[Override]] = {}
    answers = [source.overrides(player) for source in sources]
    for answer in answers:
        for name, found in answer.overrides.items():
            given.setdefault(name, []).extend(found)
    return _Given(
        given,
        [each.changes_at_us for each in answers],
        tuple(admission for each in answers for admission in each.admissions),
        any(each.kept_out for each in answers),
    )


def _telling(flags: FlagSet, admissions: Iterable[Admission], now_us: int) -> Iterator[Admission]:
    """The places that flags which are on tell something of, with those flags alone."""
    for admission in admissions:
        on = frozenset(name for name in admission.flags if _is_on(flags, name, now_us))
        if on == admission.flags:
            yield admission
        elif on:
            yield msgspec.structs.replace(admission, flags=on)


def _is_on(flags: FlagSet, name: str, now_us: int) -> bool:
    flag = flags.by_name.get(name)
    return flag is not None and flag.state_at(now_us).enabled


def _earliest(times: Iterable[int | None]) -> int | None:
    return min((each for each in times if each is not None), default=None)
