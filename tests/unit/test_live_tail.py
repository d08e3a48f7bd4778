"""Live tails: what they show, how much of it, and where they go on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from matsuri.errors import ResourceExhausted
from matsuri.events import live_tail
from matsuri.events.live_tail import LiveTails, Place
from matsuri.events.log import LogCorrupt, LogRecord
from matsuri.events.model import (
    Entry,
    Event,
    EventBatch,
    LogEntry,
    Reason,
    RejectedEvent,
    Replay,
    Source,
    encode_entries,
)
from matsuri.events.tail_filter import TailFilter, TailStatus


class MemoryLog:
    """A log in memory; a record's position is its number times a thousand."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.first = 0
        self.reads = 0

    def add(self, *entries: LogEntry) -> None:
        self.records.append(encode_entries(entries))

    async def read(self, position: int, *, bytes_max: int) -> Sequence[LogRecord]:
        del bytes_max
        self.reads += 1
        if position % 1000 or position < self.first * 1000:
            raise LogCorrupt("no record there")
        return [
            LogRecord(number * 1000, (number + 1) * 1000, payload)
            for number, payload in enumerate(self.records)
            if number * 1000 >= position
        ]

    async def end(self) -> int:
        return len(self.records) * 1000

    async def trim(self, position: int, *, older_than_us: int) -> int:
        raise NotImplementedError


def batch(*names: str, identity_id: str = "player-0001", value: str | None = None) -> EventBatch:
    return EventBatch(
        received_us=1_700_000_000_000_000,
        source=Source.SESSION,
        api_key="default",
        identity_id=identity_id,
        profile_key=1,
        session_id="s1",
        session_issued_at=0,
        session_expires_at=0,
        events=[Event(name, name, 1_700_000_000_000_000, value) for name in names],
    )


def rejected(name: str) -> RejectedEvent:
    return RejectedEvent(
        received_us=1_700_000_000_000_000,
        source=Source.SESSION,
        api_key="default",
        identity_id="player-0001",
        profile_key=1,
        session_id="s1",
        event_id="r1",
        name=name,
        reason=Reason.INVALID_NAME,
        problem="not declared",
        payload=b'{"name":"x"}',
    )


def said(pieces: bytes) -> list[tuple[str, str, Any]]:
    """The id, kind and data of each server-sent event."""
    found = []
    for block in pieces.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields:
            found.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_tail, "_TICK_SECONDS", 0.002)
    monkeypatch.setattr(live_tail, "_WINDOW_SECONDS", 0.1)


@contextlib.asynccontextmanager
async def tails_of(
    log: MemoryLog, *, tails_max: int = 3, per_second_max: int = 100
) -> AsyncIterator[LiveTails]:
    tails = LiveTails(log=log, tails_max=tails_max, per_second_max=per_second_max)
    yield tails
    await tails.close()


async def begin(pieces: AsyncIterator[bytes]) -> "asyncio.Task[bytes]":
    """A tail that is open and waits for its first events."""
    assert await anext(pieces) == b": the tail is open\n\n"
    waiting = asyncio.ensure_future(anext(pieces))
    await asyncio.sleep(0.01)
    return waiting


async def next_said(waiting: "asyncio.Future[bytes]") -> list[tuple[str, str, Any]]:
    async with asyncio.timeout(2):
        return said(await waiting)


async def test_events_come_as_they_reach_the_log(log: MemoryLog) -> None:
    log.add(batch("before"))
    async with tails_of(log) as tails:
        waiting = await begin(tails.open(TailFilter()))
        log.add(batch("a", "b", value="7"), rejected("c"))
        found = await next_said(waiting)
        assert [(place, kind, data["name"]) for place, kind, data in found] == [
            ("1000.0", "accepted", "a"),
            ("1000.1", "accepted", "b"),
            ("1000.2", "rejected", "c"),
        ]
        assert found[0][2]["value"] == "7"
        assert found[2][2]["reason"] == "INVALID_NAME"
        assert found[2][2]["payload"]["metadata"] == {"_eventError": "not declared"}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (TailFilter(status=TailStatus.REJECTED), ["c"]),
        (TailFilter(status=TailStatus.ACCEPTED, identity_id="player-0001"), ["a", "b"]),
        (TailFilter(name="b"), ["b"]),
        (TailFilter(identity_id="player-0002"), ["d"]),
        (TailFilter(session_id="s1", text="level"), ["d"]),
        (TailFilter(api_key="default", text="declared"), ["c"]),
    ],
)
async def test_only_what_is_wanted(log: MemoryLog, wanted: TailFilter, names: list[str]) -> None:
    async with tails_of(log) as tails:
        waiting = await begin(tails.open(wanted))
        log.add(batch("a", "b"), rejected("c"))
        log.add(batch("d", identity_id="player-0002", value="LEVEL 3"))
        assert [data["name"] for _, _, data in await next_said(waiting)] == names


