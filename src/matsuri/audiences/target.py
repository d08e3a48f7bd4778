"""A player as stored, as targeting sees them. Pure."""

from collections.abc import Sequence

from matsuri.audiences.model import Entry, Target
from matsuri.audiences.no_windows import NO_WINDOWS
from matsuri.enrolments.model import NO_ENROLMENTS, Enrolments
from matsuri.filters.facts import Windows
from matsuri.identities.computed_lookup import ComputedLookup
from matsuri.identities.model import Identity, Profile
from matsuri.kit.clock import MICROSECONDS


def target_of(
    identity: Identity,
    profile: Profile,
    entries: Sequence[Entry],
    windows: Windows = NO_WINDOWS,
    enrolments: Enrolments = NO_ENROLMENTS,
) -> Target:
    """What filters can see of a player; ``entries`` are those of ``identity.id``."""
    return Target(
        identity_id=identity.id,
        sample_key=identity.sample_id,
        created_s=identity.created_us // MICROSECONDS,
        updated_s=max(identity.updated_us, profile.updated_us) // MICROSECONDS,
        default=identity.default_properties,
        custom=identity.custom_properties,
        computed=ComputedLookup(profile),
        entries=entries,
        windows=windows,
        enrolments=enrolments.for_test_device() if identity.is_test else enrolments,
        clock_offset_s=identity.clock_offset_s or 0,
        is_test=identity.is_test,
    )
