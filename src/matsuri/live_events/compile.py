"""Live events made ready: who may take part, and what participants get. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from matsuri.definitions.model import Catalog, Definition
from matsuri.enrolments.model import Part
from matsuri.flags.model import Override, OverrideType
from matsuri.live_events.model import (
    LIVE_EVENT_KIND,
    FlagOverride,
    LiveEventDefinition,
    Run,
    Schedule,
)


class CompiledOverride(NamedTuple):
    """A value of a flag, for participants in any of the audiences; for all without any."""

    override: Override
    audiences: tuple[str, ...]


class CompiledLiveEvent(msgspec.Struct, frozen=True, eq=False):
    """A live event.

    ``overrides`` has the values by flag: of them, a participant has the first that fits. ``local``
    is whether times are, or once were, local to players. With ``keeps_places``, who takes part in a
    run has a place in it, for who takes part follows from more than what the player is now.
    """

    definition: Definition[LiveEventDefinition]
    local: bool
    keeps_places: bool
    overrides: Mapping[str, Sequence[CompiledOverride]]
    flags: frozenset[str]

    @property
    def name(self) -> str:
        """The name of the definition."""
        return self.definition.name

    @property
    def body(self) -> LiveEventDefinition:
        """What is declared of it."""
        return self.definition.body

    def part(self, run: Run) -> Part:
        """What who takes part in the run has a place in."""
        return Part(self.definition.id, run.key)


def compile_live_event(definition: Definition[LiveEventDefinition]) -> CompiledLiveEvent:
    """A live event that is neither archived nor a draft."""
    body = definition.body
    schedules: list[Schedule] = [
        body.schedule,
        *(former.schedule for former in body.former_schedules),
    ]
    local = any(each.player_local for each in schedules)
    is_targeted = bool(body.audiences or body.exclude_audiences)
    return CompiledLiveEvent(
        definition=definition,
        local=local,
        keeps_places=(
            local
            or body.explicit_join
            or body.participants_max > 0
            or (body.sticky_membership and is_targeted)
        ),
        overrides={each.flag: _overrides(definition, each) for each in body.flags},
        flags=frozenset(each.flag for each in body.flags),
    )


def _overrides(
    definition: Definition[LiveEventDefinition], flag: FlagOverride
) -> list[CompiledOverride]:
    found = [
        CompiledOverride(
            Override(
                OverrideType.LIVE_EVENT_FLAG_VARIANT,
                definition.name,
                variant.name,
                variant.value,
                definition.created_us,
            ),
            variant.audiences,
        )
        for variant in flag.variants
    ]
    if flag.value is not None:
        plain = Override(
            OverrideType.LIVE_EVENT_FLAG, definition.name, "", flag.value, definition.created_us
        )
        found.append(CompiledOverride(plain, ()))
    return found


def compile_live_events(
    catalog: Catalog, known: Mapping[str, CompiledLiveEvent]
) -> dict[str, CompiledLiveEvent]:
    """All that can be on, by name; what is ``known`` and has not changed is taken from there."""
    found = {}
    for name, definition in catalog.of_kind(LIVE_EVENT_KIND).items():
        if definition.body.archived or definition.body.draft:
            continue
        before = known.get(name)
        same = before is not None and before.definition == definition
        found[name] = before if before is not None and same else compile_live_event(definition)
    return found
