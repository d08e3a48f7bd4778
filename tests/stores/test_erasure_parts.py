"""What a scrub is made of: rewritten segments, searches of bytes, databases made anew."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from matsuri.adapters import log_file_redact
from matsuri.adapters.byte_search import Needles, search_file
from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.adapters.log_file_redact import (
    prepare_rewrite,
    put_in_place,
    remove_leftovers,
    torn_tails,
)
from matsuri.adapters.log_file_segments import list_segments
from matsuri.adapters.schema import history
from matsuri.adapters.sqlite_scrub import live_matches, scrub_sqlite, vacuum
from matsuri.events.erase_nameless import erase_nameless
from matsuri.events.log import LogCorrupt
from matsuri.events.model import Event, EventBatch, Source, decode_entries, encode_entries
from matsuri.events.redact import Erased
from matsuri.events.store import dead_letters
from matsuri.identities.redact_log import RedactLog
from matsuri.kit.clock import ManualClock
from tests.support.processes import wait_for

UUID = "0190a1b2-c3d4-7e5f-8a9b-0123456789ab"
NAME = "canary-name-01"


def hide(payload: bytes) -> bytes | None:
    return payload.replace(b"secret", b"******") if b"secret" in payload else None


async def sealed_log(folder: Path, *payloads: bytes) -> FileLogWriter:
    """A log whose records lie in a segment that nobody writes to."""
    log = FileLogWriter(folder, clock=ManualClock())
    for payload in payloads:
        await log.append(payload)
    log.seal(log.end)
    await asyncio.to_thread(wait_for, lambda: len(list_segments(folder)) == 2)
    return log


def deleted_and_open(folder: Path) -> Iterator[str]:
    """Files of ``folder`` that this process holds open though their names are gone."""
    for fd in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            name = str(fd.readlink())
            if name.startswith(str(folder)) and name.endswith("(deleted)"):
                yield name


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob("*.redacting"))


def flip_last_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


async def read_all(reader: FileLogReader) -> list[bytes]:
    return [record.payload for record in await reader.read(0, bytes_max=2**20)]


async def test_a_sealed_segment_is_left_alone_by_its_writer(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"one", b"two")
    sealed, _ = list_segments(tmp_path)
    await log.append(b"three")
    first, second = list_segments(tmp_path)
    assert (first, second.start) == (sealed, sealed.end)
    log.seal(sealed.end)
    log.seal(2**60)
    await asyncio.to_thread(wait_for, lambda: len(list_segments(tmp_path)) == 3)
    await log.append(b"four")
    # A position beyond the end seals what there is, not what comes.
    assert len(list_segments(tmp_path)) == 3
    await log.close()
    assert await read_all(FileLogReader(tmp_path)) == [b"one", b"two", b"three", b"four"]


async def test_a_writer_that_is_busy_seals_too(tmp_path: Path) -> None:
    log = FileLogWriter(tmp_path, clock=ManualClock())
    appends = [log.append(b"x" * 100) for _ in range(50)]
    first = asyncio.gather(*appends)
    await asyncio.sleep(0)
    await first
    log.seal(log.end)
    await asyncio.gather(*(log.append(b"y" * 100) for _ in range(50)))
    await log.close()
    sealed = list_segments(tmp_path)[0]
    assert b"y" * 100 not in sealed.path.read_bytes()


async def test_readers_before_and_after_read_valid_records(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"a secret", b"b", b"secret c")
    segment = list_segments(tmp_path)[0]
    reader = FileLogReader(tmp_path)
    before = await reader.read(0, bytes_max=1)
    copy = prepare_rewrite(segment, hide)
    assert copy is not None
    # Until it takes its name, nothing has changed for anybody.
    assert await read_all(FileLogReader(tmp_path)) == [b"a secret", b"b", b"secret c"]
    assert put_in_place(copy, segment)
    rewritten = list_segments(tmp_path)[0]
    assert (rewritten.bytes, rewritten.modified_us) == (segment.bytes, segment.modified_us)
    assert rewritten.path.stat().st_mode & 0o777 == 0o600
    rest = await reader.read(before[0].next_position, bytes_max=2**20)
    assert [record.payload for record in rest] == [b"b", b"****** c"]
    assert await read_all(FileLogReader(tmp_path)) == [b"a ******", b"b", b"****** c"]
    await log.close()
    # And a writer that recovers the log finds it as sound as before.
    again = FileLogWriter(tmp_path, clock=ManualClock())
    assert again.recovered is None
    await again.close()


async def test_an_idle_reader_lets_go_of_a_replaced_file(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"a secret")
    segment = list_segments(tmp_path)[0]
    reader = FileLogReader(tmp_path)
    (record,) = await reader.read(0, bytes_max=2**20)
    copy = prepare_rewrite(segment, hide)
    assert copy is not None
    assert put_in_place(copy, segment)
    assert list(deleted_and_open(tmp_path))
    assert await reader.read(record.next_position, bytes_max=2**20) == []
    assert not list(deleted_and_open(tmp_path))
    await log.close()


async def test_a_rewrite_that_changes_nothing_makes_no_file(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"a", b"b")
    segment, empty = list_segments(tmp_path)
    assert prepare_rewrite(segment, hide) is None
    assert prepare_rewrite(empty, hide) is None
    await log.close()


async def test_what_was_trimmed_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"a secret")
    segment = list_segments(tmp_path)[0]
    copy = prepare_rewrite(segment, hide)
    assert copy is not None
    segment.path.unlink()
    assert not put_in_place(copy, segment)
    assert [found.start for found in list_segments(tmp_path)] == [segment.end]
    assert not copy.exists()
    await log.close()


async def test_a_crash_while_rewriting_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await sealed_log(tmp_path, b"a secret")
    segment = list_segments(tmp_path)[0]

    def die(_fd: int) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(log_file_redact.os, "fsync", die)
        with pytest.raises(OSError, match="power"):
            prepare_rewrite(segment, hide)
    assert await read_all(FileLogReader(tmp_path)) == [b"a secret"]
    assert leftovers(tmp_path)
    remove_leftovers(tmp_path)
    assert not leftovers(tmp_path)
    await log.close()


async def test_a_damaged_record_stops_the_rewrite(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"a secret")
    segment = list_segments(tmp_path)[0]
    flip_last_bit(segment.path)
    with pytest.raises(LogCorrupt, match="offset 0"):
        prepare_rewrite(segment, hide)
    await log.close()


async def test_torn_tails_that_may_be_the_players_go(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"\x90")
    record = list_segments(tmp_path)[0].path.read_bytes()
    (tmp_path / "torn-0.bin").write_bytes(record)
    (tmp_path / "torn-500.bin").write_bytes(b"bytes that are no record")
    done = await RedactLog(tmp_path).redact(
        Erased({1: 1}, {NAME: 1}), Needles([NAME]), after=0, before=log.end
    )
    assert done.torn_tails == 1
    # Of the other one it can be told that it has nothing of the player.
    assert [path.name for path in torn_tails(tmp_path)] == ["torn-0.bin"]
    await log.close()


async def test_only_what_was_applied_is_rewritten(tmp_path: Path) -> None:
    log = await sealed_log(tmp_path, b"\x90")
    erased, needles = Erased({1: 1}, {}), Needles([])
    redact = RedactLog(tmp_path)
    end = list_segments(tmp_path)[0].end
    assert (await redact.redact(erased, needles, after=0, before=end - 1)).clean_position == 0
    assert (await redact.redact(erased, needles, after=0, before=end)).clean_position == end
    assert redact.sealed_after(1) == end
    assert redact.sealed_after(end + 1) is None
    await log.close()


@given(st.data())
def test_needles_are_counted_wherever_chunks_are_cut(data: st.DataObject) -> None:
    many = data.draw(st.booleans())
    others = [f"0190a1b2-c3d4-7e5f-8a9b-{n:012x}" for n in range(100 if many else 0)]
    needles = Needles([UUID, NAME, "aaaaaaaa", *others])
    parts = data.draw(st.lists(st.sampled_from([UUID, NAME, "a" * 9, "0", "-", "abc"]), max_size=9))
    text = "".join(parts).encode()
    cut = data.draw(st.integers(0, len(text)))
    whole = needles.count(text)
    tail = text[:cut][1 - needles.bytes_max :]
    halves = needles.count(text[:cut]) + needles.count(tail + text[cut:], begin=len(tail))
    assert halves == whole
    for needle in (UUID, NAME, "aaaaaaaa"):
        places = range(len(text) - len(needle) + 1)
        expected = sum(text.startswith(needle.encode(), place) for place in places)
        assert whole[needle] == expected


def test_a_match_across_two_chunks_of_a_file_is_found_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * (2**20 - 5) + NAME.encode() + b"y" * 100 + UUID.encode())
    size, found = search_file(file, Needles([NAME, UUID, "not-in-there"]))
    assert (size, found) == (file.stat().st_size, {NAME: 1, UUID: 1})
    assert search_file(tmp_path / "none", Needles([NAME])) == (0, {})


def database(path: Path, *, secure: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA secure_delete={'ON' if secure else 'OFF'}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, data BLOB)")
    connection.execute("CREATE INDEX by_name ON things (name, data)")
    connection.execute("CREATE TABLE keyed (name TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")
    return connection


def test_remains_of_rows_are_found_and_made_to_go(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    connection = database(path, secure=False)
    connection.execute("INSERT INTO things (name, data) VALUES (?, ?)", (NAME, b"1"))
    connection.execute("DELETE FROM things")
    needles = Needles([NAME])
    done = scrub_sqlite(path, needles, rewrite_bytes_max=0)
    assert done.bytes_rewritten > 0
    assert done.found.matches == {}
    assert NAME.encode() not in path.read_bytes()
    again = scrub_sqlite(path, needles, rewrite_bytes_max=0)
    assert again.bytes_rewritten == 0
    assert scrub_sqlite(path, needles, rewrite_bytes_max=2**20).bytes_rewritten > 0
    connection.close()


def test_rows_of_others_are_told_from_remains(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    connection = database(path, secure=True)
    connection.execute("INSERT INTO things (name, data) VALUES (?, ?)", (NAME, NAME.encode()))
    connection.execute("INSERT INTO keyed VALUES (?, 1)", (f"{NAME} and {NAME}",))
    # Twice in the row, twice in its index, twice in the table that is its own index.
    assert live_matches(path, [NAME, "absent-00"]) == {NAME: 6}
    done = scrub_sqlite(path, Needles([NAME]), rewrite_bytes_max=0)
    assert (done.bytes_rewritten, done.found.matches, done.live[NAME]) == (0, {NAME: 6}, 6)
    connection.close()


async def test_a_database_is_made_anew_beside_its_readers_and_writers(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    database(path, secure=True).close()
    store = SqliteDatabase(path)

    def add(connection: object) -> None:
        connection.exec_driver_sql("INSERT INTO things (name) VALUES ('x')")  # type: ignore[attr-defined] # SQLAlchemy's

    def count(connection: object) -> int:
        rows = connection.exec_driver_sql("SELECT count(*) FROM things")  # type: ignore[attr-defined] # SQLAlchemy's
        return int(rows.scalar_one())

    for _ in range(3):
        await store.write(add)
        await asyncio.gather(asyncio.to_thread(vacuum, path), store.write(add))
    assert await store.read(count) == 6
    await store.close()


def test_a_large_database_is_not_made_anew_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    connection = database(path, secure=True)
    connection.executemany(
        "INSERT INTO things (data) VALUES (zeroblob(?))", [(2**20,) for _ in range(160)]
    )
    connection.close()
    # In a process of its own: what was most in use is known of a whole process.
    program = (
        "import resource, pathlib, sys\n"
        "from matsuri.adapters.sqlite_scrub import vacuum\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = used()\n"
        "vacuum(pathlib.Path(sys.argv[1]))\n"
        "print(used() - before)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True
    )
    assert int(ended.stdout) < 64 * 1024


def test_deleted_rows_are_overwritten(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "some.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
    engine.dispose()


def test_dead_letters_of_others_stay_whatever_their_error_names(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "history.db")
    history.create_all(engine)
    # A player can take the name of an error: that must not cost others their events.
    mine, others = (batch_of(key, name) for key, name in ((1, NAME), (2, "other-player")))
    letters = [
        (encode_entries([others]), f"{NAME}: cannot be applied"),
        (encode_entries([others, mine]), f"{NAME}: 5 is too much"),
        (encode_entries([mine]), "ValueError: 5"),
    ]
    with engine.begin() as connection:
        for payload, error in letters:
            connection.execute(
                insert(dead_letters).values(
                    position=0, profile_key=2, failed_us=1, error=error, payload=payload
                )
            )
        counted = erase_nameless(connection, Erased({1: 7}, {NAME: 7}))
        found = connection.execute(
            select(dead_letters.c.payload, dead_letters.c.error).order_by(dead_letters.c.id)
        ).all()
    assert counted[7]["dead_letters"] == 3
    (payload, error), (cut_payload, cut_error) = found
    assert (payload, error) == (letters[0][0], "[erased]: cannot be applied")
    assert decode_entries(cut_payload)[0] == others
    assert cut_error == "[erased]"
    engine.dispose()


def batch_of(key: int, identity_id: str) -> EventBatch:
    event = Event(id="e", name="purchaseCompleted", timestamp_us=1, value=identity_id)
    return EventBatch(1, Source.SESSION, "default", identity_id, key, "", 0, 0, [event])
