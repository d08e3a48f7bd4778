"""Which variant of a phase a player has, and what experiments leave a player alone. Pure.

Everything here is frozen: a change would move the players of every running experiment. What comes
in another way gets another number in its salts, and tests keep the answers of this one for ever.
"""

from collections.abc import Mapping, Sequence

from matsuri.enrolments.model import Enrolment, Part
from matsuri.experiments.model import PERMILLE_ALL, Phase, PhaseVariant, SplitKey
from matsuri.kit.bucketing import BUCKETS, bucket_of


def permille_place(salt: str, sample_key: str) -> int:
    """A player's place from 0 to 999 in the order of all players that ``salt`` makes."""
    return bucket_of(salt, sample_key) * PERMILLE_ALL // BUCKETS


def split_salt(experiment_id: str, phase: Phase) -> str:
    """What a phase's variants are drawn by; see ``SplitKey``."""
    drawn_by = phase.id if phase.split_key is SplitKey.PHASE else experiment_id
    return f"experiment-assignment:1:{drawn_by}"


def exclusion_salt(group_id: str) -> str:
    """What makes the order of all players in an exclusion group."""
    return f"exclusion-group:1:{group_id}"


def holdout_salt(group_id: str) -> str:
    """What makes the order of all players in a holdout group."""
    return f"holdout-group:1:{group_id}"


def drawn(variants: Sequence[PhaseVariant], place: int) -> PhaseVariant:
    """The variant at a place from 0 to 999: each has as many places as its weight, in order."""
    upto = 0
    for variant in variants:
        upto += variant.weight_permille
        if place < upto:
            return variant
    # Weights add up to all places, so this is for definitions that no check has seen.
    return variants[-1]


def carried_over(
    experiment_id: str, phases: Sequence[Phase], phase: Phase, held: Mapping[Part, Enrolment]
) -> PhaseVariant | None:
    """The variant that a player brings along from the latest phase before, by the split key ``ID``.

    ``None`` where there is none, or where this phase has no variant of that name.
    """
    if phase.split_key is not SplitKey.ID:
        return None
    before = [each for each in phases if each.start_time_sec < phase.start_time_sec]
    for earlier in sorted(before, key=lambda each: each.start_time_sec, reverse=True):
        enrolment = held.get(Part(experiment_id, earlier.id))
        if enrolment is not None:
            return next((each for each in phase.variants if each.name == enrolment.variant), None)
    return None
