"""The file log when things break: torn commits, bit rot, full disks, failed syncs, kill -9."""

# ruff: noqa: ASYNC240  # nothing else runs on a test's loop that its file accesses could hold up

import asyncio
import errno
import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.adapters.log_file_frames import (
    MAGIC,
    SearchTooLong,
    frame_header,
    frames_after,
)
from matsuri.errors import InvalidArgument
from matsuri.events.log import LogCorrupt, LogRecord, LogUnavailable
from matsuri.kit.clock import MICROSECONDS, ManualClock, SystemClock

PAYLOADS = [b"first", b"the second record", b"", b"the last of them all"]
FIRST_SEGMENT = "0" * 20 + ".log"


@asynccontextmanager
async def opened(
    directory: Path,
    *,
    segment_bytes_max: int = 1 << 20,
    sync: Callable[[int], None] = os.fdatasync,
    pending_bytes_max: int = 1 << 20,
) -> AsyncIterator[FileLogWriter]:
    writer = FileLogWriter(
        directory,
        clock=SystemClock(),
        segment_bytes_max=segment_bytes_max,
        pending_bytes_max=pending_bytes_max,
        sync=sync,
    )
    try:
        yield writer
    finally:
        await writer.close()


async def write(
    directory: Path, payloads: Sequence[bytes], *, segment_bytes_max: int = 1 << 20
) -> list[int]:
    """One commit for each payload; their positions."""
    async with opened(directory, segment_bytes_max=segment_bytes_max) as writer:
        return [await writer.append(payload) for payload in payloads]


async def records_of(directory: Path) -> list[LogRecord]:
    reader = FileLogReader(directory)
    records: list[LogRecord] = []
    try:
        while found := await reader.read(records[-1].next_position if records else 0, bytes_max=99):
            records.extend(found)
    finally:
        await reader.close()
    return records


async def payloads_of(directory: Path) -> list[bytes]:
    return [record.payload for record in await records_of(directory)]


async def reopened(directory: Path) -> list[bytes]:
    """The payloads after recovery."""
    async with opened(directory):
        return await payloads_of(directory)


def commit_bytes(position: int, payloads: Sequence[bytes]) -> bytes:
    """One commit as the writer would put it at ``position``."""
    first = position
    data = b""
    for payload in payloads:
        data += frame_header(payload, position=first + len(data), commit_position=first) + payload
    return data


def power_cut(directory: Path) -> None:
    """The published end is not synced: a power cut may lose it."""
    (directory / "durable").unlink(missing_ok=True)


def flipped(data: bytes, index: int, bits: int) -> bytes:
    return data[:index] + bytes([data[index] ^ bits]) + data[index + 1 :]


# Torn tails.


async def test_a_torn_tail_is_cut_wherever_it_was_torn(tmp_path: Path) -> None:
    positions = await write(tmp_path / "whole", PAYLOADS)
    data = (tmp_path / "whole" / FIRST_SEGMENT).read_bytes()
    for cut in range(positions[-1] + 1, len(data)):
        directory = tmp_path / str(cut)
        directory.mkdir()
        segment = directory / FIRST_SEGMENT
        segment.write_bytes(data[:cut])

        async with opened(directory) as writer:
            torn = writer.recovered
            assert torn is not None
            assert (torn.position, torn.bytes) == (positions[-1], cut - positions[-1])
            assert torn.file == directory / f"torn-{positions[-1]}.bin"
            assert torn.file.read_bytes() == data[positions[-1] : cut]
            assert segment.read_bytes() == data[: positions[-1]]
            assert await payloads_of(directory) == PAYLOADS[:-1]
            assert await writer.append(b"next") == positions[-1]
        assert await reopened(directory) == [*PAYLOADS[:-1], b"next"]


