"""Who is in which audience, and why: exclude before include before filter. Pure."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from matsuri.audiences.model import Entry, Listing, Target
from matsuri.filters.compile import Filter
from matsuri.filters.explain import Explanation, explain
from matsuri.filters.facts import Window
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.time_zones import offset_seconds

# The custom property that says where ``LocalHour()`` is: an IANA zone, or an offset.
TIME_ZONE_PROPERTY = "timeZone"


class Audience(msgspec.Struct, frozen=True):
    """An audience, compiled. ``filter`` is ``None`` where it has none, or none that can be read.

    ``awaited`` are the windows of the newest filter if they are not ready: then ``filter`` is an
    earlier one.
    """

    id: str
    name: str
    filter: Filter | None
    awaited: tuple[Window, ...] = ()


class AudienceSet:
    """All audiences at one version of the definitions.

    ``windows`` are those that filters ask about; ``wanted`` those and the awaited ones.
    """

    def __init__(self, audiences: Mapping[str, Audience]) -> None:
        self.by_name = audiences
        # Of the others, only lists can let time change who is in.
        self.asking_time = frozenset(
            name
            for name, each in audiences.items()
            if each.filter is not None and each.filter.uses.time
        )
        filters = [each.filter for each in audiences.values() if each.filter is not None]
        self.windows = frozenset(window for each in filters for window in each.uses.windows)
        awaited = (window for each in audiences.values() for window in each.awaited)
        self.wanted = self.windows.union(awaited)


class Decision(StrEnum):
    """What decides a membership."""

    EXCLUDE = "exclude"
    INCLUDE = "include"
    FILTER = "filter"
    NOTHING = "nothing"


class MembershipTrace(msgspec.Struct, frozen=True):
    """Why somebody is in an audience, or is not.

    ``until_us`` is the end of the entry on a list that decides, 0 if it has none. ``audiences`` are
    those that the filter asked about. An audience that is asked about in several places is
    explained in the first of them: where audiences of many levels share others, there are more
    places than could be told.
    """

    audience: str
    member: bool
    decided_by: Decision
    until_us: int = 0
    filter: Explanation | None = None
    audiences: tuple["MembershipTrace", ...] = ()


class Memberships:
    """One player's memberships at one instant, each found when it is first asked for.

    It is what filters see of the player (``filters.facts.Facts``), with what the player takes part
    in. ``now_us`` is the instant by the player's own clock.
    """

    __slots__ = (
        "_asking_time",
        "_audiences",
        "_known",
        "_listed",
        "computed",
        "create_time_s",
        "custom",
        "default",
        "enrolments",
        "identity_id",
        "now_s",
        "now_us",
        "sample_key",
        "update_time_s",
        "windows",
    )

    def __init__(self, audiences: AudienceSet, target: Target, now_us: int) -> None:
        self._audiences = audiences.by_name
        self._asking_time = audiences.asking_time
        self._known: dict[str, bool] = {}
        self._listed: dict[str, list[Entry]] = {}
        for entry in target.entries:
            if entry.holds(now_us):
                self._listed.setdefault(entry.audience_id, []).append(entry)
        self.now_us = now_us
        self.now_s = now_us // MICROSECONDS
        self.identity_id = target.identity_id
        self.sample_key = target.sample_key
        self.create_time_s = target.created_s
        self.update_time_s = target.updated_s
        self.default = target.default
        self.custom = target.custom
        self.computed = target.computed
        self.windows = target.windows
        self.enrolments = target.enrolments

    @property
    def local_offset_s(self) -> int:
        """See ``Facts``; UTC for a player without a time zone."""
        return offset_seconds(self.custom.get(TIME_ZONE_PROPERTY, ""), self.now_s)

    def in_audience(self, name: str) -> bool:
        """Whether the player is in the audience; ``False`` for one that does not exist."""
        known = self._known.get(name)
        if known is None:
            # Definitions refuse circles; if there is one all the same, it ends here.
            self._known[name] = False
            known = self._known[name] = self._decide(name)
        return known

    def _decide(self, name: str) -> bool:
        audience = self._audiences.get(name)
        if audience is None:
            return False
        if self._listed:
            entry = self._entry(audience)
            if entry is not None:
                return entry.listing is Listing.INCLUDE
        return audience.filter is not None and audience.filter.matches(self)

    def _entry(self, audience: Audience) -> Entry | None:
        """The entry on a list that decides."""
        listed = self._listed.get(audience.id)
        # "exclude" sorts before "include".
        return min(listed) if listed else None

    def changes_at_us(self) -> int | None:
        """The earliest time after now at which something that was asked may have another answer.

        It may be too early, but never too late; ``None`` for never.
        """
        found: list[int] = []
        asked: set[str] = set()
        # To solve for the time may ask about further audiences.
        while asked != self._known.keys():
            new = self._known.keys() - asked
            asked |= new
            for name in new if self._listed else new & self._asking_time:
                audience = self._audiences.get(name)
                if audience is not None:
                    found += self._changes_of(audience)
        return min(found, default=None)

    def _changes_of(self, audience: Audience) -> list[int]:
        listed = self._listed.get(audience.id)
        if listed:
            return [entry.until_us for entry in listed if entry.until_us]
        if audience.filter is None or not audience.filter.uses.time:
            return []
        flip_s = audience.filter.next_flip(self)
        return [] if flip_s is None else [flip_s * MICROSECONDS]

    def why(self, name: str) -> MembershipTrace:
        """Why the player is in the audience, or is not."""
        return self._why(name, set())

    def _why(self, name: str, told: set[str]) -> MembershipTrace:
        member = self.in_audience(name)
        audience = self._audiences.get(name)
        entry = None if audience is None else self._entry(audience)
        if entry is not None:
            decided_by = Decision(entry.listing.value)
            return MembershipTrace(name, member, decided_by, entry.until_us)
        if audience is None or audience.filter is None:
            return MembershipTrace(name, member, Decision.NOTHING)
        if name in told:
            return MembershipTrace(name, member, Decision.FILTER)
        told.add(name)
        return MembershipTrace(
            name,
            member,
            Decision.FILTER,
            filter=explain(audience.filter.tree, self),
            audiences=tuple(self._why(each, told) for each in audience.filter.uses.audiences),
        )
