"""What live events give a player, and why. Pure.

Where times are local to players, a run takes place where the player was as it began for that
player: who has a place keeps its time zone to the end of the run, has no other run of the event as
long as it lasts, and none of the same key ever again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from matsuri.audiences.membership import TIME_ZONE_PROPERTY, Memberships, MembershipTrace
from matsuri.definitions.model import Catalog
from matsuri.enrolments.model import Admission, Enrolment, SubjectKind
from matsuri.flags.model import Candidate, Override, SourceAnswer
from matsuri.kit.time_zones import find_zone, offset_seconds
from matsuri.live_events.compile import (
    CompiledLiveEvent,
    CompiledOverride,
    compile_live_events,
)
from matsuri.live_events.model import Run
from matsuri.live_events.schedule import Timeline
from matsuri.live_events.timetable import (
    NEVER_US,
    Neighbours,
    Timetables,
    runs_of,
    timeline_of,
)

NOT_ON = "no run is on"
HAD = "the player had this run already, in another time zone"
NOT_KNOWN = "only players that are known here take part"
FULL = "there are as many participants as there may be"
NOT_IN_AUDIENCES = "the player is in none of the audiences"
NOT_JOINED = "the player has not joined"
OTHER_VALUE = "an earlier variant of the live event goes first"
NOT_IN_VARIANT = "the player is in none of the variant's audiences"

# Where the clocks of the earth end; a player can say anything.
_AHEAD_S_MAX = 14 * 3600
_BEHIND_S_MAX = 12 * 3600


class LiveEventPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a player stands in a live event.

    ``run`` is the one that is on for the player. ``eligible`` is whether the player is among those
    whom the event is for. Who is, takes part unless ``problem`` says why not. ``admission`` is a
    place that is still to be made to stick: as soon as something tells the player of it, or, where
    the player does not take part yet, by joining. ``enrolled_us`` is since when the player has a
    place, 0 for none; ``zone`` is where the player's runs take place, if they are local.
    """

    event: CompiledLiveEvent
    run: Run | None
    takes_part: bool = False
    eligible: bool = False
    problem: str = ""
    admission: Admission | None = None
    enrolled_us: int = 0
    zone: str = ""


class LiveEventSet:
    """All live events at one version of the definitions, as a source of overrides."""

    def __init__(self, events: Mapping[str, CompiledLiveEvent]) -> None:
        self.by_name = events
        self.by_id = {each.definition.id: each for each in events.values()}
        self._timetables = Timetables(list(events.values()))
        self._local = [each for each in events.values() if each.local]

    def overrides(self, player: Memberships) -> SourceAnswer:
        """See ``OverrideSource``."""
        found: dict[str, list[Override]] = {}
        admissions = []
        on = self._timetables.world.on_at(player.now_us)
        until_us = on.until_us
        places = [
            # Games learn of those without flags from the list of live events alone.
            _placed(self.by_name[name], run, player)
            for name, run in on.runs.items()
            if self.by_name[name].flags
        ]
        if self._local:
            local, local_until_us = self._local_places(player)
            places += (each for each in local if each.event.flags)
            until_us = min(until_us, local_until_us)
        for place in places:
            if not place.takes_part:
                continue
            if place.admission is not None:
                admissions.append(place.admission)
            for flag, values in place.event.overrides.items():
                chosen = _chosen(values, player)
                if chosen is not None:
                    found.setdefault(flag, []).append(chosen.override)
        kept_out = any(each.problem == FULL for each in places)
        changes_at_us = until_us if until_us < NEVER_US else None
        return SourceAnswer(found, changes_at_us, admissions, kept_out)

    def candidates(self, player: Memberships) -> Mapping[str, Iterable[Candidate]]:
        """See ``OverrideSource``; only live events with a run that is on have any."""
        found: dict[str, list[Candidate]] = {}
        # In the order of ``overrides``.
        for place in sorted(self.places(player), key=lambda each: each.event.local):
            if place.run is None:
                continue
            for flag, values in place.event.overrides.items():
                found.setdefault(flag, []).extend(_candidates(place, values, player))
        return found

    def places(
        self,
        player: Memberships,
        events: Iterable[CompiledLiveEvent] | None = None,
        *,
        only_on: bool = False,
    ) -> Sequence[LiveEventPlace]:
        """Where the player stands in these live events; in each one, by name, without.

        With ``only_on``, those may be left out that have no run for anybody now.
        """
        events = self.by_name.values() if events is None else events
        on = self._timetables.world.on_at(player.now_us)
        local: Mapping[str, LiveEventPlace] | None = None
        found = []
        for event in events:
            if not event.local:
                run = on.runs.get(event.name)
                if run is not None or not only_on:
                    found.append(_placed(event, run, player))
                continue
            if local is None:
                local = {each.event.name: each for each in self._local_places(player)[0]}
            found.append(local[event.name])
        return found

    def place(self, event: CompiledLiveEvent, player: Memberships) -> LiveEventPlace:
        """Where the player stands in one of them."""
        return self.places(player, [event])[0]

    def timeline(self, event: CompiledLiveEvent, zone: str) -> Timeline:
        """The runs of one of them; ``zone`` matters where its times are local to players."""
        return timeline_of(event, zone)

    def neighbours(self, event: CompiledLiveEvent, zone: str, now_us: int) -> Neighbours:
        """The runs of one of them that have ended, and that are still to start."""
        return self._timetables.neighbours(event, zone, now_us)

    def next_change_us(self, now_us: int) -> int:
        """The next time after now when a run starts or ends, but for those that are local."""
        return self._timetables.world.on_at(now_us).until_us

    def _local_places(self, player: Memberships) -> tuple[list[LiveEventPlace], int]:
        """Where the player stands in those that are local, and until when that holds."""
        zone = zone_of(player)
        on = self._timetables.of_zone(zone).on_at(player.now_us)
        until_us = on.until_us
        held: dict[str, list[Enrolment]] = {}
        for enrolment in player.enrolments.held.values():
            held.setdefault(enrolment.part.subject_id, []).append(enrolment)
        places = []
        for event in self._local:
            run, there, problem = on.runs.get(event.name), zone, ""
            for enrolment, pinned in _pinned(event, held, player.now_us):
                run, there = pinned, enrolment.time_zone
                until_us = min(until_us, pinned.end_us)
                break
            else:
                if run is not None and event.part(run) in player.enrolments.held:
                    run, problem = None, HAD
            place = _placed(event, run, player, zone=there)
            if problem:
                place = msgspec.structs.replace(place, problem=problem)
            places.append(place)
        return places, until_us