@pytest.mark.parametrize(
    "tail",
    [
        bytes(1),
        bytes(10_000),
        random.Random(1).randbytes(10_000),  # garbage, not a secret
        MAGIC,
        MAGIC + b"\xff" * 100,
        MAGIC * 1000,
        # A valid frame, but of another place.
        commit_bytes(0, [b"stale"]),
    ],
    ids=["zero", "zeros", "garbage", "magic", "huge length", "many magics", "stale frame"],
)
async def test_garbage_after_the_last_frame_is_cut(tmp_path: Path, tail: bytes) -> None:
    await write(tmp_path, PAYLOADS)
    power_cut(tmp_path)
    segment = tmp_path / FIRST_SEGMENT
    whole = segment.read_bytes()
    segment.write_bytes(whole + tail)
    # A reader that comes before the writer has recovered finds no error, only no news.
    assert await FileLogReader(tmp_path).read(len(whole), bytes_max=100) == []
    async with opened(tmp_path) as writer:
        assert writer.recovered is not None
        assert writer.recovered.position == len(whole)
        assert writer.recovered.file.read_bytes() == tail
        assert await payloads_of(tmp_path) == PAYLOADS
    async with opened(tmp_path) as writer:
        assert writer.recovered is None


async def test_a_commit_whose_pages_came_in_any_order_is_torn_not_rot(tmp_path: Path) -> None:
    syncing = threading.Event()
    go = threading.Event()

    def sync(fd: int) -> None:
        syncing.set()
        assert go.wait(10)
        os.fdatasync(fd)

    async with opened(tmp_path, sync=sync) as writer:
        first = writer.enqueue(b"earlier")
        assert await asyncio.to_thread(syncing.wait, 5)
        commit = [writer.enqueue(bytes([number]) * 50) for number in range(3)]
        go.set()
        await first
        positions = await asyncio.gather(*commit)
    power_cut(tmp_path)
    segment = tmp_path / FIRST_SEGMENT
    whole = segment.read_bytes()
    # The middle frame's page never reached the disk, the last one's did.
    segment.write_bytes(
        whole[: positions[1]] + bytes(positions[2] - positions[1]) + whole[positions[2] :]
    )
    async with opened(tmp_path) as writer:
        assert writer.recovered is not None
        assert writer.recovered.position == positions[1]
    assert await payloads_of(tmp_path) == [b"earlier", b"\x00" * 50]


async def test_what_a_killed_writer_left_whole_is_kept(tmp_path: Path) -> None:
    await write(tmp_path, PAYLOADS)
    segment = tmp_path / FIRST_SEGMENT
    end = segment.stat().st_size
    with segment.open("ab") as file:
        file.write(commit_bytes(end, [b"x", b"y"]))
    assert await payloads_of(tmp_path) == PAYLOADS
    assert await reopened(tmp_path) == [*PAYLOADS, b"x", b"y"]


async def test_a_reader_keeps_nothing_that_was_not_durable(tmp_path: Path) -> None:
    positions = await write(tmp_path, PAYLOADS)
    segment = tmp_path / FIRST_SEGMENT
    whole = segment.read_bytes()
    reader = FileLogReader(tmp_path)
    segment.write_bytes(whole + commit_bytes(len(whole), [b"lost"]))
    assert len(await reader.read(positions[-1], bytes_max=100)) == 1
    segment.write_bytes(whole)
    async with opened(tmp_path) as writer:
        await writer.append(b"next")
    assert [r.payload for r in await reader.read(len(whole), bytes_max=100)] == [b"next"]
    await reader.close()


async def test_an_empty_last_segment_is_fine(tmp_path: Path) -> None:
    await write(tmp_path, PAYLOADS)
    end = (tmp_path / FIRST_SEGMENT).stat().st_size
    (tmp_path / f"{end:020}.log").touch()
    async with opened(tmp_path) as writer:
        assert writer.recovered is None
        assert await writer.append(b"next") == end
    assert await payloads_of(tmp_path) == [*PAYLOADS, b"next"]


def test_a_tail_made_to_look_like_many_frames_does_not_stall_recovery() -> None:
    would_be = MAGIC + (500_000).to_bytes(4, "little") + bytes(8)
    with pytest.raises(SearchTooLong):
        list(frames_after(bytes(1) + would_be * 60_000, 0, start_position=0))


async def test_a_tail_that_cannot_be_judged_is_left_for_a_person(tmp_path: Path) -> None:
    would_be = MAGIC + (500_000).to_bytes(4, "little") + bytes(8)
    (tmp_path / FIRST_SEGMENT).write_bytes(bytes(1) + would_be * 60_000)
    with pytest.raises(LogCorrupt, match=r"offset 0 .* reasonable time"):
        FileLogWriter(tmp_path, clock=SystemClock())


# Bit rot.


