"""Everything that is kept of one player, as one JSON document that comes piece by piece."""

import base64
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec

from matsuri.adapters.database import Database
from matsuri.events.analytics import (
    PAGE_EVENTS_MAX,
    AnalyticsReader,
    EventCursor,
    EventRow,
    PlayerEventsQuery,
)
from matsuri.events.event_records import record_of
from matsuri.events.kept_of_player import dead_letters_of, rejections_of
from matsuri.events.model import RejectedEvent
from matsuri.identities import player_store, profile_store
from matsuri.identities.computed import computed_properties
from matsuri.identities.model import EventStats, Identity, Profile
from matsuri.identities.players import Portrait
from matsuri.identities.session_activity import session_duration_us
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.numbers import format_number
from matsuri.kit.timestamps import format_timestamp

FORMAT = "matsuri-player"
VERSION = 1
_ROWS_MAX = 500
# The last bytes of a document that is complete.
END = b',"complete":true}\n'

_encode = msgspec.json.encode


class ExportSection(Protocol):
    """What another part of the server keeps of players, as an array of the document."""

    @property
    def name(self) -> str:
        """The array's name in the document."""
        ...

    async def rows(self, identity: Identity) -> Sequence[Any]:
        """What is kept of that player, few enough to be in memory at once."""
        ...


class PlayerExport:
    """Makes the document (docs/guides/import-and-export.md describes it)."""

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        analytics: AnalyticsReader,
        clock: Clock,
        sections: Sequence[ExportSection] = (),
    ) -> None:
        self._sections_of_others = sections
        self._control = control
        self._history = history
        self._analytics = analytics
        self._clock = clock

    async def pieces(self, portrait: Portrait) -> AsyncGenerator[bytes, None]:
        """The document of a player; at no time is more of it in memory than a page of events.

        One that was cut off is no JSON: it ends with ``END`` only if it is complete.
        """
        key = portrait.identity.key
        opened = await self._control.read(lambda c: player_store.opened_sessions(c, key))
        head = _head(portrait, opened, now_us=self._clock.now_us())
        # The first of the events come before anything is sent, so that failing can be told.
        rows = await self._events(key, None)
        yield _encode(head).removesuffix(b"}")
        async for piece in _array("sessions", self._sessions(key)):
            yield piece
        yield b',"events":['
        separator = b""
        while rows:
            yield separator + b",".join([_encode(record_of(row)) for row in rows])
            separator = b","
            last = rows[-1]
            if len(rows) < PAGE_EVENTS_MAX:
                break
            rows = await self._events(key, EventCursor(last.time_us, last.position, last.place))
        yield b"]"
        async for piece in _array("rejected_events", self._rejected(key)):
            yield piece
        async for piece in _array("dead_letters", self._dead_letters(key)):
            yield piece
        for section in self._sections_of_others:
            rows_of_others = await section.rows(portrait.identity)
            yield b"," + _encode(section.name) + b":" + _encode(rows_of_others)
        yield END

    async def _events(self, key: int, before: EventCursor | None) -> list[EventRow]:
        query = PlayerEventsQuery(profile_key=key, before=before, limit=PAGE_EVENTS_MAX)
        return await self._analytics.player_events(query)

    async def _sessions(self, key: int) -> AsyncGenerator[list[Any], None]:
        after = None
        while True:
            read = partial(profile_store.list_sessions, profile_key=key, limit=_ROWS_MAX)
            found = await self._history.read(partial(read, after=after))
            yield [_session(one) for one in found]
            if len(found) < _ROWS_MAX:
                return
            after = found[-1].place

    async def _rejected(self, key: int) -> AsyncGenerator[list[Any], None]:
        after = 0
        while True:
            read = partial(rejections_of, profile_key=key, limit=_ROWS_MAX)
            found = await self._history.read(partial(read, after=after))
            yield [_rejection(one.event) for one in found]
            if len(found) < _ROWS_MAX:
                return
            after = found[-1].id

    async def _dead_letters(self, key: int) -> AsyncGenerator[list[Any], None]:
        after = 0
        while True:
            read = partial(dead_letters_of, profile_key=key, limit=_ROWS_MAX)
            found = await self._history.read(partial(read, after=after))
            yield [
                {
                    "fail_time": format_timestamp(one.failed_us),
                    "error": one.error,
                    "payload_base64": base64.b64encode(one.payload).decode(),
                }
                for one in found
            ]
            if len(found) < _ROWS_MAX:
                return
            after = found[-1].id


