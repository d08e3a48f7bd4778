"""The tables of stored membership: keys, sizes, what is removed with what."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from matsuri.adapters.database import SqliteDatabase
from matsuri.adapters.schema import history
from matsuri.audiences.member_reads import (
    Member,
    SizeAt,
    audiences_of,
    list_members,
    list_sizes,
    member_counts,
)
from matsuri.audiences.member_store import (
    AudienceKeys,
    begin_version,
    drop_audiences,
    end_pass,
    forget_player,
    load_progress,
    load_stored,
    next_checks,
    save_evaluated,
)
from matsuri.audiences.members import Check, Evaluated, MembershipChange, PlayerState
from matsuri.identities.profile_store import bury_profile

HOUR_US = 3_600_000_000
CHECK = Check(PlayerState(1, 2, -3), audiences_version=1, recheck_us=7)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "history.db")
    await database.write(history.create_all)
    yield database
    await database.close()


async def begin(database: SqliteDatabase, *audience_ids: str) -> AudienceKeys:
    fingerprint = ".".join(audience_ids)
    return await database.write(
        lambda c: begin_version(c, fingerprint, audience_ids, anew=False, not_after_us=10**18)
    )


async def save(
    database: SqliteDatabase, keys: AudienceKeys, players: Mapping[int, str], *, now_us: int = 1
) -> list[MembershipChange]:
    """Store the audiences of players, one letter each; nobody has the audiences ``-``."""
    evaluated = [
        Evaluated(key) if ids == "-" else Evaluated(key, frozenset(ids), CHECK)
        for key, ids in players.items()
    ]
    stored = await database.read(lambda c: load_stored(c, list(players), keys))
    return await database.write(
        lambda c: save_evaluated(c, evaluated, stored, keys, now_us=now_us, waiting=4)
    )


async def counts(database: SqliteDatabase) -> dict[str, int]:
    return await database.read(lambda c: member_counts(c, ["a", "b", "c"]))


async def test_the_version_goes_up_with_other_audiences_only(database: SqliteDatabase) -> None:
    first = await begin(database, "a", "b")
    again = await begin(database, "a", "b")
    other = await begin(database, "b", "c")
    assert [each.version for each in (first, again, other)] == [1, 1, 2]
    assert first.by_id == again.by_id
    assert first.by_id["b"] == other.by_id["b"]
    assert len({*first.by_id.values(), *other.by_id.values()}) == 3


async def test_what_is_saved_is_what_is_read(database: SqliteDatabase) -> None:
    keys = await begin(database, "a", "b")
    await save(database, keys, {1: "ab", 2: "b", 3: ""})
    stored = await database.read(lambda c: load_stored(c, [1, 2, 3, 4], keys))
    assert stored.audience_ids == {1: {"a", "b"}, 2: {"b"}}
    assert stored.checks == dict.fromkeys([1, 2, 3], CHECK)
    assert list(await database.read(lambda c: next_checks(c, after=1, limit=1))) == [2]
    assert list(await database.read(lambda c: next_checks(c, after=1, limit=9))) == [2, 3]
    assert await counts(database) == {"a": 1, "b": 2}
    progress = await database.read(load_progress)
    assert (progress.evaluated, progress.waiting) == (3, 4)


async def test_only_changes_are_told_and_who_stays_keeps_the_time(database: SqliteDatabase) -> None:
    keys = await begin(database, "a", "b")
    await save(database, keys, {1: "a", 2: "a"}, now_us=5)
    changed = await save(database, keys, {1: "ab", 2: "b"}, now_us=6)
    assert changed == [
        MembershipChange("b", 1, True, 6),
        MembershipChange("a", 2, False, 6),
        MembershipChange("b", 2, True, 6),
    ]
    assert await database.read(lambda c: audiences_of(c, 1)) == {"a": 5, "b": 6}
    assert await save(database, keys, {1: "ab", 2: "b"}, now_us=7) == []


async def test_nobody_leaves_everything(database: SqliteDatabase) -> None:
    keys = await begin(database, "a")
    await save(database, keys, {1: "a"})
    await save(database, keys, {1: "-"})
    assert await counts(database) == {"a": 0}
    assert await database.read(lambda c: next_checks(c, after=0, limit=9)) == {}


async def test_a_player_who_went_meanwhile_stays_away(database: SqliteDatabase) -> None:
    keys = await begin(database, "a")
    await database.write(lambda c: bury_profile(c, 1, merged_into=None))
    assert await save(database, keys, {1: "a", 2: "a"}) == [MembershipChange("a", 2, True, 1)]
    assert list(await database.read(lambda c: next_checks(c, after=0, limit=9))) == [2]


async def test_a_player_can_be_forgotten(database: SqliteDatabase) -> None:
    keys = await begin(database, "a", "b")
    await save(database, keys, {1: "ab", 2: "a"})
    removed = await database.write(lambda c: forget_player(c, 1))
    assert removed == {"audience_members": 2, "membership_checks": 1}
    assert await counts(database) == {"a": 1, "b": 0}
    removed = await database.write(lambda c: forget_player(c, 1))
    assert removed == {"audience_members": 0, "membership_checks": 0}


async def test_members_are_listed_forth_and_back(database: SqliteDatabase) -> None:
    keys = await begin(database, "a")
    await save(database, keys, {1: "a", 2: "a", 3: "a"}, now_us=9)
    first = await database.read(lambda c: list_members(c, "a", limit=2))
    assert first == [Member(3, 9), Member(2, 9)]
    assert await database.read(lambda c: list_members(c, "a", limit=2, after=2)) == [Member(1, 9)]
    back = await database.read(lambda c: list_members(c, "a", limit=2, after=1, backward=True))
    assert back == [Member(2, 9), Member(3, 9)]
    assert await database.read(lambda c: list_members(c, "unknown", limit=2)) == []


async def test_audiences_that_are_gone_go_a_little_at_a_time(database: SqliteDatabase) -> None:
    keys = await begin(database, "a", "b")
    await save(database, keys, {1: "ab", 2: "a", 3: "a"})
    await passed(database, keys, at_us=HOUR_US)
    keys = await begin(database, "b")
    gone = [await database.write(lambda c: drop_audiences(c, keys, rows_max=2)) for _ in range(3)]
    assert gone == [2, 1, 0]
    assert await counts(database) == {"b": 1}
    keys = await begin(database, "a", "b")
    assert await database.read(lambda c: list_members(c, "a", limit=9)) == []
    assert await sizes(database, "a") == []


async def passed(
    database: SqliteDatabase, keys: AudienceKeys, *, at_us: int, since_us: int = 0
) -> None:
    await database.write(
        lambda c: end_pass(
            c,
            keys,
            passed_version=keys.version,
            now_us=at_us,
            pass_us=3,
            sizes_since_us=since_us,
        )
    )


async def sizes(database: SqliteDatabase, audience_id: str) -> list[SizeAt]:
    return await database.read(
        lambda c: list_sizes(c, audience_id, from_us=0, until_us=2**62, limit=9)
    )


async def test_the_last_size_of_each_hour_stays_for_a_while(database: SqliteDatabase) -> None:
    keys = await begin(database, "a")
    for number, at_us in enumerate((HOUR_US, HOUR_US + 5, 2 * HOUR_US + 9), start=1):
        await save(database, keys, {number: "a"})
        await passed(database, keys, at_us=at_us)
    assert await sizes(database, "a") == [SizeAt(HOUR_US, 2), SizeAt(2 * HOUR_US, 3)]
    newest = await database.read(lambda c: list_sizes(c, "a", from_us=0, until_us=2**62, limit=1))
    assert newest == [SizeAt(2 * HOUR_US, 3)]
    await passed(database, keys, at_us=3 * HOUR_US, since_us=2 * HOUR_US)
    assert [each.at_us for each in await sizes(database, "a")] == [2 * HOUR_US, 3 * HOUR_US]
    progress = await database.read(load_progress)
    assert (progress.passed_us, progress.pass_us, progress.passed_version) == (3 * HOUR_US, 3, 1)
