"""What came in by the minute, and how far behind its reader is."""

from collections.abc import Sequence

from matsuri.events.ingestion import MINUTES_KEPT, IngestionWatch
from matsuri.kit.clock import MICROSECONDS

MINUTE = 60 * MICROSECONDS
NOON = 28_333_333 * MINUTE


class HandClock:
    def __init__(self) -> None:
        self.us = NOON

    def now_us(self) -> int:
        return self.us


class Told:
    def __init__(self) -> None:
        self.calls: list[tuple[str, int, list[str]]] = []

    def events_taken(self, source: str, *, accepted: int, rejected: Sequence[str]) -> None:
        self.calls.append((source, accepted, list(rejected)))


def watched() -> tuple[IngestionWatch, HandClock, Told]:
    clock, told = HandClock(), Told()
    return IngestionWatch(told, clock=clock), clock, told


def test_events_are_counted_by_the_minute_and_told_on() -> None:
    watch, clock, told = watched()
    watch.events_taken("session", accepted=3, rejected=["INVALID_NAME"])
    clock.us += MINUTE - 1
    watch.events_taken("server", accepted=2, rejected=[])
    clock.us += 2 * MINUTE
    watch.events_taken("server", accepted=1, rejected=[])
    minutes = watch.ingestion().minutes
    assert [(each.accepted, each.refused) for each in minutes[-3:]] == [(5, 1), (0, 0), (1, 0)]
    assert [each.start_us for each in minutes[-3:]] == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]
    assert len(minutes) == MINUTES_KEPT
    assert told.calls == [("session", 3, ["INVALID_NAME"]), ("server", 2, []), ("server", 1, [])]


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    watch, clock, _ = watched()
    watch.events_taken("session", accepted=3, rejected=[])
    clock.us += MINUTES_KEPT * MINUTE
    assert sum(each.accepted for each in watch.ingestion().minutes) == 0


def test_the_lag_is_the_age_of_the_oldest_that_is_not_applied() -> None:
    watch, clock, _ = watched()
    watch.progressed(end=100, position=100)
    assert (watch.ingestion().lag_bytes, watch.ingestion().lag_us) == (0, 0)
    watch.progressed(end=200, position=100)
    clock.us += 5 * MICROSECONDS
    watch.progressed(end=300, position=150)
    clock.us += 2 * MICROSECONDS
    assert watch.ingestion().lag_bytes == 150
    assert watch.ingestion().lag_us == 7 * MICROSECONDS
    watch.progressed(end=300, position=200)
    assert watch.ingestion().lag_us == 2 * MICROSECONDS
    watch.progressed(end=300, position=300)
    clock.us += MINUTE
    assert watch.ingestion().lag_us == 0
