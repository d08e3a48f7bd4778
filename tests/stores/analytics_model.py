"""What an analytics store must answer, worked out in plain Python from the same chunks."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from matsuri.events.analytics import (
    DAY_US,
    Chunk,
    CountsQuery,
    DayCount,
    EventRow,
    ExportQuery,
    Item,
    Merge,
    NamedEventsQuery,
    PastEventsQuery,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SessionRow,
    TopValuesQuery,
    ValueCount,
)
from matsuri.events.model import SESSION_START, EventBatch, ProfileErased, ProfileMerged


class Told(NamedTuple):
    """What one batch tells of its session."""

    day: int
    key: int
    session_id: str
    position: int
    place: int
    started_us: int | None
    told_us: int | None
    times_us: list[int]
    event_count: int
    country: str
    api_key: str


class AnalyticsModel:
    def __init__(self) -> None:
        self.events: list[EventRow] = []
        self.told: list[Told] = []
        self.merges: list[Merge] = []
        self.last_seq = 0
        self.complete = True

    def append(self, chunk: Chunk) -> None:
        if chunk.last_seq <= self.last_seq:
            return
        gone: set[int] = set()
        for item in chunk.items:
            entry = item.entry
            if isinstance(entry, ProfileMerged):
                self.merges.append(Merge(item.position, item.place, entry.from_key, entry.into_key))
            elif isinstance(entry, ProfileErased):
                gone |= self.profiles_of(entry.profile_key)
                self.events = [event for event in self.events if event.profile_key not in gone]
                self.told = [told for told in self.told if told.key not in gone]
            elif isinstance(entry, EventBatch) and entry.profile_key not in gone:
                self._add(item, entry)
        self.last_seq = chunk.last_seq

    def _add(self, item: Item, batch: EventBatch) -> None:
        for number, event in enumerate(batch.events):
            self.events.append(
                EventRow(
                    position=item.position,
                    place=item.place + number,
                    profile_key=batch.profile_key,
                    time_us=event.timestamp_us,
                    received_us=batch.received_us,
                    identity_id=batch.identity_id,
                    session_id=batch.session_id,
                    event_id=event.id,
                    name=event.name,
                    value=event.value,
                    metadata=event.metadata,
                    source=batch.source.value,
                    api_key=batch.api_key,
                    is_test=batch.is_test,
                )
            )
        if not batch.session_id or not batch.profile_key:
            return
        times = [event.timestamp_us for event in batch.events]
        starts = [event for event in batch.events if event.name == SESSION_START]
        issued_us = batch.session_issued_at * 1_000_000 or None
        self.told.append(
            Told(
                day=min(times) // DAY_US,
                key=batch.profile_key,
                session_id=batch.session_id,
                position=item.position,
                place=item.place,
                started_us=min((event.timestamp_us for event in starts), default=None),
                told_us=issued_us,
                times_us=times,
                event_count=len(times) - len(starts),
                country=(starts[0].metadata or {}).get("countryCode", "") if starts else "",
                api_key=batch.api_key,
            )
        )

    def tidy(self, *, now_us: int, keep_days: int) -> None:
        first_day = now_us // DAY_US - keep_days
        kept = [event for event in self.events if event.time_us // DAY_US >= first_day]
        told = [told for told in self.told if told.day >= first_day]
        self.complete &= len(kept) == len(self.events) and len(told) == len(self.told)
        self.events, self.told = kept, told

    def player_of(self, key: int) -> int:
        into = {merge.from_key: merge.into_key for merge in self.merges}
        while key in into:
            key = into[key]
        return key

    def profiles_of(self, player: int) -> set[int]:
        keys = {player}
        while more := {m.from_key for m in self.merges if m.into_key in keys} - keys:
            keys |= more
        return keys

    def player_events(self, query: PlayerEventsQuery) -> list[EventRow]:
        keys = self.profiles_of(query.profile_key)
        found = [
            event
            for event in self.events
            if event.profile_key in keys
            and (not query.names or event.name in query.names)
            and query.session_id in {"", event.session_id}
            and query.event_id in {"", event.event_id}
            and query.text.lower() in "\0".join(_texts(event)).lower()
            and (query.from_us is None or event.time_us >= query.from_us)
            and (query.until_us is None or event.time_us < query.until_us)
        ]
        found.sort(key=_place_in_time, reverse=True)
        if query.before is not None:
            end = (query.before.time_us, query.before.position, query.before.place)
            found = [event for event in found if _place_in_time(event) < end]
        return found[: query.limit]

    def player_sessions(self, query: PlayerSessionsQuery) -> list[SessionRow]:
        by_id: defaultdict[str, list[Told]] = defaultdict(list)
        for told in sorted(self.told, key=lambda told: (told.position, told.place)):
            if told.key in self.profiles_of(query.profile_key):
                by_id[told.session_id].append(told)
        rows = []
        for session_id, parts in by_id.items():
            times = [time for told in parts for time in told.times_us]
            starts = [told.started_us for told in parts if told.started_us is not None]
            said = [told.told_us for told in parts if told.told_us is not None]
            rows.append(
                SessionRow(
                    session_id=session_id,
                    profile_key=query.profile_key,
                    started_us=min(starts or said or times),
                    first_event_us=min(times),
                    last_event_us=max(times),
                    event_count=sum(told.event_count for told in parts),
                    country=next((told.country for told in parts if told.country), ""),
                    api_key=next((told.api_key for told in parts if told.api_key), ""),
                )
            )
        rows.sort(key=lambda row: (-row.started_us, row.session_id))
        if query.before is not None:
            end = (-query.before.started_us, query.before.session_id)
            rows = [row for row in rows if (-row.started_us, row.session_id) > end]
        return rows[: query.limit]

    def event_counts(self, query: CountsQuery) -> list[DayCount]:
        groups: defaultdict[tuple[int, str], list[EventRow]] = defaultdict(list)
        for event in self._counted(query.from_day, query.until_day):
            if not query.names or event.name in query.names:
                groups[event.time_us // DAY_US, event.name].append(event)
        return [
            DayCount(day, name, len(found), self._players(found))
            for (day, name), found in sorted(groups.items())
        ]

    def top_values(self, query: TopValuesQuery) -> list[ValueCount]:
        groups: defaultdict[str | None, list[EventRow]] = defaultdict(list)
        for event in self._counted(query.from_day, query.until_day):
            if event.name == query.name:
                told = (event.metadata or {}).get(query.metadata_key)
                groups[told if query.metadata_key else event.value].append(event)
        rows = [ValueCount(told, len(e), self._players(e)) for told, e in groups.items()]
        rows.sort(key=lambda row: (-row.events, row.value is None, row.value or ""))
        return rows[: query.limit]

    def export(self, query: ExportQuery) -> list[EventRow]:
        def time_of(event: EventRow) -> int:
            return event.received_us if query.received else event.time_us

        return sorted(
            (
                event
                for event in self.events
                if (not query.names or event.name in query.names)
                and (query.from_us is None or time_of(event) >= query.from_us)
                and (query.until_us is None or time_of(event) < query.until_us)
            ),
            key=lambda event: (time_of(event), event.position, event.place),
        )

    def history_of(self, keys: set[int]) -> list[EventRow]:
        return sorted(
            (event for event in self.events if event.profile_key in keys),
            key=lambda event: (event.position, event.place),
        )

    def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        def place_of(event: EventRow) -> tuple[int, int, int]:
            return event.profile_key, event.position, event.place

        found = sorted(
            (
                event
                for event in self.events
                if event.name in query.names
                and query.first_key <= event.profile_key <= query.last_key
                and event.position < query.before_position
                and event.time_us // DAY_US >= query.from_day
                and (query.after is None or place_of(event) > query.after)
            ),
            key=place_of,
        )
        return found[: query.limit]

    def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        return [
            event
            for key in sorted(set(query.profile_keys))
            for event in self.named_events(
                NamedEventsQuery(
                    names=query.names,
                    first_key=key,
                    last_key=key,
                    before_position=10**9,
                    from_day=query.from_day,
                    limit=len(self.events),
                )
            )
            if query.after is None or (key, event.position, event.place) > query.after
        ][: query.limit]

    def profile_keys(self) -> list[int]:
        return sorted(Counter(event.profile_key for event in self.events))

    def days(self) -> list[int]:
        return sorted({event.time_us // DAY_US for event in self.events})

    def _counted(self, from_day: int, until_day: int) -> Iterator[EventRow]:
        return (
            e for e in self.events if from_day <= e.time_us // DAY_US <= until_day and not e.is_test
        )

    def _players(self, events: list[EventRow]) -> int:
        return len({self.player_of(event.profile_key) for event in events if event.profile_key})


def _place_in_time(event: EventRow) -> tuple[int, int, int]:
    return event.time_us, event.position, event.place


def _texts(event: EventRow) -> Iterator[str]:
    yield event.name
    yield event.value or ""
    for key, value in (event.metadata or {}).items():
        yield key
        yield value
