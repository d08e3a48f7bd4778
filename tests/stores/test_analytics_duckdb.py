"""The embedded analytics store: files of days, crashes, erasure to the last byte, limits."""

import asyncio
import multiprocessing
import os
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import msgspec
import pytest
from duckdb import DuckDBPyConnection as Cursor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsuri.adapters.analytics_duckdb import DuckDBAnalytics
from matsuri.adapters.analytics_duckdb_append import append_chunk, final_keys
from matsuri.adapters.analytics_duckdb_engine import Engine
from matsuri.adapters.analytics_duckdb_files import list_files, put_in_place, write_day
from matsuri.adapters.analytics_duckdb_keeping import _forget_keys
from matsuri.adapters.analytics_duckdb_tables import Number, write_number
from matsuri.adapters.analytics_duckdb_tidy import DayLimits, HotDay, next_day
from matsuri.events.analytics import (
    DAY_US,
    AnalyticsUnavailable,
    Chunk,
    CountsQuery,
    ExportQuery,
    Merge,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SizeQuery,
)
from matsuri.events.model import EventBatch
from tests.stores.analytics_crashes import LIMITS as CRASH_LIMITS
from tests.stores.analytics_crashes import feed, make, places
from tests.stores.analytics_histories import (
    DAY,
    NOON_US,
    History,
    batch,
    erased,
    event,
    merged,
    random_chunks,
)
from tests.stores.analytics_model import AnalyticsModel

AT_ONCE = DayLimits(grace_seconds=0, day_rows_min=1, late_rows_min=1, late_seconds=0)
FAR_US = NOON_US + 100_000 * DAY_US
EVER = CountsQuery(from_day=-800_000, until_day=3_000_000)
ROUNDS = 24


def opened(folder: Path) -> DuckDBAnalytics:
    return DuckDBAnalytics(folder, limits=AT_ONCE)


async def tidied(store: DuckDBAnalytics, times: int = 12) -> None:
    for _ in range(times):
        await store.tidy(now_us=FAR_US, keep_days=0)


def day_files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "days").iterdir()}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBAnalytics]:
    made = opened(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(
        tmp_path, memory_bytes_max=1 << 28, threads=1, queries_max=1, query_seconds_max=0.3
    )
    yield made
    await made.close()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chunks=random_chunks(), doings=st.lists(st.sampled_from("tttsr"), min_size=5, max_size=15))
async def test_tidying_scrubbing_and_reopening_change_no_answer(
    chunks: Sequence[Chunk], doings: list[str]
) -> None:
    model = AnalyticsModel()
    with TemporaryDirectory() as name:
        store = opened(Path(name))
        for chunk in chunks:
            await store.append(chunk)
            model.append(chunk)
            for doing in doings:
                if doing == "t":
                    await tidied(store, 1)
                elif doing == "s":
                    await store.scrub()
                else:
                    await store.close()
                    store = opened(Path(name))
            assert await store.event_counts(EVER) == model.event_counts(EVER)
            assert [
                row async for rows in store.export(ExportQuery(), rows_max=5) for row in rows
            ] == (model.export(ExportQuery()))
            for player in {model.player_of(key) for key in range(1, 6)}:
                events = PlayerEventsQuery(profile_key=player)
                sessions = PlayerSessionsQuery(profile_key=player)
                assert await store.player_events(events) == model.player_events(events)
                assert await store.player_sessions(sessions) == model.player_sessions(sessions)
            assert (await store.size(SizeQuery())).events == len(model.events)
        await store.close()


async def test_a_player_of_many_days_is_read_from_the_latest_back(store: DuckDBAnalytics) -> None:
    history = History()
    days = range(DAY - 45, DAY)
    await store.append(history.chunk(*(batch(1, event(time_us=day * DAY_US)) for day in days)))
    await tidied(store, 45)
    await store.append(history.chunk(batch(1, event("late", (DAY - 30) * DAY_US + 1))))
    found = await store.player_events(PlayerEventsQuery(profile_key=1, limit=40))
    expected = sorted([day * DAY_US for day in days] + [(DAY - 30) * DAY_US + 1], reverse=True)
    assert [row.time_us for row in found] == expected[:40]


