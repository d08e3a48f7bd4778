"""Cron expressions: what they ask for, what is refused, and that none takes long."""

import time
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.kit.wall_clock import END_S, FIRST_S
from matsuri.live_events.cron import CRON_CHARS_MAX, Cron, cron_of
from matsuri.live_events.model import LiveEventDefinition, Schedule
from matsuri.live_events.schedule import Timeline

Fits = Callable[[datetime], bool]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def text(shown_s: int | None) -> str | None:
    if shown_s is None:
        return None
    return datetime.fromtimestamp(shown_s, UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("cron", "after", "before"),
    [
        ("0 18 * * FRI", "2026-11-27 18:00", "2026-11-20 18:00"),
        ("0 18 * * fri", "2026-11-27 18:00", "2026-11-20 18:00"),
        ("0 18 * * 5", "2026-11-27 18:00", "2026-11-20 18:00"),
        ("0 18 * * 0", "2026-11-29 18:00", "2026-11-22 18:00"),
        ("0 18 * * 7", "2026-11-29 18:00", "2026-11-22 18:00"),
        ("0 9 * * MON-FRI", "2026-11-25 09:00", "2026-11-24 09:00"),
        ("15,45 */6 * * *", "2026-11-24 12:45", "2026-11-24 12:15"),
        ("0 0 1 JAN,JUL *", "2027-01-01 00:00", "2026-07-01 00:00"),
        ("0 0 L * *", "2026-11-30 00:00", "2026-10-31 00:00"),
        ("0 0 LW * *", "2026-11-30 00:00", "2026-10-30 00:00"),
        ("0 0 * * MON#1", "2026-12-07 00:00", "2026-11-02 00:00"),
        ("0 0 * * 0L", "2026-11-29 00:00", "2026-10-25 00:00"),
        ("0 0 29 2 *", "2028-02-29 00:00", "2024-02-29 00:00"),
        # Of a day of the month and one of the week, each will do …
        ("0 0 13 * FRI", "2026-11-27 00:00", "2026-11-20 00:00"),
        # … but for one that begins with a star.
        ("0 0 13 * */5", "2026-12-13 00:00", "2026-11-13 00:00"),
        ("10-30/10 12 * * *", "2026-11-24 12:30", "2026-11-24 12:10"),
        ("50/5 12 * * *", "2026-11-24 12:50", "2026-11-23 12:55"),
        (" 0  0 *  * * ", "2026-11-25 00:00", "2026-11-24 00:00"),
    ],
)
def test_ticks(cron: str, after: str, before: str) -> None:
    now_s = seconds("2026-11-24T12:20")
    assert text(Cron(cron).tick_after(now_s)) == after
    assert text(Cron(cron).tick_before(now_s)) == before


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("", "has 0 fields, not 5"),
        ("* * * *", "has 4 fields, not 5"),
        ("0 * * * * *", "has 6 fields, not 5"),
        ("@daily", "has 1 fields, not 5"),
        ("60 * * * *", "bad minute"),
        ("-1 * * * *", "bad minute"),
        ("1, * * * *", "bad minute"),
        ("*/0 * * * *", "bad minute"),
        ("* 24 * * *", "bad hour"),
        ("* 5-3 * * *", "bad hour"),
        ("* * 0 * *", "bad day-of-month"),
        ("* * 32 * *", "bad day-of-month"),
        ("* * ? * *", "bad day-of-month"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 31 4,6,9,11 *", "bad day-of-month"),
        ("* * * 13 *", "bad month"),
        ("* * * JANUARY *", "bad month"),
        ("* * * * 8", "bad day-of-week"),
        ("* * * * FRIDAY", "bad day-of-week"),
        ("* * * * MON#6", "bad day-of-week"),
        ("* * * * SUNL", "bad day-of-week"),
        ("0 0 * * \N{ARABIC-INDIC DIGIT ONE}", "bad day-of-week"),
        ("0" * (CRON_CHARS_MAX + 1), "has 129 characters, at most 128 are allowed"),
    ],
)
def test_what_is_refused(cron: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}$"):
        cron_of(cron)