class LiveEventCompiler:
    """Makes the set of a catalog; the same one again as long as no live event differs."""

    def __init__(self) -> None:
        self._set = LiveEventSet({})

    def __call__(self, catalog: Catalog) -> LiveEventSet:
        """The live events of ``catalog``."""
        known = self._set.by_name
        events = compile_live_events(catalog, known)
        # Those that are the same are the same objects.
        if events != known:
            self._set = LiveEventSet(events)
        return self._set


def zone_of(player: Memberships) -> str:
    """The time zone that a player is in, as the player says; empty if that is none of the earth."""
    zone = player.custom.get(TIME_ZONE_PROPERTY, "")
    if find_zone(zone) is None:
        return ""
    ahead_s = offset_seconds(zone, player.now_s)
    return zone if -_BEHIND_S_MAX <= ahead_s <= _AHEAD_S_MAX else ""


def _pinned(
    event: CompiledLiveEvent, held: Mapping[str, Sequence[Enrolment]], now_us: int
) -> Iterator[tuple[Enrolment, Run]]:
    """The runs that are on in which the player has a place, each in its own time zone."""
    for enrolment in held.get(event.definition.id, ()):
        for run in runs_of(event, enrolment.time_zone, enrolment.part.part):
            if run.start_us <= now_us < run.end_us:
                yield enrolment, run


def _placed(
    event: CompiledLiveEvent, run: Run | None, player: Memberships, *, zone: str = ""
) -> LiveEventPlace:
    problem = not_targeted(event, player)
    eligible = not problem
    if run is None:
        return LiveEventPlace(event=event, run=None, eligible=eligible, problem=NOT_ON, zone=zone)
    body = event.body
    part = event.part(run)
    enrolment = player.enrolments.held.get(part)
    if enrolment is not None:
        stays = eligible or body.sticky_membership
        return LiveEventPlace(
            event=event,
            run=run,
            takes_part=stays,
            eligible=eligible,
            problem="" if stays else problem,
            enrolled_us=enrolment.enrolled_us,
            zone=zone,
        )
    admission = None
    if eligible and event.keeps_places:
        problem = _closed(event, run, player)
        admission = None if problem else _admission(event, run, zone)
    if not problem and body.explicit_join:
        problem = NOT_JOINED
    return LiveEventPlace(
        event=event,
        run=run,
        takes_part=not problem,
        eligible=eligible,
        problem=problem,
        admission=admission,
        zone=zone,
    )


def not_targeted(event: CompiledLiveEvent, player: Memberships) -> str:
    """Why a live event is not for a player; empty if it is."""
    body = event.body
    if body.audiences and not any(map(player.in_audience, body.audiences)):
        return NOT_IN_AUDIENCES
    for name in body.exclude_audiences:
        if player.in_audience(name):
            return f"the player is in audience {name!r}, which is excluded"
    return ""


def _closed(event: CompiledLiveEvent, run: Run, player: Memberships) -> str:
    if player.enrolments.closed:
        return NOT_KNOWN
    return FULL if event.part(run) in player.enrolments.full else ""


def _admission(event: CompiledLiveEvent, run: Run, zone: str) -> Admission:
    return Admission(
        part=event.part(run),
        kind=SubjectKind.LIVE_EVENT,
        time_zone=zone,
        participants_max=event.body.participants_max,
        flags=event.flags,
    )


def _chosen(values: Sequence[CompiledOverride], player: Memberships) -> CompiledOverride | None:
    for each in values:
        if not each.audiences or any(map(player.in_audience, each.audiences)):
            return each
    return None


def _candidates(
    place: LiveEventPlace, values: Sequence[CompiledOverride], player: Memberships
) -> Iterator[Candidate]:
    chosen = _chosen(values, player) if place.takes_part else None
    for each in values:
        audiences: tuple[MembershipTrace, ...] = tuple(
            player.why(name) for name in (*place.event.body.audiences, *each.audiences)
        )
        problem = ""
        if each is not chosen:
            problem = place.problem or (
                NOT_IN_VARIANT
                if each.audiences and not any(map(player.in_audience, each.audiences))
                else OTHER_VALUE
            )
        yield Candidate(
            override=each.override, applies=each is chosen, audiences=audiences, problem=problem
        )
