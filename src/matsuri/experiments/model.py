"""What an experiment is. Pure."""

from enum import StrEnum

import msgspec

EXPERIMENT_KIND = "experiment"
EXCLUSION_GROUP_KIND = "exclusion_group"
HOLDOUT_GROUP_KIND = "holdout_group"
PERMILLE_ALL = 1000


class FlagValue(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag has for the players of a variant, as its text on the wire."""

    flag: str
    value: str


class PhaseVariant(msgspec.Struct, frozen=True, kw_only=True):
    """What ``weight_permille`` of the participants get: a value of its own, and values of flags."""

    name: str
    weight_permille: int
    value: str = ""
    flags: tuple[FlagValue, ...] = ()
    description: str = ""


class SplitKey(StrEnum):
    """What a player's variant hangs on, beside the player.

    By ``ID`` of the experiment, players keep their variants from phase to phase; by ``PHASE`` they
    are drawn anew in each.
    """

    ID = "ID"
    PHASE = "PHASE"


class Phase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of time in which an experiment runs, from start to before end, seconds.

    The first of the ``variants`` is the control; their weights add up to 1,000. Audiences and goal
    metrics are those of the experiment where they are ``None``. ``participants_max`` is 0 for no
    limit; nobody is admitted from ``admission_deadline_time_sec`` on (0 for never), or while it is
    ``locked``. ``ended_time_sec`` is when somebody ended it early; 0 for not. ``id`` stays the same
    for ever; it is made when the phase is.
    """

    id: str = ""
    name: str
    description: str = ""
    start_time_sec: int
    end_time_sec: int
    ended_time_sec: int = 0
    split_key: SplitKey = SplitKey.ID
    variants: tuple[PhaseVariant, ...]
    audiences: tuple[str, ...] | None = None
    exclude_audiences: tuple[str, ...] | None = None
    goal_metrics: tuple[str, ...] | None = None
    participants_max: int = 0
    admission_deadline_time_sec: int = 0
    locked: bool = False


class BiasNote(msgspec.Struct, frozen=True, kw_only=True):
    """A change that may bias a phase that was running: which fields, by whom and why.

    ``phase`` is the id of the phase. The fields are those of the definition of that ``kind`` and
    ``name`` that the experiment refers to; where these are empty, of the experiment and the phase.
    """

    at_time_sec: int
    changed_by: str
    phase: str
    fields: tuple[str, ...]
    note: str = ""
    kind: str = ""
    name: str = ""


class ExperimentDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of an experiment, beside its name.

    Everybody is eligible where there are no ``audiences``, but for who is in any of
    ``exclude_audiences``. Of the players of its exclusion group it has those with a place from
    ``exclusion_from_permille`` to below ``exclusion_to_permille`` in the group's order of all
    players. It is a draft until ``launched``. The ``phases`` are in the order of their times.
    """

    description: str = ""
    hypothesis: str = ""
    labels: tuple[str, ...] = ()
    goal_metrics: tuple[str, ...] = ()
    monitor_metrics: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    exclude_audiences: tuple[str, ...] = ()
    exclusion_group: str = ""
    exclusion_from_permille: int = 0
    exclusion_to_permille: int = PERMILLE_ALL
    holdout_group: str = ""
    phases: tuple[Phase, ...] = ()
    launched: bool = False
    archived: bool = False
    bias_notes: tuple[BiasNote, ...] = ()


class ExclusionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Experiments of which a player is in at most one at a time: each has a part of all places."""

    description: str = ""
    labels: tuple[str, ...] = ()


class HoldoutGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Experiments that leave the same ``holdout_permille`` of all players alone."""

    description: str = ""
    labels: tuple[str, ...] = ()
    holdout_permille: int = 0


class State(StrEnum):
    """Where an experiment, or a phase of it, stands at a time."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"
    ARCHIVED = "archived"
