"""What an audience is, and what targeting knows of a player. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from matsuri.audiences.no_windows import NO_WINDOWS
from matsuri.enrolments.model import NO_ENROLMENTS, Enrolments
from matsuri.filters.facts import Windows

AUDIENCE_KIND = "audience"
FILTER_FIELD = "filter"


class AudienceDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of an audience, beside its name.

    An empty filter lets nobody in: only who is included belongs. A ``managed`` audience has no
    filter at all; its lists come from other tools.
    """

    description: str = ""
    labels: tuple[str, ...] = ()
    filter: str = ""
    managed: bool = False


class Listing(StrEnum):
    """The two lists of an audience."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


class Entry(msgspec.Struct, frozen=True, order=True):
    """One identity id on one list of one audience; ``until_us`` is 0 where it stays for good."""

    audience_id: str
    listing: Listing
    identity_id: str
    until_us: int = 0

    def holds(self, now_us: int) -> bool:
        """Whether it is in effect at that time."""
        return self.until_us == 0 or now_us < self.until_us


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A player as targeting sees them; every value of a property is a text.

    ``sample_key`` names the player's place among all players. ``entries`` are those of the player's
    id on the lists of any audience; ``windows`` answers about the player's past events;
    ``enrolments`` are what the player takes part in. Times are seconds since the epoch,
    ``updated_s`` of the last change or event. The clock of a test device (``is_test``) is
    ``clock_offset_s`` ahead of all others.
    """

    identity_id: str
    sample_key: str
    created_s: int
    updated_s: int
    default: Mapping[str, str]
    custom: Mapping[str, str]
    computed: Mapping[str, str]
    entries: Sequence[Entry] = ()
    windows: Windows = NO_WINDOWS
    enrolments: Enrolments = NO_ENROLMENTS
    clock_offset_s: int = 0
    is_test: bool = False
