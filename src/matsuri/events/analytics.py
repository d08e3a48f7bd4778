"""The analytics store: every accepted event, ready for questions, as long as it is kept.

Two protocols: ``AnalyticsReader`` answers questions, ``AnalyticsStore`` also takes what the
pipeline applied. Every question is one structure and has one structure as its answer, so that it
can be asked across processes (``ANALYTICS_METHODS``). Times are microseconds since the epoch, days
are UTC days counted from the epoch.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from matsuri.errors import Unavailable
from matsuri.events.model import Entry

DAY_US = 86_400_000_000
PAGE_EVENTS_MAX = 1000
PAST_EVENTS_MAX = 20_000


class AnalyticsUnavailable(Unavailable):
    """The analytics store does not answer right now."""


class Item(NamedTuple):
    """One entry that the pipeline applied: after duplicates went and its session was found.

    (``position``, ``place``) is the origin of its first event; the others follow one by one.
    Only event batches, merges and erasures come here.
    """

    position: int
    place: int
    entry: Entry


class Chunk(msgspec.Struct, frozen=True):
    """A stretch of history for the store. Chunks come in order and do not overlap.

    ``first_seq`` and ``last_seq`` number it: the same numbers are the same chunk.
    """

    first_seq: int
    last_seq: int
    items: list[Item]


class EventRow(msgspec.Struct, frozen=True, array_like=True):
    """One event as the store keeps it.

    ``profile_key`` and ``identity_id`` are those under which it was sent, also after a merge;
    ``session_id`` is empty for events outside any session, ``metadata`` is ``None`` where there is
    none. ``is_test`` is whether a test device sent it; such events count in no metric.
    """

    position: int
    place: int
    profile_key: int
    time_us: int
    received_us: int
    identity_id: str
    session_id: str
    event_id: str
    name: str
    value: str | None
    metadata: dict[str, str] | None
    source: str
    api_key: str
    is_test: bool = False


class SessionRow(msgspec.Struct, frozen=True, array_like=True):
    """One session of the player who was asked for, as its events tell it.

    ``country`` and ``api_key`` are the first that are known, in the order of the log.
    ``started_us`` is when it was opened, else the time of its first event; its duration is
    ``last_event_us - started_us``. ``event_count`` leaves the start itself out.
    """

    session_id: str
    profile_key: int
    started_us: int
    first_event_us: int
    last_event_us: int
    event_count: int
    country: str
    api_key: str


class EventCursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of events, the latest first, ended: the event that was its last."""

    time_us: int
    position: int
    place: int


class PlayerEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one player, the latest first; those of merged profiles belong to it.

    ``from_us`` is included, ``until_us`` is not. Empty lists and texts ask for everything.
    ``text`` is looked for in name, value and each key and value of the metadata, as it stands and
    whatever the case of its letters.
    """

    profile_key: int
    names: list[str] = []
    session_id: str = ""
    event_id: str = ""
    text: str = ""
    from_us: int | None = None
    until_us: int | None = None
    before: EventCursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_EVENTS_MAX)] = 100


class SessionCursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of sessions, the latest start first, ended: the session that was its last."""

    started_us: int
    session_id: str


class PlayerSessionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions of one player, the latest first; those of merged profiles belong to it."""

    profile_key: int
    before: SessionCursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_EVENTS_MAX)] = 100


class CountsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How many events there were of each name on each day of ``from_day`` to ``until_day``.

    ``until_day`` is included. No ``names`` asks for all. Events of test devices are left out.
    """

    from_day: int
    until_day: int
    names: list[str] = []


class DayCount(msgspec.Struct, frozen=True, array_like=True):
    """Events of one name on one day, and how many players sent them.

    Merged profiles are one player. Events of no identity count in ``events`` alone.
    """

    day: int
    name: str
    events: int
    players: int


class TopValuesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The commonest values of an event, or of one of its metadata keys, within days.

    Events of test devices are left out.
    """

    name: str
    from_day: int
    until_day: int
    metadata_key: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 20


class ValueCount(msgspec.Struct, frozen=True, array_like=True):
    """How often a value came, and from how many players; ``None`` is no value.

    Players are counted as in ``DayCount``.
    """

    value: str | None
    events: int
    players: int


class EventPlace(NamedTuple):
    """Which event was the last of a page that goes on by player and place in the log."""

    profile_key: int
    position: int
    place: int


class PastEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Events of these ``names`` stored under these keys, on days from ``from_day`` on.

    A merged profile has keys of its own. At most ``limit``, those after ``after``.
    """

    profile_keys: list[int]
    names: list[str]
    from_day: int
    after: EventPlace | None = None
    limit: Annotated[int, Meta(ge=1, le=PAST_EVENTS_MAX)] = PAST_EVENTS_MAX


