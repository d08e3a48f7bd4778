"""Events of test devices are told from others by what the log said before them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.engine import Connection

from matsuri.adapters.database import sqlite_engine
from matsuri.events.analytics_rows import decode_items
from matsuri.events.model import (
    DeviceMarked,
    Entry,
    Event,
    EventBatch,
    ProfileErased,
    ProfileMerged,
    Source,
    decode_entries,
    encode_entries,
)
from matsuri.events.pipeline import Step, Work
from matsuri.events.redact import Erased, redact
from matsuri.events.replays import Origin, Placed
from matsuri.events.store import analytics_outbox
from matsuri.identities.device_marks import Mark, load_marks
from matsuri.identities.follow_merges import FollowMerges
from matsuri.identities.mark_devices import MarkDevices
from matsuri.migrations.run import DatabaseName, migrate
from matsuri.steps import fold_step, pipeline_steps
from tests.support.in_process import settings_for

NOW_US = 1_700_000_000_000_000


def sent(key: int, name: str = "tap") -> EventBatch:
    return EventBatch(
        received_us=NOW_US,
        source=Source.SESSION,
        api_key="default",
        identity_id=f"player-{key:04}",
        profile_key=key,
        session_id="",
        session_issued_at=0,
        session_expires_at=0,
        events=[Event(name, name, NOW_US)],
    )


def marked(key: int, version: int, *, is_test: bool = True) -> DeviceMarked:
    return DeviceMarked(NOW_US, key, is_test, version)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = sqlite_engine(tmp_path / "history.db")
    migrate(engine, DatabaseName.HISTORY)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def apply(connection: Connection, steps: list[Step], *entries: Entry) -> Work:
    work = Work(Placed(Origin(1, place), entry) for place, entry in enumerate(entries))
    for step in steps:
        step.apply(work, connection)
    for step in steps:
        step.settle(committed=True)
    return work


def are_tests(work: Work) -> list[bool]:
    return [entry.is_test for entry in work.entries if isinstance(entry, EventBatch)]


def test_what_is_sent_between_the_marks_is_a_test(connection: Connection) -> None:
    step = MarkDevices()
    work = apply(
        connection,
        [step],
        sent(1),
        marked(1, 2),
        sent(1),
        sent(2),
        sent(0),
        marked(1, 3, is_test=False),
        sent(1),
    )
    assert are_tests(work) == [False, True, False, False, False]
    # The marks themselves go no further, and what stays keeps its place in the log.
    assert [origin.place for origin in work.origins] == [0, 2, 3, 4, 6]
    assert load_marks(connection) == {1: Mark(is_test=False, version=3)}


def test_marks_hold_in_later_stretches_and_after_a_restart(connection: Connection) -> None:
    step = MarkDevices()
    apply(connection, [step], marked(1, 2))
    assert are_tests(apply(connection, [step], sent(1))) == [True]
    assert are_tests(apply(connection, [MarkDevices()], sent(1), sent(2))) == [True, False]


def test_a_mark_that_comes_late_or_again_says_nothing(connection: Connection) -> None:
    step = MarkDevices()
    apply(connection, [step], marked(1, 2), marked(1, 3, is_test=False))
    assert are_tests(apply(connection, [step], marked(1, 2), sent(1))) == [False]
    again = apply(connection, [MarkDevices()], marked(1, 3, is_test=True), sent(1))
    assert are_tests(again) == [False]
    assert are_tests(apply(connection, [step], marked(1, 4), sent(1))) == [True]


def test_what_was_undone_is_forgotten(connection: Connection) -> None:
    step = MarkDevices()
    savepoint = connection.begin_nested()
    step.apply(Work([Placed(Origin(1, 0), marked(1, 2))]), connection)
    savepoint.rollback()
    step.settle(committed=False)
    assert are_tests(apply(connection, [step], sent(1))) == [False]


def test_events_stay_what_they_were_sent_as_when_players_merge(connection: Connection) -> None:
    steps: list[Step] = [MarkDevices(), FollowMerges()]
    work = apply(
        connection,
        steps,
        marked(1, 2),
        ProfileMerged(NOW_US, from_key=1, into_key=2),
        ProfileMerged(NOW_US, from_key=3, into_key=1),
        # Under way when its player became part of another.
        sent(1),
        sent(2),
        sent(3),
    )
    batches = [entry for entry in work.entries if isinstance(entry, EventBatch)]
    assert [entry.profile_key for entry in batches] == [2, 2, 2]
    assert [entry.is_test for entry in batches] == [True, False, False]


def test_the_mark_goes_to_analytics_and_leaves_with_the_player(
    connection: Connection, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path)
    steps = pipeline_steps(settings, fold_step(settings))
    apply(connection, steps, marked(1, 2), marked(2, 2), sent(1), sent(3))
    [row] = connection.execute(analytics_outbox.select()).all()
    entries = [item.entry for item in decode_items(row.payload)]
    assert [entry.is_test for entry in entries if isinstance(entry, EventBatch)] == [True, False]
    apply(connection, steps, ProfileMerged(NOW_US, from_key=1, into_key=3))
    apply(connection, steps, ProfileErased(NOW_US, 3))
    assert load_marks(connection) == {2: Mark(is_test=True, version=2)}


def test_a_mark_survives_the_log_and_its_redaction() -> None:
    payload = encode_entries([marked(1, 2), sent(1)])
    assert decode_entries(payload) == [marked(1, 2), sent(1)]
    redaction = redact(payload, Erased({1: 1}, {}))
    assert redaction is not None
    assert decode_entries(redaction.payload)[0] == marked(1, 2)


def test_batches_from_before_there_were_marks_are_read() -> None:
    old = msgspec.msgpack.encode([msgspec.msgpack.decode(msgspec.msgpack.encode(sent(1)))[:-1]])
    assert decode_entries(old) == [sent(1)]
