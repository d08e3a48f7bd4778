"""Cron expressions, read as what a clock shows: without zones, and without end. Pure.

There are the five fields of cron: minute, hour, day of the month, month, day of the week. What a
clock shows is told in seconds as if it were UTC, as in ``kit.wall_clock``.
"""

from copy import copy
from datetime import UTC, datetime
from functools import lru_cache

from cronsim import CronSim, CronSimError

from matsuri.kit.wall_clock import END_S, FIRST_S

CRON_ALLOWED = (
    "five fields: minute, hour, day of the month, month, day of the week, such as 0 18 * * FRI"
)
CRON_CHARS_MAX = 128

_FIELDS = 5
_HOURS_OF_DAY = frozenset(range(24))
_CRONS_CACHED_MAX = 4096


class Cron:
    """A cron expression; raises ``ValueError`` for what is none.

    ``every_hour`` says whether it has ticks in each hour of the days that it has any in,
    ``ticks_an_hour`` how many an hour has that has any.
    """

    def __init__(self, text: str) -> None:
        if len(text) > CRON_CHARS_MAX:
            raise ValueError(f"has {len(text)} characters, at most {CRON_CHARS_MAX} are allowed")
        if len(text.split()) != _FIELDS:
            raise ValueError(f"has {len(text.split())} fields, not {_FIELDS}")
        try:
            self._parsed = CronSim(text, datetime(2000, 1, 1))  # noqa: DTZ001 # a time of no zone
        except CronSimError as error:
            raise ValueError(str(error)[:1].lower() + str(error)[1:]) from None
        self.text = text
        self.every_hour = self._parsed.hours >= _HOURS_OF_DAY
        self.ticks_an_hour = len(self._parsed.minutes)

    def tick_after(self, shown_s: int) -> int | None:
        """The first tick after that; ``None`` where there is none for 50 years."""
        if shown_s >= END_S:
            return None
        return self._tick(max(shown_s, FIRST_S - 1), reverse=False)

    def tick_before(self, shown_s: int) -> int | None:
        """The last tick before that; ``None`` where there is none for 50 years."""
        if shown_s <= FIRST_S:
            return None
        return self._tick(min(shown_s, END_S), reverse=True)

    def _tick(self, shown_s: int, *, reverse: bool) -> int | None:
        # The library would put right what clocks leave out and repeat; a time of no zone has none
        # of that, and is the same from both sides.
        search = copy(self._parsed)
        search.dt = datetime.fromtimestamp(shown_s, UTC).replace(tzinfo=None)
        search.tick_direction = -1 if reverse else 1
        found = next(search, None)
        if found is None:
            return None
        tick_s = int(found.replace(tzinfo=UTC).timestamp())
        return tick_s if FIRST_S <= tick_s < END_S else None


@lru_cache(maxsize=_CRONS_CACHED_MAX)
def cron_of(text: str) -> Cron:
    """The expression; raises ``ValueError`` as ``Cron`` does."""
    return Cron(text)