async def _array(name: str, pages: AsyncGenerator[list[Any], None]) -> AsyncGenerator[bytes, None]:
    yield b',"' + name.encode() + b'":['
    separator = b""
    async for page in pages:
        if page:
            yield separator + b",".join([_encode(item) for item in page])
            separator = b","
    yield b"]"


def _head(
    portrait: Portrait, opened: Sequence[player_store.OpenedSession], *, now_us: int
) -> dict[str, Any]:
    identity, profile = portrait.identity, portrait.profile
    return {
        "format": FORMAT,
        "version": VERSION,
        "export_time": format_timestamp(now_us),
        "identity": {
            "id": identity.id,
            "sample_id": identity.sample_id,
            "create_time": format_timestamp(identity.created_us),
            "update_time": format_timestamp(identity.updated_us),
            "is_test": identity.is_test,
            "clock_offset_seconds": identity.clock_offset_s or 0,
        },
        "aliases": [
            {"id": alias.id, "merge_time": format_timestamp(alias.retired_us)}
            for alias in portrait.aliases
        ],
        "properties": {
            "default": identity.default_properties,
            "computed": computed_properties(profile),
            "custom": identity.custom_properties,
        },
        "profile": _profile(profile),
        "opened_sessions": [
            {
                "session_id": session.id,
                "start_time": format_timestamp(session.started_us),
                "expire_time": format_timestamp(session.expires_us),
                "ended": session.revoked_us is not None,
                "country_code": session.country,
                "api_key": session.api_key,
            }
            for session in opened
        ],
    }


def _rejection(event: RejectedEvent) -> dict[str, Any]:
    return {
        "receive_time": format_timestamp(event.received_us),
        "reason": event.reason,
        "problem": event.problem,
        "identity_id": event.identity_id,
        "session_id": event.session_id,
        "source": event.source,
        "api_key": event.api_key,
        # As it was sent; long ones were cut off when they were kept.
        "payload": event.payload.decode("utf-8", "replace"),
    }


def _profile(profile: Profile) -> dict[str, Any]:
    last = profile.session
    return {
        "last_session_id": last.id if last else "",
        "last_active_time": format_timestamp(last.active_us) if last else "",
        "names_dropped": profile.names_dropped,
        "events": {name: _stats(stats) for name, stats in profile.events.items()},
    }


def _stats(stats: EventStats) -> dict[str, Any]:
    told: Mapping[str, Any] = {
        "count": stats.count,
        "first_time": format_timestamp(stats.seen_first_us),
        "last_time": format_timestamp(stats.seen_last_us),
        "numeric_count": stats.numeric_count,
        "value_sum": None if stats.value_sum is None else format_number(stats.value_sum),
        "value_high": None if stats.value_high is None else format_number(stats.value_high),
        "value_low": None if stats.value_low is None else format_number(stats.value_low),
        "value_first": stats.value_first,
        "value_last": stats.value_last,
    }
    return {name: value for name, value in told.items() if value is not None}


def _session(session: profile_store.StoredSession) -> dict[str, Any]:
    duration_us = session_duration_us(
        started_us=session.started_us,
        first_event_us=session.first_event_us,
        last_event_us=session.last_event_us,
    )
    return {
        "session_id": session.session_id,
        "start_time": format_timestamp(session.place[0]),
        "end_time": format_timestamp(max(session.last_event_us, session.place[0])),
        "duration_seconds": duration_us / MICROSECONDS,
        "event_count": session.event_count,
        "country_code": session.country,
        "api_key": session.api_key,
    }
