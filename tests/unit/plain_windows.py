"""Windows over a plain list of events: slow, exact, and obviously right."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from matsuri.filters.compile import compile_condition
from matsuri.filters.facts import EventSeen, Window
from matsuri.filters.player_functions import plain_number
from matsuri.kit.numbers import parse_number

DAY_S = 86_400

_condition = lru_cache(maxsize=256)(compile_condition)


class PlainEvent(NamedTuple):
    name: str
    time_s: int
    value: str | None = None
    metadata: Mapping[str, str] = {}


class PlainWindows:
    def __init__(self, events: list[PlainEvent]) -> None:
        self.events = sorted(events, key=lambda event: event.time_s)

    def _chosen(self, window: Window) -> Iterator[PlainEvent]:
        for event in self.events:
            seen = EventSeen(event.value, event.metadata, event.time_s)
            if event.name == window.event and (
                not window.condition or _condition(window.condition).matches(seen)
            ):
                yield event

    def _within(self, window: Window, now_s: int) -> list[PlainEvent]:
        first = now_s - window.seconds
        return [event for event in self._chosen(window) if first < event.time_s <= now_s]

    def count(self, window: Window, now_s: int) -> int:
        return len(self._within(window, now_s))

    def total(self, window: Window, now_s: int) -> int | float:
        numbers = [parse_number(event.value or "") for event in self._within(window, now_s)]
        return plain_number(sum((n for n in numbers if n is not None), Decimal(0)))

    def days(self, window: Window, now_s: int) -> int:
        return len({event.time_s // DAY_S for event in self._within(window, now_s)})

    def last(self, window: Window, now_s: int) -> int:
        times = [event.time_s for event in self._chosen(window) if event.time_s <= now_s]
        return times[-1] if times else 0

    def sequence(self, window: Window, now_s: int) -> bool:
        past = [event for event in self.events if event.time_s <= now_s]
        return any(
            first.name == window.event
            and second.name == window.then
            and 0 <= second.time_s - first.time_s <= window.seconds
            for first in past
            for second in past
        )

    def next_change(self, window: Window, now_s: int) -> int | None:
        ask: Callable[[Window, int], Any] = getattr(self, window.kind)
        moments = {
            moment
            for event in self.events
            for moment in (event.time_s, event.time_s + window.seconds)
            if moment > now_s
        }
        before = ask(window, now_s)
        return next((one for one in sorted(moments) if ask(window, one) != before), None)