@pytest.mark.parametrize("durable_known", [True, False])
async def test_a_flipped_bit_in_an_earlier_frame_is_never_skipped(
    tmp_path: Path, *, durable_known: bool
) -> None:
    positions = await write(tmp_path, PAYLOADS)
    durable = (tmp_path / "durable").read_bytes()
    segment = tmp_path / FIRST_SEGMENT
    whole = segment.read_bytes()
    for index in range(positions[-1]):
        for bits in (0xFF, 1 << index % 8):
            rotten = flipped(whole, index, bits)
            segment.write_bytes(rotten)
            (tmp_path / "durable").write_bytes(durable)
            with pytest.raises(LogCorrupt, match=FIRST_SEGMENT):
                await records_of(tmp_path)
            if not durable_known:
                power_cut(tmp_path)
            with pytest.raises(LogCorrupt, match=FIRST_SEGMENT):
                FileLogWriter(tmp_path, clock=SystemClock())
            assert segment.read_bytes() == rotten
    segment.write_bytes(whole)
    assert await reopened(tmp_path) == PAYLOADS


async def test_damage_to_the_last_frame_is_rot_where_it_was_acknowledged(tmp_path: Path) -> None:
    positions = await write(tmp_path, PAYLOADS)
    segment = tmp_path / FIRST_SEGMENT
    whole = segment.read_bytes()
    damages = [flipped(whole, index, 4) for index in range(positions[-1], len(whole))]
    for damaged in [*damages, whole[:-1], whole[: positions[-1]]]:
        segment.write_bytes(damaged)
        with pytest.raises(LogCorrupt, match="acknowledged"):
            FileLogWriter(tmp_path, clock=SystemClock())
        assert segment.read_bytes() == damaged
        with pytest.raises(LogCorrupt):
            await records_of(tmp_path)
    # What the error tells a person to do works.
    power_cut(tmp_path)
    assert await reopened(tmp_path) == PAYLOADS[:-1]


async def test_rot_in_an_earlier_segment_is_found_by_reading(tmp_path: Path) -> None:
    await write(tmp_path, [b"x" * 100] * 20, segment_bytes_max=500)
    segment = sorted(tmp_path.glob("*.log"))[1]
    whole = segment.read_bytes()
    for index in range(len(whole)):
        segment.write_bytes(flipped(whole, index, 16))
        with pytest.raises(LogCorrupt, match=segment.name):
            await records_of(tmp_path)


async def test_a_missing_segment_is_corruption(tmp_path: Path) -> None:
    await write(tmp_path, [b"x" * 100] * 20, segment_bytes_max=500)
    sorted(tmp_path.glob("*.log"))[1].unlink()
    with pytest.raises(LogCorrupt, match="missing or was cut"):
        FileLogWriter(tmp_path, clock=SystemClock())
    with pytest.raises(LogCorrupt, match="no segment has position"):
        await records_of(tmp_path)


async def test_a_segment_that_was_cut_is_corruption(tmp_path: Path) -> None:
    await write(tmp_path, [b"x" * 100] * 20, segment_bytes_max=500)
    segment = sorted(tmp_path.glob("*.log"))[1]
    os.truncate(segment, segment.stat().st_size - 1)
    with pytest.raises(LogCorrupt, match="missing or was cut"):
        FileLogWriter(tmp_path, clock=SystemClock())
    with pytest.raises(LogCorrupt):
        await records_of(tmp_path)


async def test_a_log_that_lost_all_its_segments_is_corruption(tmp_path: Path) -> None:
    await write(tmp_path, PAYLOADS)
    (tmp_path / FIRST_SEGMENT).unlink()
    with pytest.raises(LogCorrupt, match="acknowledged"):
        FileLogWriter(tmp_path, clock=SystemClock())


async def test_a_position_past_the_end_is_corruption(tmp_path: Path) -> None:
    await write(tmp_path, PAYLOADS)
    end = (tmp_path / FIRST_SEGMENT).stat().st_size
    reader = FileLogReader(tmp_path)
    assert await reader.read(end, bytes_max=100) == []
    with pytest.raises(LogCorrupt, match="past the end"):
        await reader.read(end + 1, bytes_max=100)


async def test_a_position_within_a_frame_is_corruption(tmp_path: Path) -> None:
    positions = await write(tmp_path, PAYLOADS)
    with pytest.raises(LogCorrupt, match="no valid frame"):
        await FileLogReader(tmp_path).read(positions[1] + 3, bytes_max=100)


