"""What an answer about another time rests on, in words. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from matsuri.planning.drafts import Moment
from matsuri.planning.worlds import World, awaiting

NO_EVENTS = "A profile in the request has no events: nothing is found in any window over them."
OTHER_TIME = (
    "The lists of audiences, the properties and the events of the player, and what is full, are "
    "those of now; only the time is another one."
)
OTHER_DEFINITIONS = "The player, the lists of audiences and what is full are those of now."
PRESENT_DEFINITIONS = "The definitions are those of now."
PAST_DEFINITIONS = (
    "The definitions are those of version {version}; what comes with the server is as it is now."
)
PAST_PLACES = (
    "Of the player's places in experiments and live events, those that were given by then count; "
    "places that were taken away since are not known."
)
CHANGED = (
    "Changes were tried that nobody has made. A new definition gets its id when it is made: whom "
    "its percentages and its variants take is drawn anew then."
)
TEST_DEVICE = "The player is a test device: its clock is {seconds} seconds {where}."
OTHER_CLOCK = (
    "The player is a test device, whose clock is {seconds} seconds {where}; the time that was "
    "asked for counts."
)
AWAITING = (
    "Audience {name!r} asks about events whose history is not kept, or not read yet: an earlier "
    "filter serves, or it lets nobody in."
)
_AWAITING_TOLD_MAX = 20


class Basis(NamedTuple):
    """What an answer rests on; ``version`` is that of the definitions."""

    world: World
    version: int
    moment: Moment
    has_profile: bool
    is_other_time: bool
    is_past: bool
    clock_offset_s: int


def notes(basis: Basis) -> Iterator[str]:
    """What is to be known of an answer; nothing of a player as of now."""
    moment = basis.moment
    as_of = moment.version is not None or moment.time_us is not None
    if basis.has_profile:
        yield NO_EVENTS
    if basis.is_other_time or as_of:
        yield OTHER_TIME if basis.is_other_time else OTHER_DEFINITIONS
        yield PAST_DEFINITIONS.format(version=basis.version) if as_of else PRESENT_DEFINITIONS
    if basis.is_past and not basis.has_profile:
        yield PAST_PLACES
    if moment.proposals:
        yield CHANGED
    if basis.clock_offset_s:
        text = OTHER_CLOCK if basis.is_other_time else TEST_DEVICE
        where = "ahead" if basis.clock_offset_s > 0 else "behind"
        yield text.format(seconds=abs(basis.clock_offset_s), where=where)
    if not moment.is_now:
        for name in awaiting(basis.world)[:_AWAITING_TOLD_MAX]:
            yield AWAITING.format(name=name)
