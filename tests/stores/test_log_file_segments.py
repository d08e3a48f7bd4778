"""Segments end by age too, so that a quiet server does not keep old records for ever."""

import asyncio
from pathlib import Path

import pytest

from matsuri.adapters import log_file_writer
from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.kit.clock import ManualClock

HOUR = 3600


def segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.log"))


async def test_an_old_segment_is_followed_by_another_and_can_be_trimmed(tmp_path: Path) -> None:
    clock = ManualClock()
    log = FileLogWriter(tmp_path, clock=clock, segment_seconds_max=HOUR)
    await log.append(b"first")
    clock.advance(HOUR - 1)
    await log.append(b"second")
    assert len(segments(tmp_path)) == 1
    clock.advance(2)
    third = await log.append(b"third")
    assert len(segments(tmp_path)) == 2
    reader = FileLogReader(tmp_path)
    assert [r.payload for r in await reader.read(0, bytes_max=1024)] == [
        b"first",
        b"second",
        b"third",
    ]
    clock.advance(1)
    assert await reader.trim(third, older_than_us=clock.now_us()) == third
    assert [r.payload for r in await reader.read(third, bytes_max=1024)] == [b"third"]
    await reader.close()
    await log.close()


async def test_an_idle_log_lets_go_of_its_last_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file_writer, "_IDLE_SECONDS", 0.01)
    clock = ManualClock()
    log = FileLogWriter(tmp_path, clock=clock, segment_seconds_max=HOUR)
    await log.append(b"only")
    clock.advance(HOUR + 1)
    async with asyncio.timeout(5):
        while len(segments(tmp_path)) == 1:  # noqa: ASYNC110 # a thread does it
            await asyncio.sleep(0.01)
    reader = FileLogReader(tmp_path)
    end = await reader.end()
    clock.advance(1)
    assert await reader.trim(end, older_than_us=clock.now_us()) == end
    assert await log.append(b"next") == end
    assert [r.payload for r in await reader.read(end, bytes_max=1024)] == [b"next"]
    await reader.close()
    await log.close()