async def test_a_trimmed_position_is_corruption_but_zero_means_the_first_kept(
    tmp_path: Path,
) -> None:
    positions = await write(tmp_path, [b"x" * 100] * 20, segment_bytes_max=500)
    reader = FileLogReader(tmp_path)
    dropped = await reader.trim(positions[10], older_than_us=1 << 62)
    assert dropped > 0
    with pytest.raises(LogCorrupt, match="trimmed"):
        await reader.read(positions[1], bytes_max=100)
    assert (await reader.read(0, bytes_max=100))[0].position == dropped
    await reader.close()


# The disk refuses.


def failing_sync(fails: Callable[[], bool]) -> Callable[[int], None]:
    def sync(fd: int) -> None:
        if fails():
            raise OSError(errno.EIO, "injected")
        os.fdatasync(fd)

    return sync


async def test_after_a_failed_sync_nothing_is_taken_until_a_restart(tmp_path: Path) -> None:
    failing = False
    async with opened(tmp_path, sync=failing_sync(lambda: failing)) as writer:
        await writer.append(b"kept")
        assert (writer.healthy, writer.problem) == (True, None)
        failing = True
        cancelled = asyncio.create_task(writer.append(b"nobody waits"))
        asyncio.get_running_loop().call_soon(cancelled.cancel)
        results = await asyncio.gather(
            *(writer.append(b"lost") for _ in range(10)), return_exceptions=True
        )
        assert all(isinstance(result, LogUnavailable) for result in results)
        failing = False
        assert not writer.healthy
        assert writer.problem is not None
        assert "restart" in writer.problem
        with pytest.raises(LogUnavailable, match="restart"):
            await writer.append(b"refused")
        assert await payloads_of(tmp_path) == [b"kept"]
    power_cut(tmp_path)
    assert await reopened(tmp_path) == [b"kept"]


async def test_what_cannot_be_cut_back_is_not_written_behind(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_RDWR)

    def sync(fd: int) -> None:
        os.fdatasync(fd)
        # From now on the writer's descriptor neither takes bytes nor can be cut.
        os.dup2(full, fd, inheritable=False)

    async with opened(tmp_path, sync=sync) as writer:
        await writer.append(b"kept")
        with pytest.raises(LogUnavailable, match="cannot be cut back"):
            await writer.append(b"lost")
        assert not writer.healthy
    os.close(full)
    assert await reopened(tmp_path) == [b"kept"]


async def test_an_unforeseen_error_reaches_the_waiters(tmp_path: Path) -> None:
    def sync(_fd: int) -> None:
        raise ValueError("unforeseen")

    async with opened(tmp_path, sync=sync) as writer:
        with pytest.raises(LogUnavailable, match="unforeseen"):
            await writer.append(b"lost")
        assert not writer.healthy
    assert await reopened(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    directory = tmp_path / "disk"
    directory.mkdir()
    command = [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no tmpfs here: {done.stderr.strip()}")
    yield directory
    subprocess.run([umount, str(directory)], check=True)


async def fill(writer: FileLogWriter, stored: list[bytes]) -> None:
    """Append until an append fails, noting in ``stored`` what did not."""
    for number in range(100):
        payload = bytes([number]) * 7000
        await writer.append(payload)
        stored.append(payload)


@pytest.mark.parametrize("segment_bytes_max", [20_000, 1 << 20])
async def test_a_full_disk_refuses_appends_until_there_is_room(
    small_disk: Path, segment_bytes_max: int
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(100_000))
    log = small_disk / "log"
    stored: list[bytes] = []
    async with opened(log, segment_bytes_max=segment_bytes_max) as writer:
        with pytest.raises(LogUnavailable, match="No space left"):
            await fill(writer, stored)
        assert 5 < len(stored) < 50
        with pytest.raises(LogUnavailable, match="No space left"):
            await writer.append(b"\xee" * 30_000)
        assert writer.healthy
        assert await payloads_of(log) == stored
        filler.unlink()
        await writer.append(b"room again")
        stored.append(b"room again")
        assert await payloads_of(log) == stored
    async with opened(log) as writer:
        assert writer.recovered is None
        assert await payloads_of(log) == stored


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from matsuri.adapters.log_file import FileLogWriter
from matsuri.events.log import LogUnavailable
from matsuri.kit.clock import SystemClock

async def main():
    writer = FileLogWriter(Path(sys.argv[1]), clock=SystemClock())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_500, hard))
    stored = 0
    try:
        while True:
            await writer.append(b"%06d" % stored * 200)
            stored += 1
    except LogUnavailable as error:
        assert "File too large" in str(error), error
    assert writer.healthy
    try:
        await writer.append(b"no" * 2000)
    except LogUnavailable:
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await writer.append(b"%06d" % stored * 200)
    await writer.close()
    print(stored + 1)