async def test_late_events_are_put_into_the_file_of_their_day(
    store: DuckDBAnalytics, tmp_path: Path
) -> None:
    history = History()
    await store.append(history.chunk(batch(1, event("first"), session="s")))
    await tidied(store)
    before = day_files(tmp_path)
    await store.append(history.chunk(batch(2, event("late"), session="s2")))
    await tidied(store)
    after = day_files(tmp_path)
    assert len(before) == len(after) == 2
    assert not before & after
    assert [row.name for row in await store.event_counts(EVER)] == ["first", "late"]


async def test_files_that_no_list_knows_are_removed_at_opening(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await store.append(History().chunk(batch(1, event())))
    await tidied(store)
    known = day_files(tmp_path)
    await store.close()
    for name in ("days/events-2024-10-04-9.parquet", "fresh.duckdb", "fresh.duckdb.wal"):
        (tmp_path / name).write_bytes(b"left by a crash")
    (tmp_path / "temp").mkdir()
    (tmp_path / "temp" / "spilled").write_bytes(b"left by a crash")
    store = opened(tmp_path)
    assert day_files(tmp_path) == known
    assert set(os.listdir(tmp_path)) == {"days", "hot.duckdb", "lock"}  # noqa: PTH208 # a test may block
    assert (await store.size(SizeQuery())).events == 1
    await store.close()


async def test_a_making_that_was_killed_is_done_again(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.stores.analytics_crashes"])
    unfinished = 0
    for number in range(12):
        folder = tmp_path / str(number)
        process = context.Process(target=make, args=(folder,))
        process.start()
        while not list(folder.glob("*.duckdb")):
            pass
        process.kill()
        process.join()
        unfinished += (folder / "fresh.duckdb").exists()
        store = DuckDBAnalytics(folder, limits=CRASH_LIMITS)
        assert await store.last_seq() == 0
        await store.close()
    assert unfinished > 0


async def test_every_acknowledged_event_survives_kill_once(tmp_path: Path) -> None:
    chance = random.Random(20_261_123)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.stores.analytics_crashes"])
    acknowledged = 0
    files_seen = set()
    for _ in range(ROUNDS):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=feed, args=(tmp_path, theirs))
        process.start()
        theirs.close()
        acknowledged = ours.recv()
        await asyncio.sleep(chance.uniform(0, 0.08))
        process.kill()
        process.join()
        try:
            while True:
                acknowledged = ours.recv()
        except EOFError:
            ours.close()
        store = DuckDBAnalytics(tmp_path, limits=CRASH_LIMITS)
        stored = await store.last_seq()
        assert acknowledged <= stored <= acknowledged + 1
        found = [row async for rows in store.export(ExportQuery(), rows_max=5000) for row in rows]
        assert Counter((row.position, row.place) for row in found) == Counter(places(stored))
        assert (await store.size(SizeQuery())).events == len(found)
        names = await listed(tmp_path, store)
        assert names == day_files(tmp_path)
        files_seen |= names
    assert acknowledged > 2 * ROUNDS
    # Days were written again and again.
    assert len(files_seen) > 12


async def listed(folder: Path, store: DuckDBAnalytics) -> set[str]:
    """The files that the store knows; it is closed afterwards."""
    await store.close()
    with duckdb.connect(str(folder / "hot.duckdb"), read_only=True) as cursor:
        return {name for (name,) in cursor.execute("SELECT file FROM day_files").fetchall()}


def canary_batch(key: int, at_us: int, number: int) -> EventBatch:
    made = batch(
        key,
        event(
            f"canary-name-{number}",
            at_us,
            f"canary-value-{number}",
            {"canary-key": f"canary-told-{number}", "countryCode": "canary-country"},
            f"canary-event-{number}",
        ),
        event("_sessionStart", at_us, None, {"countryCode": "canary-country"}),
        session=f"canary-session-{number}",
        api_key="canary-api-key",
    )
    return msgspec.structs.replace(made, identity_id=f"canary-identity-{key}")


def files_with(folder: Path, text: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if text.encode() in path.read_bytes()]


async def test_scrub_leaves_no_byte_of_a_player_in_files_of_many_days(tmp_path: Path) -> None:
    store = opened(tmp_path)
    history = History()
    for number in range(6):
        at_us = (DAY - number) * DAY_US
        others = [batch(9, event("kept", at_us + n), session="kept") for n in range(20)]
        await store.append(
            history.chunk(canary_batch(1 + number % 3, at_us, number), *others, merged(2, 1))
        )
    await store.append(history.chunk(merged(3, 2)))
    await tidied(store)
    await store.append(history.chunk(canary_batch(1, (DAY - 2) * DAY_US, 7)))
    assert len(files_with(tmp_path, "canary-name")) > 6
    assert files_with(tmp_path / "days", "canary-identity-3")

    await store.append(history.chunk(erased(1)))
    counts = await store.event_counts(EVER)
    assert {row.name for row in counts} == {"kept"}
    assert files_with(tmp_path, "canary-")
    assert await store.scrub() > 0
    assert files_with(tmp_path, "canary-") == []
    assert await store.scrub() == 0
    assert await store.event_counts(EVER) == counts
    assert await store.complete()
    await store.close()
    assert files_with(tmp_path, "canary-") == []


async def test_a_scrub_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    history = History()
    await store.append(history.chunk(canary_batch(1, NOON_US, 1), batch(2, event())))
    await store.append(history.chunk(erased(1)))
    await store._engine.write(lambda cursor: _forget_keys(cursor, [1]))  # noqa: SLF001 # a crash here
    await store.close()
    assert files_with(tmp_path, "canary-")
    store = opened(tmp_path)
    assert await store.scrub() > 0
    assert files_with(tmp_path, "canary-") == []
    assert await store.scrub() == 0
    await store.close()


async def test_a_scrub_that_nobody_waits_for_loses_nothing(tmp_path: Path) -> None:
    """The file is replaced to the end before anything else is written."""
    history = History()
    for wait in (0.0, 0.005, 0.02, 0.05):
        store = opened(tmp_path)
        await store.append(history.chunk(batch(1, event()), batch(2, event()), erased(1)))
        scrubbing = asyncio.create_task(store.scrub())
        await asyncio.sleep(wait)
        scrubbing.cancel()
        chunk = history.chunk(batch(3, event()))
        await asyncio.gather(store.append(chunk), store.event_counts(EVER))
        await store.close()
        store = opened(tmp_path)
        assert await store.last_seq() == chunk.last_seq
        await store.scrub()
        await store.close()
    store = opened(tmp_path)
    assert (await store.size(SizeQuery())).events == 8
    await store.close()


async def test_what_is_erased_while_its_day_is_written_stays_erased(
    store: DuckDBAnalytics, tmp_path: Path
) -> None:
    history = History()
    first = history.chunk(canary_batch(1, NOON_US, 1), batch(2, event("kept")))
    await store.append(first)
    engine = store._engine  # noqa: SLF001 # between the two halves of ``tidy``
    written = await engine.keep(
        lambda cursor: write_day(cursor, engine.days, "events", DAY, seq=first.last_seq)
    )
    await store.append(history.chunk(erased(1), batch(3, event("meanwhile"))))
    await engine.write(
        lambda cursor: put_in_place(cursor, "events", DAY, written, seq=first.last_seq)
    )
    assert [row.name for row in await store.event_counts(EVER)] == ["kept", "meanwhile"]
    await store.scrub()
    assert files_with(tmp_path, "canary-") == []
    assert [row.name for row in await store.event_counts(EVER)] == ["kept", "meanwhile"]


async def test_a_second_owner_is_refused(store: DuckDBAnalytics, tmp_path: Path) -> None:
    with pytest.raises(AnalyticsUnavailable, match="another process is using"):
        opened(tmp_path)
    assert await store.last_seq() == 0


async def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await store._engine.write(  # noqa: SLF001 # as a newer version would
        lambda cursor: write_number(cursor, Number.VERSION, 99)
    )
    await store.close()
    for _ in range(2):
        with pytest.raises(AnalyticsUnavailable, match="newer Matsuri made"):
            opened(tmp_path)


def made_old(folder: Path) -> None:
    """Leave the store as it was before there were test devices."""
    with duckdb.connect(folder / "hot.duckdb") as connection:
        connection.execute("ALTER TABLE hot_events DROP COLUMN is_test")
        connection.execute("ALTER TABLE day_files DROP COLUMN tells_tests")
        connection.execute("UPDATE meta SET number = 1 WHERE name = 'version'")
        for path in (folder / "days").glob("events-*"):
            beside = path.with_suffix(".old")
            rows = connection.read_parquet(str(path)).project("* EXCLUDE (is_test)")
            rows.write_parquet(str(beside))
            beside.replace(path)


async def test_a_store_from_before_test_devices_is_gone_on_with(tmp_path: Path) -> None:
    history, model = History(), AnalyticsModel()
    store = opened(tmp_path)
    days = [NOON_US + number * DAY_US for number in range(3)]
    before = [
        history.chunk(*(batch(1, event("tap", at_us)) for at_us in days)),
        history.chunk(batch(2, event("hot", days[2] + 1))),
    ]
    await store.append(before[0])
    await tidied(store)
    await store.append(before[1])
    await store.close()
    made_old(tmp_path)
    store = opened(tmp_path)
    after = history.chunk(
        batch(1, event("tap", days[0] + 2), is_test=True), batch(3, event("tap", days[1] + 2))
    )
    await store.append(after)
    for chunk in (*before, after):
        model.append(chunk)
    for _ in range(4):
        assert await store.event_counts(EVER) == model.event_counts(EVER)
        assert await store.history_of([1, 2, 3]) == model.history_of({1, 2, 3})
        assert (await store.size(SizeQuery())).events == 6
        # Old files are put together with new rows, one day at a time.
        await tidied(store, 1)
        await store.close()
        store = opened(tmp_path)
    await store.close()


async def test_damage_is_told_and_lets_the_folder_go(tmp_path: Path) -> None:
    (tmp_path / "hot.duckdb").write_bytes(b"no database " * 2000)
    for _ in range(2):
        with pytest.raises(AnalyticsUnavailable, match="cannot be opened"):
            opened(tmp_path)


def endless(cursor: Cursor) -> object:
    return cursor.execute(
        "SELECT sum(a.range ^ b.range) FROM range(10000000) a, range(9999999) b"
    ).fetchall()


async def test_a_question_ends_with_its_time_and_the_next_one_is_answered(engine: Engine) -> None:
    with pytest.raises(AnalyticsUnavailable, match=r"took longer than 0\.3 seconds"):
        await engine.read(endless)
    assert await engine.read(lambda cursor: cursor.execute("SELECT 1").fetchall()) == [(1,)]


async def test_a_question_that_nobody_waits_for_is_interrupted(engine: Engine) -> None:
    asking = asyncio.create_task(engine.read(endless))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await engine.read(lambda cursor: cursor.execute("SELECT 2").fetchall()) == [(2,)]


async def test_questions_wait_for_their_turn_no_longer_than_for_an_answer(engine: Engine) -> None:
    released = threading.Event()
    asking = asyncio.create_task(engine.read(lambda _: released.wait(timeout=10)))
    await asyncio.sleep(0)
    with pytest.raises(AnalyticsUnavailable, match="Too many questions"):
        await engine.read(lambda cursor: cursor.execute("SELECT 1").fetchall())
    released.set()
    assert await asking


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '/tmp/matsuri-outside.csv'",
        "ATTACH '/tmp/matsuri-outside.duckdb'",
        "INSTALL httpfs",
        "SET threads = 8",
    ],
)
async def test_nothing_outside_the_folder_can_be_touched(engine: Engine, statement: str) -> None:
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
        await engine.write(lambda cursor: cursor.execute(statement))