def test_which_have_ticks_in_every_hour() -> None:
    assert all(Cron(each).every_hour for each in ("0 * * * *", "*/5 * 1 1 *", "7 0-23 * * SUN"))
    assert not any(Cron(each).every_hour for each in ("0 */2 * * *", "0 1-23 * * *"))


def test_where_time_ends() -> None:
    often = Cron("* * * * *")
    assert often.tick_after(FIRST_S - 10**9) == FIRST_S
    assert often.tick_before(FIRST_S) is None
    assert often.tick_before(FIRST_S + 1) == FIRST_S
    assert often.tick_after(END_S - 60) is None
    assert often.tick_after(END_S) is None
    assert often.tick_before(END_S + 10**9) == END_S - 60


def _numbers(low: int, high: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(low, high), min_size=1, max_size=4)


def _listed(numbers: frozenset[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


@given(
    _numbers(0, 59),
    _numbers(0, 23),
    st.none() | _numbers(1, 28),
    st.none() | _numbers(0, 6),
    st.integers(seconds("2023-12-30T00:00"), seconds("2028-03-02T00:00")),
)
def test_ticks_are_the_minutes_that_fit(
    minutes: frozenset[int],
    hours: frozenset[int],
    days: frozenset[int] | None,
    weekdays: frozenset[int] | None,
    now_s: int,
) -> None:
    fields = ["*" if each is None else _listed(each) for each in (days, weekdays)]
    cron = Cron(f"{_listed(minutes)} {_listed(hours)} {fields[0]} * {fields[1]}")

    def is_day(day: date) -> bool:
        by_date = None if days is None else day.day in days
        by_weekday = None if weekdays is None else day.isoweekday() % 7 in weekdays
        given = [each for each in (by_date, by_weekday) if each is not None]
        return any(given) if given else True

    first = datetime.fromtimestamp(now_s, UTC).date() - timedelta(days=40)
    nearby = [first + timedelta(days=number) for number in range(81)]
    ticks = [
        int(datetime(each.year, each.month, each.day, hour, minute, tzinfo=UTC).timestamp())
        for each in nearby
        if is_day(each)
        for hour in sorted(hours)
        for minute in sorted(minutes)
    ]
    assert cron.tick_after(now_s) == min(each for each in ticks if each > now_s)
    assert cron.tick_before(now_s) == max(each for each in ticks if each < now_s)


@given(st.integers(2000, 2100), st.integers(1, 12))
def test_the_last_day_of_a_month(year: int, month: int) -> None:
    last = monthrange(year, month)[1]
    start_s = seconds(f"{year}-{month:02d}-01T00:00")
    assert Cron("0 0 L * *").tick_after(start_s) == start_s + (last - 1) * 86_400


# The rarest there are; some have no tick at all, though their fields are right.
RARE = [
    "* * * * *",
    "0 0 29 2 *",
    "0 0 29 2 */7",
    "0 0 * 2 MON#5",
    "0 0 */30 2 MON#5",
    "59 23 */31 2,4 1#5",
    "0,1 0 */31 */11 TUE#5",
]


@pytest.mark.parametrize("cron", RARE)
@pytest.mark.parametrize("local", [False, True])
def test_no_question_takes_long(cron: str, *, local: bool) -> None:
    schedule = Schedule(
        start_time_sec=1,
        reset_cron=cron,
        duration_sec=86_400,
        time_zone="Europe/Berlin",
        player_local=local,
    )
    timeline = Timeline(LiveEventDefinition(schedule=schedule), 0)
    began = time.process_time()
    for now_s in (1, seconds("2026-11-24T12:20"), seconds("2900-01-01T00:00"), END_S - 1):
        now_us = now_s * 1_000_000
        timeline.run_at(now_us)
        timeline.next_boundary_us(now_us)
        timeline.runs_of(str(now_s))
        next(timeline.starting_before(now_us), None)
    # Some 3 ms each; a walk over the runs of centuries would take minutes.
    assert time.process_time() - began < 1
