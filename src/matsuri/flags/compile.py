"""All flags made ready to be resolved: what each one is from when on, and nothing to look up. Pure.

What can be made before a player is known is made here, once for each version of the definitions.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from matsuri.definitions.model import Catalog, Definition
from matsuri.flags.model import (
    FLAG_KIND,
    FlagDefinition,
    Override,
    OverrideType,
    Resolution,
    ScheduledChange,
    Variant,
)
from matsuri.kit.bucketing import BUCKETS, buckets_of_percent
from matsuri.kit.clock import MICROSECONDS

# Values from elsewhere that are remembered; more than a server has variants and live events.
_OVERRIDDEN_MAX = 50_000
# How much of what players have together is remembered: flags in all of it, and times at the least.
_TOGETHER_FLAGS_MAX = 200_000
_TOGETHER_MIN = 16


class CompiledVariant(NamedTuple):
    """A variant; players with a place below ``buckets`` in the flag's order have it."""

    audiences: tuple[str, ...]
    buckets: int
    resolution: Resolution
    variant: Variant


class FlagState(msgspec.Struct, frozen=True):
    """What a flag is from ``since_us`` until its next scheduled change.

    ``active`` are the variants that can apply: none of them while the flag is off.
    """

    since_us: int
    enabled: bool
    default: Resolution
    variants: tuple[CompiledVariant, ...]
    active: tuple[CompiledVariant, ...]


class CompiledFlag(msgspec.Struct, frozen=True):
    """A flag; its ``states`` are in the order of time, the first one has always been.

    ``salt`` makes its order of all players: it stays the same whatever is changed of the flag.
    """

    definition: Definition[FlagDefinition]
    salt: str
    states: tuple[FlagState, ...]

    @property
    def name(self) -> str:
        """What games call it."""
        return self.definition.name

    def state_at(self, now_us: int) -> FlagState:
        """What it is at that time."""
        if len(self.states) == 1:
            return self.states[0]
        return self.states[max(0, bisect_right(self.states, now_us, key=_since) - 1)]

    def next_change_us(self, now_us: int) -> int | None:
        """When the next scheduled change takes effect after ``now_us``."""
        if len(self.states) == 1:
            return None
        index = bisect_right(self.states, now_us, key=_since)
        return self.states[index].since_us if index < len(self.states) else None