asyncio.run(main())
"""


async def test_a_file_size_limit_refuses_appends_until_it_is_raised(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: ASYNC221
    assert done.returncode == 0, done.stderr
    stored = int(done.stdout)
    assert stored > 10
    assert await payloads_of(tmp_path) == [b"%06d" % number * 200 for number in range(stored)]


async def test_too_much_waiting_is_refused_at_once(tmp_path: Path) -> None:
    syncing = threading.Event()
    go = threading.Event()

    def sync(fd: int) -> None:
        syncing.set()
        go.wait()
        os.fdatasync(fd)

    async with opened(tmp_path, sync=sync, pending_bytes_max=10_000) as writer:
        waiting = [writer.enqueue(bytes(1000)) for _ in range(9)]
        try:
            with pytest.raises(LogUnavailable, match="10000 bytes"):
                writer.enqueue(bytes(1000))
            # Written, not yet durable: no reader may see it.
            assert await asyncio.to_thread(syncing.wait, 5)
            assert (tmp_path / FIRST_SEGMENT).stat().st_size > 0
            assert await payloads_of(tmp_path) == []
        finally:
            go.set()
        await asyncio.gather(*waiting)
        assert await writer.append(bytes(1000)) > 0
    assert len(await payloads_of(tmp_path)) == 10


async def test_a_record_over_the_limit_is_refused(tmp_path: Path) -> None:
    writer = FileLogWriter(tmp_path, clock=SystemClock(), record_bytes_max=100)
    with pytest.raises(InvalidArgument, match="100 bytes"):
        await writer.append(bytes(101))
    await writer.append(bytes(100))
    await writer.close()


# One writer, its files and its clock.


async def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as writer:
        with pytest.raises(LogUnavailable, match="another process writes the log"):
            FileLogWriter(tmp_path, clock=SystemClock())
        await writer.append(b"unharmed")
    assert await reopened(tmp_path) == [b"unharmed"]


async def test_nobody_else_may_look_into_the_files(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "log"
    await write(directory, [b"x" * 100] * 3, segment_bytes_max=150)
    for made in (directory, directory.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    for file in directory.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_the_loop_is_told_of_each_commit(tmp_path: Path) -> None:
    ends: list[tuple[int, int]] = []
    loop_thread = threading.get_ident()
    writer = FileLogWriter(
        tmp_path,
        clock=SystemClock(),
        on_commit=lambda end: ends.append((end, threading.get_ident())),
    )
    for number in range(3):
        await writer.append(bytes(number))
        assert ends[-1] == (writer.end, loop_thread)
    await writer.close()
    assert [end for end, _ in ends] == [
        record.next_position for record in await records_of(tmp_path)
    ]


async def test_finished_segments_are_dated_by_the_clock_that_trimming_goes_by(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    started_us = clock.now_us()
    writer = FileLogWriter(tmp_path, clock=clock, segment_bytes_max=150)
    for _ in range(3):
        await writer.append(b"x" * 100)
        clock.advance(60)
    end = writer.end
    await writer.close()
    reader = FileLogReader(tmp_path)
    hour_us = 3600 * MICROSECONDS
    assert await reader.trim(end, older_than_us=started_us - hour_us) == 0
    assert await reader.trim(end, older_than_us=started_us + 90 * MICROSECONDS) == 116
    assert await reader.trim(end, older_than_us=started_us + hour_us) == 116
    assert len(list(tmp_path.glob("*.log"))) == 1


# Kill -9.

APPENDING = """
import asyncio, os, sys
from pathlib import Path
from matsuri.adapters.log_file import FileLogWriter
from matsuri.kit.clock import SystemClock