async def test_a_replay_is_told_as_one(log: MemoryLog) -> None:
    async with tails_of(log) as tails:
        waiting = await begin(tails.open(TailFilter()))
        log.add(Replay(0, [1], 0, encode_entries([batch("a")])))
        [(_, kind, data)] = await next_said(waiting)
        assert (kind, data["replayed"]) == ("accepted", True)


async def test_too_many_are_left_out_and_counted(log: MemoryLog) -> None:
    async with tails_of(log, per_second_max=5) as tails:
        pieces = tails.open(TailFilter(name="a"))
        waiting = await begin(pieces)
        log.add(batch(*["a"] * 20, "b"))
        found = await next_said(waiting)
        assert len(found) == 5
        async with asyncio.timeout(2):
            assert said(await anext(pieces)) == [("", "skipped", {"events": 15, "bytes": 0})]


async def test_a_log_that_runs_ahead_is_followed_from_its_end(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_tail, "_BEHIND_BYTES_MAX", 5000)
    async with tails_of(log) as tails:
        pieces = tails.open(TailFilter())
        waiting = await begin(pieces)
        for _ in range(10):
            log.add(batch("missed"))
        assert await next_said(waiting) == [("", "skipped", {"events": 0, "bytes": 10_000})]
        log.add(batch("seen"))
        async with asyncio.timeout(2):
            assert [data["name"] for _, _, data in said(await anext(pieces))] == ["seen"]


async def test_one_goes_on_where_it_was(log: MemoryLog) -> None:
    log.add(batch("a", "b", "c"))
    log.add(rejected("d"), batch("e"))
    async with tails_of(log) as tails:
        pieces = tails.open(TailFilter(), after=Place(0, 1))
        await anext(pieces)
        async with asyncio.timeout(2):
            found = said(await anext(pieces))
        assert [(place, data["name"]) for place, _, data in found] == [
            ("0.2", "c"),
            ("1000.0", "d"),
            ("1000.1", "e"),
        ]
        waiting = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0.02)
        log.add(batch("f"))
        assert [data["name"] for _, _, data in await next_said(waiting)] == ["f"]


@pytest.mark.parametrize("place", [Place(0, 0), Place(1500, 0)])
async def test_a_place_that_is_gone_is_said_to_be(log: MemoryLog, place: Place) -> None:
    for _ in range(3):
        log.add(batch("a"))
    log.first = 1
    async with tails_of(log) as tails:
        waiting = await begin(tails.open(TailFilter(), after=place))
        [(_, kind, data)] = await next_said(waiting)
        assert kind == "skipped"
        assert data["bytes"] == 3000 - place.position


async def test_a_quiet_tail_is_kept_alive(log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_tail, "_HEARTBEAT_SECONDS", 0.02)
    async with tails_of(log) as tails:
        waiting = await begin(tails.open(TailFilter()))
        async with asyncio.timeout(2):
            assert (await waiting).startswith(b": ")


async def test_only_so_many_and_nobody_reads_when_nobody_listens(log: MemoryLog) -> None:
    async with tails_of(log, tails_max=2) as tails:
        first, second = tails.open(TailFilter()), tails.open(TailFilter())
        with pytest.raises(ResourceExhausted):
            tails.open(TailFilter())
        waiting = [await begin(first), await begin(second)]
        for task in waiting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        del first, second, task, waiting
        await asyncio.sleep(0.02)
        reads = log.reads
        await asyncio.sleep(0.02)
        assert log.reads == reads
        third = tails.open(TailFilter())
        waiting = [await begin(third)]
        entries: list[Entry] = [batch("a")]
        log.add(*entries)
        assert len(await next_said(waiting[0])) == 1