class FlagSet:
    """All flags at one version of the definitions, in the order of their names.

    Most flags are decided by audiences alone. They are resolved together: ``defaults``, and for
    each of the ``steps`` whose audience the player is in, its resolutions over those. The steps
    come in the order of precedence, the lowest first; ``together`` does that, knowing who is in the
    audiences ``asked``. ``others`` are to be looked at one by one: time changes them, or a
    percentage, or a variant for everybody.
    """

    def __init__(self, by_name: Mapping[str, CompiledFlag]) -> None:
        self.by_name = by_name
        self.defaults = {name: each.states[0].default for name, each in by_name.items()}
        plain = [each for each in by_name.values() if _is_plain(each)]
        self.steps = tuple(_steps(plain))
        self.asked = tuple(dict.fromkeys(audience for audience, _ in self.steps))
        self.others = tuple(each for each in by_name.values() if not _is_plain(each))
        self._together: dict[tuple[bool, ...], Mapping[str, Resolution]] = {}
        self._by_shape: dict[tuple[int, ...], Mapping[str, Resolution]] = {}
        self._overridden: dict[tuple[str, int], Resolution] = {}
        self._together_max = max(_TOGETHER_MIN, _TOGETHER_FLAGS_MAX // max(1, len(by_name)))

    def together(self, inside: tuple[bool, ...]) -> Mapping[str, Resolution]:
        """What the flags come to by ``steps`` for who is ``inside``, one for each of ``asked``.

        ``others`` have their defaults in it. It is the same object for the same resolutions, as
        long as it is remembered.
        """
        found = self._together.get(inside)
        if found is None:
            merged = dict(self.defaults)
            audiences = dict(zip(self.asked, inside, strict=True))
            for audience, resolutions in self.steps:
                if audiences[audience]:
                    merged.update(resolutions)
            if len(self._together) >= self._together_max:
                self._together.clear()
                self._by_shape.clear()
            found = self._by_shape.setdefault(tuple(map(id, merged.values())), merged)
            self._together[inside] = found
        return found

    def overridden(self, name: str, override: Override) -> Resolution:
        """What a flag comes to where ``override`` wins: the same object for the same override."""
        # A resolution keeps its override, so that no other one can have its identity.
        found = self._overridden.get((name, id(override)))
        if found is None:
            if len(self._overridden) >= _OVERRIDDEN_MAX:
                self._overridden.clear()
            labels = self.defaults[name].labels
            changed = override.type is not OverrideType.FLAG
            found = Resolution(override, labels, changed=changed)
            self._overridden[name, id(override)] = found
        return found


def _is_plain(flag: CompiledFlag) -> bool:
    return len(flag.states) == 1 and all(
        variant.audiences and variant.buckets >= BUCKETS for variant in flag.states[0].active
    )


def _steps(flags: Iterable[CompiledFlag]) -> Iterator[tuple[str, Mapping[str, Resolution]]]:
    levels: dict[int, dict[str, dict[str, Resolution]]] = {}
    for flag in flags:
        for level, variant in enumerate(flag.states[0].active):
            for audience in variant.audiences:
                step = levels.setdefault(level, {}).setdefault(audience, {})
                step[flag.name] = variant.resolution
    for level in sorted(levels, reverse=True):
        yield from levels[level].items()


class FlagCompiler:
    """Compiles the flags of a catalog; those that did not change stay as they are.

    Where none did, their set is the one of before: what was made of it is still right.
    """

    def __init__(self) -> None:
        self._compiled: Mapping[str, CompiledFlag] = {}
        self._set = FlagSet({})

    def __call__(self, catalog: Catalog) -> FlagSet:
        """The flags of ``catalog``."""
        self._compiled = {each.id: self._of(each) for each in catalog.of_kind(FLAG_KIND).values()}
        flags = self._compiled.values()
        if list(map(id, flags)) != list(map(id, self._set.by_name.values())):
            self._set = FlagSet({flag.name: flag for flag in flags})
        return self._set

    def _of(self, definition: Definition[FlagDefinition]) -> CompiledFlag:
        known = self._compiled.get(definition.id)
        if known is not None and known.definition == definition:
            return known
        return compile_flag(definition)


def compile_flag(definition: Definition[FlagDefinition]) -> CompiledFlag:
    """One flag."""
    body = definition.body
    states = [_state(definition, body, since_us=0)]
    for change in body.schedule:
        body = changed(body, change)
        states.append(_state(definition, body, since_us=change.at_time_sec * MICROSECONDS))
    return CompiledFlag(definition, f"flag:{definition.id}", tuple(states))


def changed(body: FlagDefinition, change: ScheduledChange) -> FlagDefinition:
    """A flag once a scheduled change has taken effect."""
    return msgspec.structs.replace(
        body,
        value=body.value if change.value is None else change.value,
        enabled=body.enabled if change.enabled is None else change.enabled,
        variants=body.variants if change.variants is None else change.variants,
    )


def settled(body: FlagDefinition, now_us: int) -> FlagDefinition:
    """A flag as it is at a time, with only those scheduled changes that are still to come."""
    due = [each for each in body.schedule if each.at_time_sec * MICROSECONDS <= now_us]
    for change in due:
        body = changed(body, change)
    return msgspec.structs.replace(body, schedule=body.schedule[len(due) :]) if due else body


def _since(state: FlagState) -> int:
    return state.since_us


def _state(
    definition: Definition[FlagDefinition], body: FlagDefinition, *, since_us: int
) -> FlagState:
    def resolution(type_: OverrideType, value: str, variant: str = "") -> Resolution:
        override = Override(type_, definition.name, variant, value, definition.created_us)
        return Resolution(override, body.labels, changed=type_ is not OverrideType.FLAG)

    variants = tuple(
        CompiledVariant(
            audiences=each.audiences,
            buckets=buckets_of_percent(each.rollout_percent),
            resolution=resolution(OverrideType.FLAG_VARIANT, each.value, each.name),
            variant=each,
        )
        for each in body.variants
    )
    return FlagState(
        since_us=since_us,
        enabled=body.enabled,
        default=resolution(OverrideType.FLAG, body.value),
        variants=variants,
        active=variants if body.enabled else (),
    )
