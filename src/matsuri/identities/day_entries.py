"""Events of one series on one UTC day, in bounded space. Pure.

Whatever the order in which events come, and however they are split and put together again, the
same events make the same entries.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from matsuri.kit.numbers import EXACT, format_number

SECONDS_MAX: Final = 512
"""A day with events at more different seconds than these is kept by the minute."""
_MINUTE_S: Final = 60
_DAY_S: Final = 86_400
_INTEGER_MAX: Final = 2**63 - 1


class Entry(NamedTuple):
    """Events of one second of the day, or of the minute that begins with it.

    ``total`` is the exact sum of the values that are numbers; ``None`` where there are none.
    """

    second: int
    events: int
    total: Decimal | None


class _Stored(msgspec.Struct, array_like=True, omit_defaults=True):
    """The stored form: steps from one second to the next; empty lists are all 1, or all ``None``.

    Steps of a day by the minute are minutes.
    """

    width_s: int
    steps: list[int]
    counts: list[int] = []
    totals: list[int | str | None] = []


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Stored)


class DayEntries:
    """The entries of one day; ``width_s`` is 60 where it is kept by the minute, else 1."""

    __slots__ = ("_entries", "width_s")

    def __init__(self) -> None:
        self.width_s = 1
        self._entries: dict[int, tuple[int, Decimal | None]] = {}

    def add(self, second: int, *, events: int = 1, total: Decimal | None = None) -> None:
        """Add events of a second of the day."""
        second -= second % self.width_s
        known = self._entries.get(second)
        if known is not None:
            events += known[0]
            total = add_totals(known[1], total)
        self._entries[second] = (events, total)
        if self.width_s == 1 and len(self._entries) > SECONDS_MAX:
            self._by_the_minute()

    def merge(self, other: "DayEntries") -> None:
        """Add all of ``other``."""
        if other.width_s > self.width_s:
            self._by_the_minute()
        for second, events, total in other:
            self.add(second, events=events, total=total)

    def _by_the_minute(self) -> None:
        fine, self._entries, self.width_s = self._entries, {}, _MINUTE_S
        for second, (events, total) in fine.items():
            self.add(second, events=events, total=total)

    def __iter__(self) -> Iterator[Entry]:
        """The entries in the order of time."""
        for second in sorted(self._entries):
            yield Entry(second, *self._entries[second])

    @property
    def events(self) -> int:
        """How many events there are."""
        return sum(events for events, _ in self._entries.values())

    @property
    def total(self) -> Decimal | None:
        """The exact sum of the values that are numbers; ``None`` where there are none."""
        return sum_totals(total for _, total in self._entries.values())

    def encode(self) -> bytes:
        """The stored form."""
        steps, counts, totals = [], [], []
        before = counted = valued = 0
        for second in sorted(self._entries):
            events, total = self._entries[second]
            step = second // self.width_s
            steps.append(step - before)
            before = step
            counts.append(events)
            counted += events
            valued += total is not None
            totals.append(None if total is None else _told(total))
        return _encoder.encode(
            _Stored(
                self.width_s,
                steps,
                counts if counted > len(counts) else [],
                totals if valued else [],
            )
        )


def decode_day(blob: bytes) -> DayEntries:
    """The entries of a stored form; raises ``msgspec.MsgspecError`` where it is none."""
    stored = _decoder.decode(blob)
    day = DayEntries()
    day.width_s = stored.width_s
    counts: Sequence[int] = stored.counts or [1] * len(stored.steps)
    totals: Sequence[int | str | None] = stored.totals or [None] * len(stored.steps)
    second = 0
    for step, count, told in zip(stored.steps, counts, totals, strict=True):
        second += step * stored.width_s
        day.add(second, events=count, total=None if told is None else Decimal(told))
    return day


def _told(total: Decimal) -> int | str:
    whole = int(total)
    return whole if whole == total and abs(whole) <= _INTEGER_MAX else format_number(total)


def add_totals(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """The exact sum of two sums."""
    if a is None or b is None:
        return b if a is None else a
    return EXACT.add(a, b)


def sum_totals(totals: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum of all; ``None`` where there are no numbers."""
    result = None
    for total in totals:
        result = add_totals(result, total)
    return result


class Interval(NamedTuple):
    """When something happened: at a time from ``first_s`` to ``last_s``, both included."""

    first_s: int
    last_s: int


def intervals(days: Mapping[int, DayEntries]) -> list[Interval]:
    """When the events of these UTC days were, in the order of time."""
    found = []
    for day in sorted(days):
        width_s = days[day].width_s
        for entry in days[day]:
            time_s = day * _DAY_S + entry.second
            found.append(Interval(time_s, time_s + width_s - 1))
    return found


def first_sequence(
    firsts: Sequence[Interval], seconds: Sequence[Interval], *, within_s: int
) -> int | None:
    """When one of ``seconds`` first came 0 to ``within_s`` after one of ``firsts``.

    Both are in the order of time. Where it is not known whether they did, by the minute, they did.
    """
    starts = [first.first_s for first in firsts]
    for second in seconds:
        place = bisect_right(starts, second.last_s)
        if place and firsts[place - 1].last_s >= second.first_s - within_s:
            return second.first_s
    return None
