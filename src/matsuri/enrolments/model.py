"""That a player takes part in something, which must stick. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

import msgspec


class SubjectKind(StrEnum):
    """What one can take part in."""

    EXPERIMENT = "experiment"
    LIVE_EVENT = "live_event"


class Part(NamedTuple):
    """What one takes part in as a whole: a phase of an experiment, a run of a live event.

    ``subject_id`` is the id of the definition; ``part`` the id of the phase, or the key of the run.
    """

    subject_id: str
    part: str


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A player's place in a part, since ``enrolled_us``, microseconds since the epoch.

    ``variant`` is that of the phase, by name. ``time_zone`` is where the run takes place for the
    player, where its times are local.
    """

    part: Part
    enrolled_us: int
    variant: str = ""
    time_zone: str = ""


class Enrolments(msgspec.Struct, frozen=True):
    """What a player takes part in, and the parts that are known to be ``full`` for all others.

    Who is ``closed`` gets no further place: there is nobody whose it could be.
    """

    held: Mapping[Part, Enrolment] = MappingProxyType({})
    full: frozenset[Part] = frozenset()
    closed: bool = False

    def for_test_device(self) -> "Enrolments":
        """The same for one that takes nobody's place, and so finds nothing full."""
        return msgspec.structs.replace(self, full=frozenset()) if self.full else self


NO_ENROLMENTS = Enrolments()


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A place that a player is to have before an answer tells what comes with it.

    It is refused if ``participants_max`` others have one (0 for no limit), or if the player takes
    part in any of ``not_with``. ``flags`` are those whose values come with it: an answer without
    any of them tells nothing of it. ``exposure`` is what the log tells of it, for analysis; nothing
    is told without.
    """

    part: Part
    kind: SubjectKind
    variant: str = ""
    time_zone: str = ""
    participants_max: int = 0
    not_with: tuple[Part, ...] = ()
    flags: frozenset[str] = frozenset()
    exposure: Mapping[str, str] | None = None
