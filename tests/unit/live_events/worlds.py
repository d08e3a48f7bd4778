"""Small worlds of live events and players."""

from collections.abc import Iterable

from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import Target
from matsuri.definitions.model import Catalog, Definition, Kind
from matsuri.enrolments.model import Admission, Enrolment, Enrolments, Part
from matsuri.filters.compile import compile_filter
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.kinds import LiveEventLimits, live_event_kind
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition, Run, Schedule
from matsuri.live_events.source import LiveEventCompiler, LiveEventPlace, LiveEventSet

NOW_S = 1_700_000_000  # Tuesday 2023-11-14 22:13:20 UTC
NOW_US = NOW_S * MICROSECONDS
HOUR_S = 3600
DAY_S = 86_400
MIDNIGHT_S = NOW_S // DAY_S * DAY_S

KINDS: dict[str, Kind[object]] = {LIVE_EVENT_KIND: live_event_kind(LiveEventLimits())}
FILTERS = {
    "none": "false",
    "high": 'PropertiesCustom("level", 0) > 5',
    "top": 'PropertiesCustom("level", 0) > 50',
}
AUDIENCES = AudienceSet(
    {name: Audience(f"id of {name}", name, compile_filter(text)) for name, text in FILTERS.items()}
)

ON = Schedule(start_time_sec=NOW_S - HOUR_S, end_time_sec=NOW_S + HOUR_S)
EVENINGS = Schedule(
    start_time_sec=MIDNIGHT_S - 30 * DAY_S,
    reset_cron="0 18 * * *",
    duration_sec=2 * HOUR_S,
    player_local=True,
)
NIGHTS = Schedule(
    start_time_sec=MIDNIGHT_S - 30 * DAY_S, reset_cron="0 22 * * *", duration_sec=2 * HOUR_S
)


def live_event(
    name: str = "e", schedule: Schedule = ON, *, created_us: int = 0, **body: object
) -> Definition[LiveEventDefinition]:
    return Definition(
        id=f"id of {name}",
        kind=LIVE_EVENT_KIND,
        name=name,
        body=LiveEventDefinition(schedule=schedule, **body),  # type: ignore[arg-type] # its fields
        created_us=created_us,
    )


def catalog(*definitions: Definition[object]) -> Catalog:
    return Catalog(KINDS, definitions)


def live_events(*definitions: Definition[object]) -> LiveEventSet:
    return LiveEventCompiler()(catalog(*definitions))


def player(
    name: str = "player-0001",
    *,
    now_s: int = NOW_S,
    level: int = 0,
    zone: str = "",
    held: Iterable[Enrolment] = (),
    full: Iterable[Part] = (),
    closed: bool = False,
) -> Memberships:
    target = Target(
        identity_id=name,
        sample_key=name,
        created_s=NOW_S,
        updated_s=NOW_S,
        default={},
        custom={"level": str(level), "timeZone": zone},
        computed={},
        enrolments=Enrolments({each.part: each for each in held}, frozenset(full), closed),
    )
    return Memberships(AUDIENCES, target, now_s * MICROSECONDS)


def admitted(admission: Admission | None) -> Enrolment:
    """What is kept of an admission."""
    assert admission is not None
    return Enrolment(part=admission.part, enrolled_us=NOW_US, time_zone=admission.time_zone)


def place(source: LiveEventSet, who: Memberships, name: str = "e") -> LiveEventPlace:
    """Where the player stands, asked in both ways."""
    event = source.by_name[name]
    one = source.place(event, who)
    (same,) = (each for each in source.places(who) if each.event is event)
    assert one == same
    return one


def run_of(key_s: int, start_s: int, end_s: int) -> Run:
    return Run(str(key_s), start_s * MICROSECONDS, end_s * MICROSECONDS)