async def main():
    writer = FileLogWriter(Path(sys.argv[1]), clock=SystemClock(), segment_bytes_max=30_000)
    number = 0

    async def appending(tag):
        nonlocal number
        while True:
            mine, number = number, number + 1
            position = await writer.append(b"%s %d;" % (tag, mine) * (1 + mine % 50))
            os.write(1, b"%d %s %d\\n" % (position, tag, mine))

    await asyncio.gather(*(appending(b"r%s-%d" % (sys.argv[2].encode(), n)) for n in range(8)))

asyncio.run(main())
"""


def run_and_kill(directory: Path, round_number: int, seconds: float) -> list[tuple[int, bytes]]:
    """Append until killed; what was acknowledged."""
    command = [sys.executable, "-c", APPENDING, str(directory), str(round_number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        # The pipe must not fill up: a writer that waits for us is not killed while it writes.
        chunks = [first]
        pipe = process.stdout
        draining = threading.Thread(target=lambda: chunks.append(pipe.read()))
        draining.start()
        time.sleep(seconds)
        process.kill()
        draining.join()
    acknowledged = []
    for line in b"".join(chunks).split(b"\n")[:-1]:
        position, tag, number = line.split()
        payload = b"%s %s;" % (tag, number) * (1 + int(number) % 50)
        acknowledged.append((int(position), payload))
    return acknowledged


async def test_every_acknowledged_record_survives_kill_9(tmp_path: Path) -> None:
    chance = random.Random(20_24)  # the same rounds each time
    expected: dict[int, bytes] = {}
    for round_number in range(6):
        acknowledged = await asyncio.to_thread(
            run_and_kill, tmp_path, round_number, chance.uniform(0.02, 0.3)
        )
        assert acknowledged
        assert not expected.keys() & {position for position, _ in acknowledged}
        expected.update(acknowledged)

        seen = {record.position: record.payload for record in await records_of(tmp_path)}
        assert expected.items() <= seen.items()
    await reopened(tmp_path)
    records = await records_of(tmp_path)
    assert expected.items() <= {record.position: record.payload for record in records}.items()
    # In order: the numbers of a round never go back.
    numbers = [
        (int(payload[1 : payload.index(b"-")]), int(payload.split(b";")[0].split()[1]))
        for payload in (record.payload for record in records)
    ]
    assert numbers == sorted(numbers)


# Any log, any cut.


def cut_log(directory: Path, position: int) -> None:
    """Leave only what is before ``position``, as if nothing after it had reached the disk."""
    for segment in directory.glob("*.log"):
        start = int(segment.stem)
        if start > position:
            segment.unlink()
        elif start + segment.stat().st_size > position:
            os.truncate(segment, position - start)


@settings(max_examples=80, deadline=None)
@given(
    commits=st.lists(st.lists(st.binary(max_size=60), min_size=1, max_size=5), max_size=8),
    segment_bytes_max=st.integers(1, 400),
    cut=st.floats(0, 1),
    tail=st.binary(max_size=40),
)
def test_any_cut_leaves_the_whole_records_before_it(
    commits: list[list[bytes]], segment_bytes_max: int, cut: float, tail: bytes
) -> None:
    async def scenario(directory: Path) -> None:
        async with opened(directory, segment_bytes_max=segment_bytes_max) as writer:
            for commit in commits:
                await asyncio.gather(*(writer.append(payload) for payload in commit))
            end = writer.end
        before = await records_of(directory)
        assert [r.payload for r in before] == [payload for commit in commits for payload in commit]
        position = round(cut * end)
        whole = b"".join(file.read_bytes() for file in sorted(directory.glob("*.log")))
        garbage = tail
        # Or it might be the very bytes that were cut.
        if tail and tail[:1] == whole[position : position + 1]:
            garbage = flipped(tail, 0, 1)
        cut_log(directory, position)
        power_cut(directory)
        segments = sorted(directory.glob("*.log"))
        if segments:
            with segments[-1].open("ab") as file:
                file.write(garbage)

        async with opened(directory, segment_bytes_max=segment_bytes_max) as writer:
            expected = [record for record in before if record.next_position <= position]
            assert await records_of(directory) == expected
            kept = expected[-1].next_position if expected else 0
            if segments:
                assert (writer.recovered is not None) == (position - kept + len(tail) > 0)
            assert await writer.append(b"next") == kept
            assert (await records_of(directory))[:-1] == expected

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(scenario(Path(name)))
