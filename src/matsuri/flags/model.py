"""What a flag is, what can override its value, and what came of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Protocol

import msgspec

from matsuri.audiences.membership import Memberships, MembershipTrace
from matsuri.enrolments.model import Admission

FLAG_KIND = "flag"
PERCENT_ALL = 100.0


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """Another value, for the players of any of the ``audiences``; for everybody without any.

    Of them, ``rollout_percent`` have it: those whose place in the flag's own order of all players
    is below that. Whoever has it keeps it when the percentage grows.
    """

    name: str
    value: str = ""
    audiences: tuple[str, ...] = ()
    rollout_percent: float = PERCENT_ALL
    description: str = ""


class ScheduledChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a flag will have from ``at_time_sec`` on, seconds since the epoch.

    What is left out stays as it is then.
    """

    at_time_sec: int
    value: str | None = None
    enabled: bool | None = None
    variants: tuple[Variant, ...] | None = None


class FlagDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of a flag, beside its name.

    A value is the text that goes on the wire: a text, or the JSON of any other value. The first of
    the ``variants`` that a player is in goes before the others. A flag that is not ``enabled`` has
    its own value for everybody, whatever else would change it. ``validator`` is empty for none.
    The ``schedule`` is in the order of its times, which all differ.
    """

    description: str = ""
    labels: tuple[str, ...] = ()
    value: str = ""
    validator: str = ""
    enabled: bool = True
    variants: tuple[Variant, ...] = ()
    schedule: tuple[ScheduledChange, ...] = ()


class OverrideType(IntEnum):
    """What a value comes from, as the wire numbers it."""

    FLAG = 0
    FLAG_VARIANT = 1
    LIVE_EVENT_FLAG = 2
    LIVE_EVENT_FLAG_VARIANT = 3
    EXPERIMENT_PHASE_VARIANT_FLAG = 4


class ReasonType(IntEnum):
    """Why a value is not the default, as the wire numbers it."""

    UNKNOWN = 0
    FLAG_VARIANT = 1
    LIVE_EVENT = 2
    EXPERIMENT = 3


REASON_OF: Mapping[OverrideType, ReasonType] = {
    OverrideType.FLAG_VARIANT: ReasonType.FLAG_VARIANT,
    OverrideType.LIVE_EVENT_FLAG: ReasonType.LIVE_EVENT,
    OverrideType.LIVE_EVENT_FLAG_VARIANT: ReasonType.LIVE_EVENT,
    OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG: ReasonType.EXPERIMENT,
}
# Which goes before which; the reasons' numbers rise in the same order.
PRECEDENCE: Mapping[OverrideType, int] = {
    OverrideType.FLAG: 0,
    **{kind: int(reason) for kind, reason in REASON_OF.items()},
}


class Override(msgspec.Struct, frozen=True):
    """One value that a flag has for a player, unless another one goes before it.

    ``name`` is that of the flag, live event or experiment that it comes from. ``defined_us`` is
    when that was defined: within a level the latest goes first.
    """

    type: OverrideType
    name: str
    variant_name: str
    value: str
    defined_us: int


class Resolution(msgspec.Struct, frozen=True):
    """What a flag has come to for a player; ``changed`` where that is not its default."""

    override: Override
    labels: tuple[str, ...]
    changed: bool


class Experience(msgspec.Struct, frozen=True):
    """What flags have come to for a player, by name.

    Before ``changes_at_us``, time alone changes nothing of it; ``None`` for never. It is right if
    the player gets all places of ``admissions``. Who was ``kept_out`` has no place only because
    none was left.
    """

    flags: Mapping[str, Resolution]
    changes_at_us: int | None = None
    admissions: tuple[Admission, ...] = ()
    kept_out: bool = False


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An override that a player has or has not, and why.

    ``problem`` says what kept the player out, beside the audiences; empty if nothing did.
    """

    override: Override
    applies: bool
    wins: bool = False
    audiences: tuple[MembershipTrace, ...] = ()
    rollout_percent: float = PERCENT_ALL
    place_percent: float | None = None
    problem: str = ""


class FlagTrace(msgspec.Struct, frozen=True, kw_only=True):
    """Why a flag is what it is for a player.

    ``candidates`` come in the order of precedence; the first that applies is the ``winner``.
    ``changed_us`` is when the last scheduled change took effect, ``changes_at_us`` when the next
    one will; 0 for none.
    """

    flag: str
    enabled: bool
    winner: Override
    candidates: tuple[Candidate, ...]
    changed_us: int = 0
    changes_at_us: int = 0


class FlagReads(msgspec.Struct, frozen=True):
    """How often a flag was in an answer, and how often a game asked for it by name.

    Times are of the last one, in microseconds since the epoch; 0 where there was none.
    """

    flag_id: str
    read_us: int = 0
    reads: int = 0
    asked_us: int = 0
    asked: int = 0


class SourceAnswer(msgspec.Struct, frozen=True):
    """What a source has for a player, by flag name.

    Where precedence does not tell two overrides of a flag apart, the later one goes first.
    ``changes_at_us`` is the earliest time at which time alone may change that, beside what the
    memberships that were asked tell themselves; ``None`` for never. It is right if the player gets
    all places of ``admissions``. Who was ``kept_out`` has no place only because none was left.
    """

    overrides: Mapping[str, Sequence[Override]]
    changes_at_us: int | None = None
    admissions: Sequence[Admission] = ()
    kept_out: bool = False


class OverrideSource(Protocol):
    """What else changes the values of flags: experiments, live events. Pure.

    It is the one of a version of the definitions; another version has another source. It gives the
    same ``Override`` objects again and again, for many players have the same.
    """

    def overrides(self, player: Memberships) -> SourceAnswer:
        """The overrides that the player has."""
        ...

    def candidates(self, player: Memberships) -> Mapping[str, Iterable[Candidate]]:
        """The same in the same order with the reasons, and what the player has not."""
        ...