async def test_the_file_is_opened_again_after_duckdb_gave_up_on_it(engine: Engine) -> None:
    def give_up(_cursor: Cursor) -> None:
        raise duckdb.FatalException("database has been invalidated")

    await engine.write(lambda cursor: write_number(cursor, "mark", 5))
    with pytest.raises(AnalyticsUnavailable):
        await engine.write(give_up)
    found = await engine.read(
        lambda cursor: cursor.execute("SELECT number FROM meta WHERE name = 'mark'").fetchall()
    )
    assert found == [(5,)]


async def test_a_replaced_file_stays_while_a_question_may_read_it(
    engine: Engine, tmp_path: Path
) -> None:
    begun, released = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_cursor: Cursor) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result(timeout=10)

    asking = asyncio.create_task(engine.keep(slow))
    await begun.wait()
    old = tmp_path / "days" / "old.parquet"
    old.touch()
    engine.unlink([old])
    assert old.exists()
    await engine.read(lambda cursor: cursor.execute("SELECT 1").fetchall())
    assert old.exists()
    released.set()
    await asking
    await asyncio.sleep(0)
    assert not old.exists()


async def test_a_failed_chunk_leaves_nothing(engine: Engine) -> None:
    history = History()
    good = history.chunk(batch(1, event(), session="s"))

    def torn(cursor: Cursor) -> None:
        append_chunk(cursor, good)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await engine.write(torn)
    rows = await engine.read(
        lambda cursor: cursor.execute(
            "SELECT (SELECT count(*) FROM hot_events) + (SELECT count(*) FROM hot_sessions)"
        ).fetchall()
    )
    assert rows == [(0,)]
    assert await engine.read(lambda cursor: list_files(cursor, "events", -9, 99_999)) == []