class SizeQuery(msgspec.Struct, frozen=True):
    """How much the store holds."""


class Size(msgspec.Struct, frozen=True):
    """How much the store holds: events, bytes on disk, and its first and last day."""

    events: int
    bytes: int
    first_day: int | None
    last_day: int | None


class AnalyticsReader(Protocol):
    """Answers questions about events. All raise ``AnalyticsUnavailable``."""

    async def player_events(self, query: PlayerEventsQuery) -> list[EventRow]:
        """Events of one player, the latest first (time, position, place)."""
        ...

    async def player_sessions(self, query: PlayerSessionsQuery) -> list[SessionRow]:
        """Sessions of one player, the latest start first, of equals by session id."""
        ...

    async def event_counts(self, query: CountsQuery) -> list[DayCount]:
        """Counts by day and name, in this order; days without events are left out.

        Texts are ordered by their code points, here and elsewhere.
        """
        ...

    async def top_values(self, query: TopValuesQuery) -> list[ValueCount]:
        """The commonest values, the commonest first, of equals by value, ``None`` last."""
        ...

    async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        """Events of some players, in the order of their keys, and for each in that of the log."""
        ...

    async def size(self, query: SizeQuery) -> Size:
        """How much the store holds."""
        ...


class Merge(NamedTuple):
    """``from_key`` became part of ``into_key`` at that place in the log."""

    position: int
    place: int
    from_key: int
    into_key: int


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to write to a file. ``from_us`` is included, ``until_us`` is not."""

    from_us: int | None = None
    until_us: int | None = None
    names: list[str] = []
    received: bool = False
    """Whether the times are those of receipt; else those of the events."""


class NamedEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Events of these ``names`` stored under keys from ``first_key`` to ``last_key``.

    Both keys are included; of the log, what is before ``before_position``; of all days, those from
    ``from_day`` on. At most ``limit``, those after ``after``.
    """

    names: list[str]
    first_key: int
    last_key: int
    before_position: int
    from_day: int
    after: EventPlace | None = None
    limit: int


class AnalyticsExporter(AnalyticsReader, Protocol):
    """Answers questions, and gives all that it has."""

    def export(self, query: ExportQuery, *, rows_max: int) -> AsyncIterator[list[EventRow]]:
        """Events in the order of the query's kind of time, of equals in that of the log.

        At most ``rows_max`` at once, and never none.
        """
        ...


class AnalyticsStore(AnalyticsExporter, Protocol):
    """Takes what the pipeline applied and keeps it."""

    async def last_seq(self) -> int:
        """The ``last_seq`` of the last chunk that is stored for good; 0 for none."""
        ...

    async def append(self, chunk: Chunk) -> None:
        """Store a chunk for good: once, however often it is given, after any crash.

        Each event lands on the day of its own time. A merge gives what is stored, and what will
        come, of one profile to another; an erasure removes every row of a profile and of those
        merged into it, so that no question finds them any more (see ``scrub``).
        """
        ...

    async def tidy(self, *, now_us: int, keep_days: int) -> None:
        """Put days in their final form, and drop those older than ``keep_days`` (0: none).

        Of ``now_us`` on day 100, 30 days keep day 70 and all later ones. Sessions lose what events
        of dropped days told.
        To be called now and then; each call does a bounded amount of work.
        """
        ...

    async def complete(self) -> bool:
        """Whether nothing was ever dropped, but for erased players."""
        ...

    async def scrub(self) -> int:
        """Make sure that no byte of erased rows is left in any file; how many bytes were redone."""
        ...

    async def profile_keys(self, *, after: int, limit: int) -> list[int]:
        """The next keys, in rising order, under which events are stored."""
        ...

    async def history_of(self, profile_keys: Sequence[int]) -> list[EventRow]:
        """Every event stored under these keys, in the order of the log (position, place)."""
        ...

    async def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        """Events of some names, in the order of their keys, and for each in that of the log."""
        ...

    async def merges(self) -> list[Merge]:
        """Every merge, in the order of the log, also of erased profiles: they are bare numbers."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class Method(NamedTuple):
    """The types of one question and its answer."""

    query: type[Any]
    answer: Any


ANALYTICS_METHODS: Mapping[str, Method] = {
    "player_events": Method(PlayerEventsQuery, list[EventRow]),
    "player_sessions": Method(PlayerSessionsQuery, list[SessionRow]),
    "event_counts": Method(CountsQuery, list[DayCount]),
    "top_values": Method(TopValuesQuery, list[ValueCount]),
    "past_events": Method(PastEventsQuery, list[EventRow]),
    "size": Method(SizeQuery, Size),
}
