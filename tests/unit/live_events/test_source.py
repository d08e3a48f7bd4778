"""What live events give players: who takes part, what sticks, and that all ways of asking agree."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.enrolments.model import Enrolment, Part, SubjectKind
from matsuri.flags.model import OverrideType
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import FlagOverride, FlagVariantValue, RunStop, Schedule
from matsuri.live_events.source import (
    FULL,
    HAD,
    NOT_IN_AUDIENCES,
    NOT_IN_VARIANT,
    NOT_JOINED,
    NOT_KNOWN,
    NOT_ON,
    OTHER_VALUE,
    LiveEventCompiler,
    zone_of,
)
from tests.unit.live_events.worlds import (
    DAY_S,
    EVENINGS,
    HOUR_S,
    MIDNIGHT_S,
    NIGHTS,
    NOW_S,
    NOW_US,
    admitted,
    catalog,
    live_event,
    live_events,
    place,
    player,
    run_of,
)

SHOP = (FlagOverride(flag="shop", value="blue"),)
BY_LEVEL = (
    FlagOverride(
        flag="shop",
        value="blue",
        variants=(
            FlagVariantValue(name="best", value="gold", audiences=("top",)),
            FlagVariantValue(name="good", value="silver", audiences=("high", "none")),
        ),
    ),
)
WHOLE = run_of(NOW_S - HOUR_S, NOW_S - HOUR_S, NOW_S + HOUR_S)
FIRST = Part("id of e", WHOLE.key)


def values_of(source: object, who: object) -> list[tuple[int, str, str]]:
    answer = source.overrides(who)  # type: ignore[attr-defined] # a LiveEventSet
    return [(each.type, each.variant_name, each.value) for each in answer.overrides.get("shop", ())]


def test_a_participant_has_the_values_of_the_live_event() -> None:
    answer = live_events(live_event(flags=SHOP, created_us=7)).overrides(player())
    (override,) = answer.overrides["shop"]
    assert override.type is OverrideType.LIVE_EVENT_FLAG
    assert (override.name, override.variant_name) == ("e", "")
    assert (override.value, override.defined_us) == ("blue", 7)
    assert answer.changes_at_us == WHOLE.end_us
    # Who takes part follows from what all are: nothing has to be kept.
    assert answer.admissions == []


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, (OverrideType.LIVE_EVENT_FLAG, "", "blue")),
        (6, (OverrideType.LIVE_EVENT_FLAG_VARIANT, "good", "silver")),
        (51, (OverrideType.LIVE_EVENT_FLAG_VARIANT, "best", "gold")),
    ],
)
def test_the_first_variant_that_the_player_is_in(
    level: int, expected: tuple[int, str, str]
) -> None:
    source = live_events(live_event(flags=BY_LEVEL))
    who = player(level=level)
    assert values_of(source, who) == [expected]
    candidates = list(source.candidates(who)["shop"])
    assert [each.override.value for each in candidates if each.applies] == [expected[2]]
    told = [each.problem for each in candidates]
    assert (
        told
        == {
            0: [NOT_IN_VARIANT, NOT_IN_VARIANT, ""],
            6: [NOT_IN_VARIANT, "", OTHER_VALUE],
            51: ["", OTHER_VALUE, OTHER_VALUE],
        }[level]
    )


def test_without_a_value_of_its_own_others_have_none() -> None:
    only = (msgspec.structs.replace(BY_LEVEL[0], value=None),)
    source = live_events(live_event(flags=only))
    assert values_of(source, player()) == []
    assert values_of(source, player(level=9)) == [
        (OverrideType.LIVE_EVENT_FLAG_VARIANT, "good", "silver")
    ]


@pytest.mark.parametrize("moment", [-HOUR_S - 1, HOUR_S])
def test_nothing_before_and_after(moment: int) -> None:
    source = live_events(live_event(flags=SHOP))
    who = player(now_s=NOW_S + moment)
    assert values_of(source, who) == []
    assert source.candidates(who) == {}
    found = place(source, who)
    assert (found.run, found.takes_part, found.eligible) == (None, False, True)
    assert found.problem == NOT_ON


def test_when_time_changes_something() -> None:
    source = live_events(live_event(schedule=NIGHTS, flags=SHOP), live_event("f", flags=SHOP))
    starts = MIDNIGHT_S + 22 * HOUR_S
    before = source.overrides(player(now_s=NOW_S - 2 * HOUR_S))
    assert before.changes_at_us == (NOW_S - HOUR_S) * MICROSECONDS
    assert source.next_change_us((NOW_S - HOUR_S) * MICROSECONDS) == starts * MICROSECONDS
    on = source.overrides(player())
    assert [each.name for each in on.overrides["shop"]] == ["e", "f"]
    assert on.changes_at_us == WHOLE.end_us
    # Asked about an instant that has been, it tells what was.
    assert source.overrides(player(now_s=NOW_S - 2 * HOUR_S)) == before
    assert source.overrides(player()) == on


def test_where_nothing_is_to_come_time_changes_nothing() -> None:
    assert live_events().overrides(player()).changes_at_us is None
    over = live_events(live_event(flags=SHOP)).overrides(player(now_s=NOW_S + DAY_S))
    assert over.changes_at_us is None


def test_who_is_in_no_audience_or_is_excluded() -> None:
    source = live_events(
        live_event(audiences=("high",), exclude_audiences=("top",), flags=SHOP),
    )
    low, high, top = player(level=1), player(level=6), player(level=51)
    assert place(source, low).problem == NOT_IN_AUDIENCES
    assert place(source, top).problem == "the player is in audience 'top', which is excluded"
    assert not place(source, low).eligible
    assert place(source, high).takes_part
    assert values_of(source, low) == values_of(source, top) == []
    (candidate,) = source.candidates(low)["shop"]
    assert (candidate.applies, candidate.problem) == (False, NOT_IN_AUDIENCES)
    assert [each.member for each in candidate.audiences] == [False]


def test_who_once_took_part_stays() -> None:
    source = live_events(live_event(audiences=("high",), flags=SHOP))
    (admission,) = source.overrides(player(level=6)).admissions
    assert admission.part == FIRST
    assert admission.kind is SubjectKind.LIVE_EVENT
    assert (admission.flags, admission.exposure) == ({"shop"}, None)
    held = [admitted(admission)]
    answer = source.overrides(player(level=1, held=held))
    assert [each.value for each in answer.overrides["shop"]] == ["blue"]
    assert answer.admissions == []
    found = place(source, player(level=1, held=held))
    assert (found.takes_part, found.eligible, found.enrolled_us) == (True, False, NOW_US)


def test_without_sticky_membership_who_leaves_the_audience_leaves_the_event() -> None:
    source = live_events(live_event(audiences=("high",), flags=SHOP, sticky_membership=False))
    assert source.overrides(player(level=6)).admissions == []
    held = [Enrolment(part=FIRST, enrolled_us=1)]
    assert place(source, player(level=1, held=held)).problem == NOT_IN_AUDIENCES
    assert values_of(source, player(level=1, held=held)) == []


def test_what_must_be_joined() -> None:
    source = live_events(live_event(flags=SHOP, explicit_join=True))
    found = place(source, player())
    assert (found.takes_part, found.eligible, found.problem) == (False, True, NOT_JOINED)
    assert source.overrides(player()).admissions == []
    assert values_of(source, player()) == []
    joined = player(held=[admitted(found.admission)])
    assert place(source, joined).takes_part
    assert values_of(source, joined) == [(OverrideType.LIVE_EVENT_FLAG, "", "blue")]


def test_a_full_run_admits_nobody_else() -> None:
    source = live_events(live_event(flags=SHOP, participants_max=1))
    (admission,) = source.overrides(player()).admissions
    assert admission.participants_max == 1
    late = player(full=[FIRST])
    assert place(source, late).problem == FULL
    assert values_of(source, late) == []
    early = player(full=[FIRST], held=[admitted(admission)])
    assert place(source, early).takes_part


def test_nobody_who_is_unknown_gets_a_place() -> None:
    kept = live_events(live_event(flags=SHOP, participants_max=1))
    assert place(kept, player(closed=True)).problem == NOT_KNOWN
    free = live_events(live_event(flags=SHOP))
    assert place(free, player(closed=True)).takes_part


def test_what_is_archived_or_stopped_gives_nothing() -> None:
    gone = live_event("gone", archived=True, flags=SHOP)
    source = live_events(gone, live_event(stopped_time_sec=NOW_S - 1, flags=SHOP))
    assert list(source.by_name) == ["e"]
    assert values_of(source, player()) == []
    stop = RunStop(run=WHOLE.key, at_time_sec=NOW_S - 60)
    assert values_of(live_events(live_event(run_stops=(stop,), flags=SHOP)), player()) == []


def test_the_same_set_as_long_as_nothing_differs() -> None:
    compiler = LiveEventCompiler()
    first, second = live_event("a", flags=SHOP), live_event("b", flags=SHOP)
    source = compiler(catalog(first, second))
    assert compiler(catalog(first, second)) is source
    changed = compiler(catalog(first, live_event("b")))
    assert changed is not source
    assert changed.by_name["a"] is source.by_name["a"]
    assert list(compiler(catalog(first)).by_name) == ["a"]


def test_evenings_where_the_player_is() -> None:
    source = live_events(live_event(schedule=EVENINGS, flags=SHOP))
    # 22:13 in London, 23:13 in Berlin, 17:13 in New York, 19:13 in Sao Paulo.
    for zone in ("Europe/London", "Europe/Berlin", "America/New_York", ""):
        assert place(source, player(zone=zone)).run is None, zone
    there = player(zone="America/Sao_Paulo")
    found = place(source, there)
    evening = MIDNIGHT_S + 18 * HOUR_S
    assert found.run == run_of(evening, evening + 3 * HOUR_S, evening + 5 * HOUR_S)
    (admission,) = source.overrides(there).admissions
    assert (admission.part, admission.time_zone) == (
        Part("id of e", str(evening)),
        "America/Sao_Paulo",
    )
    starts_in_new_york = evening + 5 * HOUR_S
    answer = source.overrides(player(zone="America/New_York"))
    assert answer.changes_at_us == starts_in_new_york * MICROSECONDS


def test_a_place_keeps_its_time_zone_and_a_run_never_comes_twice() -> None:
    source = live_events(live_event(schedule=EVENINGS, flags=SHOP))
    first = place(source, player(zone="America/Sao_Paulo"))
    held = [admitted(first.admission)]
    # Elsewhere at the same time: the run goes on as it is.
    moved = place(source, player(zone="Asia/Tokyo", held=held))
    assert (moved.run, moved.zone, moved.takes_part) == (first.run, "America/Sao_Paulo", True)
    assert moved.admission is None
    answer = source.overrides(player(zone="Asia/Tokyo", held=held))
    assert answer.changes_at_us == (MIDNIGHT_S + 23 * HOUR_S) * MICROSECONDS
    # Later, where that evening is still to come.
    later = MIDNIGHT_S + DAY_S + 2 * HOUR_S
    west = player(now_s=later, zone="America/Los_Angeles", held=held)
    assert place(source, player(now_s=later, zone="America/Los_Angeles")).takes_part
    again = place(source, west)
    assert (again.run, again.takes_part, again.problem) == (None, False, HAD)
    assert source.overrides(west).overrides == {}
    # The next evening is another run.
    tomorrow = MIDNIGHT_S + DAY_S + 21 * HOUR_S
    assert place(source, player(now_s=tomorrow, zone="America/Sao_Paulo", held=held)).takes_part


@pytest.mark.parametrize(
    ("told", "zone"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("Pacific/Kiritimati", "Pacific/Kiritimati"),
        ("-12:00", "-12:00"),
        ("+14:01", ""),
        ("-23:00", ""),
        ("Moon/Tycho", ""),
        ("", ""),
    ],
)
def test_only_time_zones_of_the_earth(told: str, zone: str) -> None:
    assert zone_of(player(zone=told)) == zone


def test_who_says_no_time_zone_has_that_of_the_schedule() -> None:
    there = msgspec.structs.replace(EVENINGS, time_zone="America/Sao_Paulo")
    source = live_events(live_event(schedule=there))
    found = place(source, player())
    assert found.takes_part
    assert found.admission is not None
    assert found.admission.time_zone == ""


plans = st.builds(
    Schedule,
    start_time_sec=st.integers(-40, 10).map(lambda hours: NOW_S + hours * HOUR_S),
    end_time_sec=st.integers(11, 60).map(lambda hours: NOW_S + hours * HOUR_S),
    time_zone=st.sampled_from(["", "Asia/Tokyo"]),
    player_local=st.booleans(),
)
worlds = st.lists(
    st.builds(
        lambda schedule, cron, body: {
            "schedule": msgspec.structs.replace(
                schedule, reset_cron=cron, duration_sec=7 * HOUR_S if cron else 0
            ),
            **body,
        },
        plans,
        st.sampled_from(["", "0 */9 * * *", "30 18 * * *"]),
        st.fixed_dictionaries(
            {
                "sticky_membership": st.booleans(),
                "explicit_join": st.booleans(),
                "participants_max": st.sampled_from([0, 5]),
                "audiences": st.sampled_from([(), ("high",)]),
                "flags": st.sampled_from([(), SHOP, BY_LEVEL]),
            }
        ),
    ),
    max_size=4,
)
people = st.fixed_dictionaries(
    {
        "now_s": st.integers(-50, 50).map(lambda hours: NOW_S + hours * HOUR_S),
        "level": st.sampled_from([0, 6, 51]),
        "zone": st.sampled_from(["", "Pacific/Kiritimati", "America/Los_Angeles"]),
    }
)


@given(worlds, st.lists(people, min_size=1, max_size=4))
def test_all_ways_of_asking_agree(
    world: list[dict[str, object]], asked: list[dict[str, object]]
) -> None:
    definitions = [
        live_event(f"e{index}", **body)  # type: ignore[arg-type] # the fields of a live event
        for index, body in enumerate(world)
    ]
    used = live_events(*definitions)
    for each in asked:
        who = player(**each)  # type: ignore[arg-type] # what a player is
        answer = used.overrides(who)
        # What was asked before makes no difference.
        assert live_events(*definitions).overrides(player(**each)) == answer  # type: ignore[arg-type] # the same
        applying = [each for each in used.candidates(who).get("shop", ()) if each.applies]
        assert [each.override for each in applying] == list(answer.overrides.get("shop", ()))
        assert {each.part for each in answer.admissions} == {
            each.admission.part
            for each in used.places(who)
            if each.takes_part and each.admission is not None and each.event.flags
        }
        until_us = answer.changes_at_us
        if until_us is None:
            until_us = (NOW_S + 1000 * DAY_S) * MICROSECONDS
        assert until_us > who.now_us
        # Until then nothing changes by time alone: the audiences here do not ask for it.
        last = player(**{**each, "now_s": min(until_us // MICROSECONDS - 1, 2**33)})  # type: ignore[arg-type] # the same
        assert used.overrides(last).overrides == answer.overrides