GRACE_US = 2 * 3600 * 1_000_000
END_US = (DAY + 1) * DAY_US


@pytest.mark.parametrize(
    ("hot", "in_file", "now_us", "due"),
    [
        (HotDay(DAY, 5000, NOON_US), None, END_US + GRACE_US, True),
        (HotDay(DAY, 5000, NOON_US), None, END_US + GRACE_US - 1, False),
        (HotDay(DAY, 999, NOON_US), None, END_US + 9 * DAY_US, False),
        (HotDay(DAY, 9_999, END_US), 50, END_US + GRACE_US, False),
        (HotDay(DAY, 10_000, END_US), 50, END_US + GRACE_US, True),
        (HotDay(DAY, 10_000, END_US), 100_001 * 10, END_US + GRACE_US, False),
        (HotDay(DAY, 1, END_US), 50, END_US + DAY_US, True),
        (HotDay(DAY, 1, END_US), 50, END_US + DAY_US - 1, False),
    ],
)
def test_when_a_day_gets_its_file(hot: HotDay, in_file: int | None, now_us: int, due: bool) -> None:
    file_rows = {} if in_file is None else {DAY: in_file}
    assert next_day([hot], file_rows, DayLimits(), now_us=now_us) == (DAY if due else None)


def test_the_day_with_most_rows_goes_first() -> None:
    hot = [HotDay(1, 2000, 0), HotDay(2, 4000, 0), HotDay(3, 3000, 0)]
    assert next_day(hot, {}, DayLimits(), now_us=NOON_US) == 2


@given(
    pairs=st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=12),
    at=st.integers(0, 12),
)
def test_final_keys_in_two_chunks_are_those_of_one(pairs: list[tuple[int, int]], at: int) -> None:
    merges = [Merge(number, 0, *pair) for number, pair in enumerate(pairs)]
    first = final_keys(merges[:at], {})
    second = final_keys(merges[at:], first)
    moved = {key: second.get(end, end) for key, end in first.items()}
    whole = final_keys(merges, {})
    assert {**moved, **second} == whole
    assert not set(whole) & set(whole.values())
