"""What every event log promises, whichever engine keeps it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import pytest

from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.events.log import LogAppender, LogReader, LogRecord, LogUnavailable
from matsuri.kit.clock import SystemClock

BYTES_MAX = 1 << 20
FAR_FUTURE_US = 1 << 62


class Log(Protocol):
    """One log that can be opened again and again, and drops stretches of about 4 KiB."""

    async def appender(self) -> LogAppender: ...

    async def reader(self) -> LogReader: ...

    async def close(self) -> None: ...


class FileLog:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writers: list[FileLogWriter] = []
        self._readers: list[FileLogReader] = []

    async def appender(self) -> FileLogWriter:
        writer = FileLogWriter(self._directory, clock=SystemClock(), segment_bytes_max=4096)
        self._writers.append(writer)
        return writer

    async def reader(self) -> FileLogReader:
        reader = FileLogReader(self._directory)
        self._readers.append(reader)
        return reader

    async def close(self) -> None:
        for writer in self._writers:
            await writer.close()
        for reader in self._readers:
            await reader.close()


def file_log(directory: Path) -> Log:
    return FileLog(directory / "log")


FACTORIES: dict[str, Callable[[Path], Log]] = {"file": file_log}


@pytest.fixture(params=FACTORIES)
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    made = FACTORIES[request.param](tmp_path)
    yield made
    await made.close()


async def read_all(
    reader: LogReader, position: int = 0, *, bytes_max: int = BYTES_MAX
) -> list[LogRecord]:
    records: list[LogRecord] = []
    while found := await reader.read(position, bytes_max=bytes_max):
        records.extend(found)
        position = found[-1].next_position
    return records


def payload_of(number: int) -> bytes:
    return b"%06d" % number * (1 + number % 40)


async def test_an_empty_log_reads_as_empty(log: Log) -> None:
    reader = await log.reader()
    assert await read_all(reader) == []
    await log.appender()
    assert await read_all(reader) == []
    assert await reader.end() == 0


async def test_records_come_back_in_order_with_their_positions(log: Log) -> None:
    appender = await log.appender()
    payloads = [payload_of(number) for number in range(200)] + [b"", b"\x00" * 5000]
    positions = [await appender.append(payload) for payload in payloads]

    records = await read_all(await log.reader())

    assert [record.payload for record in records] == payloads
    assert [record.position for record in records] == positions
    assert positions == sorted(set(positions))
    for record, following in pairwise(records):
        assert record.next_position == following.position


async def test_an_acknowledged_record_is_there_for_a_reader_that_opens_now(log: Log) -> None:
    appender = await log.appender()
    for number in range(20):
        position = await appender.append(payload_of(number))
        reader = await log.reader()
        (record,) = await reader.read(position, bytes_max=BYTES_MAX)
        assert record.payload == payload_of(number)
        assert await reader.end() == record.next_position


async def test_concurrent_appends_keep_the_order_of_the_calls(log: Log) -> None:
    appender = await log.appender()
    payloads = [payload_of(number) for number in range(1000)]
    positions = await asyncio.gather(*(appender.append(payload) for payload in payloads))

    records = await read_all(await log.reader())

    assert positions == sorted(positions)
    assert [record.payload for record in records] == payloads
    assert [record.position for record in records] == positions


async def test_a_cancelled_append_does_not_disturb_the_others(log: Log) -> None:
    appender = await log.appender()
    tasks = [asyncio.create_task(appender.append(payload_of(number))) for number in range(100)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    stored = {record.position: record.payload for record in await read_all(await log.reader())}

    for number, result in enumerate(results):
        if not isinstance(result, BaseException):
            assert stored[result] == payload_of(number)
    assert sum(isinstance(result, int) for result in results) >= 66
    last = await appender.append(b"still works")
    assert last > max(stored)


async def test_positions_go_on_after_a_reopen(log: Log) -> None:
    positions: list[int] = []
    for start in range(0, 150, 50):
        appender = await log.appender()
        positions += [await appender.append(payload_of(start + number)) for number in range(50)]
        await appender.close()
    records = await read_all(await log.reader())
    assert [record.position for record in records] == positions
    assert [record.payload for record in records] == [payload_of(number) for number in range(150)]


@pytest.mark.parametrize("bytes_max", [1, 100, 1000, 100_000])
async def test_reading_in_pieces_gives_the_same_records(log: Log, bytes_max: int) -> None:
    appender = await log.appender()
    await asyncio.gather(*(appender.append(payload_of(number)) for number in range(300)))
    reader = await log.reader()
    expected = await read_all(reader)
    assert await read_all(reader, bytes_max=bytes_max) == expected
    some = await reader.read(0, bytes_max=bytes_max)
    assert 1 <= len(some) <= len(expected)
    # About as many bytes as were asked for: at most one record more.
    assert sum(len(record.payload) for record in some[:-1]) < bytes_max


async def test_reading_can_begin_at_any_record(log: Log) -> None:
    appender = await log.appender()
    await asyncio.gather(*(appender.append(payload_of(number)) for number in range(200)))
    reader = await log.reader()
    expected = await read_all(reader)
    for index in (199, 0, 100, 7, 150):
        assert await read_all(reader, expected[index].position) == expected[index:]
    assert await reader.read(await reader.end(), bytes_max=BYTES_MAX) == []


async def test_a_record_larger_than_the_piece_asked_for_is_read_whole(log: Log) -> None:
    appender = await log.appender()
    large = bytes(range(256)) * 12_000
    await appender.append(b"before")
    await appender.append(large)
    await appender.append(b"after")
    reader = await log.reader()
    records = await read_all(reader, bytes_max=10)
    assert [record.payload for record in records] == [b"before", large, b"after"]


async def test_trim_drops_whole_stretches_from_the_front_only(log: Log) -> None:
    appender = await log.appender()
    for number in range(200):
        await appender.append(payload_of(number))
    reader = await log.reader()
    records = await read_all(reader)
    middle = records[100].position

    assert await reader.trim(middle, older_than_us=0) == 0
    assert await reader.trim(0, older_than_us=FAR_FUTURE_US) == 0
    dropped = await reader.trim(middle, older_than_us=FAR_FUTURE_US)

    assert 0 < dropped <= middle
    assert await reader.trim(middle, older_than_us=FAR_FUTURE_US) == 0
    assert await read_all(reader, middle) == records[100:]
    kept = await read_all(await log.reader())
    assert kept == [record for record in records if record.position >= dropped]


async def test_a_log_trimmed_to_its_end_goes_on(log: Log) -> None:
    appender = await log.appender()
    for number in range(200):
        await appender.append(payload_of(number))
    reader = await log.reader()
    end = await reader.end()
    await reader.trim(end, older_than_us=FAR_FUTURE_US)
    await appender.close()
    appender = await log.appender()
    assert await appender.append(b"next") >= end
    assert [record.payload for record in await read_all(reader, end)] == [b"next"]


async def test_a_reader_follows_a_writer(log: Log) -> None:
    appender = await log.appender()
    reader = await log.reader()
    count = 2000

    async def write() -> None:
        for start in range(0, count, 50):
            numbers = range(start, start + 50)
            await asyncio.gather(*(appender.append(payload_of(number)) for number in numbers))

    writing = asyncio.create_task(write())
    seen: list[bytes] = []
    position = 0
    async with asyncio.timeout(20):
        while len(seen) < count:
            for record in await reader.read(position, bytes_max=3000):
                seen.append(record.payload)
                position = record.next_position
            await asyncio.sleep(0)
    await writing
    assert seen == [payload_of(number) for number in range(count)]


async def test_close_finishes_what_was_begun_and_refuses_more(log: Log) -> None:
    appender = await log.appender()
    tasks = [asyncio.create_task(appender.append(payload_of(number))) for number in range(100)]
    await asyncio.sleep(0)
    await appender.close()
    positions = await asyncio.gather(*tasks)
    records = await read_all(await log.reader())
    assert [record.position for record in records] == positions
    with pytest.raises(LogUnavailable):
        await appender.append(b"late")
    await appender.close()
    assert await read_all(await log.reader()) == records
