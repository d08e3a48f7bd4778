"""Profiles computed again from history are what they were; what was wrong is put right."""

import contextlib
import random
from pathlib import Path

import pytest

from matsuri.errors import FailedPrecondition
from matsuri.identities.computed import EMPTY
from matsuri.identities.profile_store import load_profiles, save_profiles
from matsuri.identities.rebuild import RebuildProgress
from tests.api.running import Server, running

NAMES = ("gameStarted", "purchaseCompleted", "currencySpent", "screenViewed")
DAY_SECONDS = 86_400


async def rebuild(server: Server, *, apply: bool = True) -> RebuildProgress:
    return [progress async for progress in server.worker.rebuild.run(apply=apply)][-1]


async def play(server: Server, chance: random.Random, players: list[str], rounds: int) -> None:
    """Events of all kinds by all ways in, now and then a merge or a deletion."""
    tokens = {player: (await server.authenticate(player))["token"] for player in players}
    for number in range(rounds):
        player = chance.choice(players)
        token = tokens[player]
        if chance.random() < 0.3:
            token = server.game_server_token(player)
        events = [
            {
                "name": chance.choice(NAMES),
                "value": str(chance.randrange(100)),
                "metadata": {"level": str(number)},
                "id": f"event-{chance.randrange(rounds)}",
            }
            for _ in range(chance.randint(1, 5))
        ]
        assert (await server.publish(token, *events)).status == 200
        roll = chance.random()
        if roll < 0.1:
            other = chance.choice([p for p in players if p != player])
            tokens[other] = (await server.identify(tokens[player], other))["token"]
            tokens[player] = (await server.authenticate(player))["token"]
        elif roll < 0.15:
            assert (await server.delete(tokens[player])).status == 200
            tokens[player] = (await server.authenticate(player))["token"]
        server.clock.advance(chance.choice([1, 60, 3600, DAY_SECONDS / 3]))
        for known in players:
            # Sessions end with time; a token of theirs is for the next event.
            tokens[known] = (await server.authenticate(known))["token"]


async def test_a_rebuild_finds_nothing_to_change(tmp_path: Path) -> None:
    chance = random.Random(1)
    async with running(tmp_path) as server:
        await play(server, chance, [f"player-{n:04}" for n in range(6)], 60)
        await server.settle_analytics()
        # Some days become files, some stay as they came.
        for _ in range(5):
            await server.worker.analytics.tidy(now_us=server.clock.now_us(), keep_days=0)
        progress = await rebuild(server)
        assert progress.done
        assert progress.checked >= 6
        assert (progress.different, progress.swapped) == (0, 0)


async def test_what_was_wrong_is_put_right(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        for _ in range(3):
            assert (await server.publish(token, {"name": "gameStarted"})).status == 200
        await server.settle()
        right = await server.computed(token)
        stored = await server.node.history.read(lambda c: load_profiles(c, [1]))
        await server.pipeline.database.write(lambda c: save_profiles(c, {1: EMPTY}))
        assert await server.computed(token) == {}
        told = await rebuild(server, apply=False)
        assert (told.checked, told.different, told.swapped) == (1, 1, 0)
        assert await server.computed(token) == {}
        told = await rebuild(server)
        assert (told.different, told.swapped) == (1, 1)
        assert await server.computed(token) == right
        again = await server.node.history.read(lambda c: load_profiles(c, [1]))
        assert again[1].profile == stored[1].profile
        assert again[1].version > stored[1].version
        # The pipeline goes on from the new profile, not from what it had in memory.
        assert (await server.publish(token, {"name": "gameStarted"})).status == 200
        assert (await server.computed(token))["gameStartedCount"] == "4"


async def test_events_go_on_during_a_rebuild(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        tokens = [
            (await server.authenticate(f"player-{number:04}"))["token"] for number in range(5)
        ]
        for token in tokens:
            assert (await server.publish(token, {"name": "gameStarted"})).status == 200
        await server.settle()
        wrong = {1: EMPTY, 2: EMPTY, 3: EMPTY}
        await server.pipeline.database.write(lambda c: save_profiles(c, wrong))
        async with contextlib.aclosing(server.worker.rebuild.run(apply=True)) as told:
            async for progress in told:
                if not progress.done:
                    assert (await server.publish(tokens[0], {"name": "gameStarted"})).status == 200
                    assert (await server.publish(tokens[4], {"name": "gameStarted"})).status == 200
                    # Merged into another, and gone, after both were looked at.
                    await server.identify(tokens[3], "player-0001")
                    assert (await server.delete(tokens[1])).status == 200
                    await server.settle()
        assert progress.swapped >= 1
        assert (await server.computed(tokens[0]))["gameStartedCount"] == "2"
        assert (await server.computed(tokens[2]))["gameStartedCount"] == "1"
        assert (await server.computed(tokens[4]))["gameStartedCount"] == "2"
        told_again = await rebuild(server, apply=False)
        assert told_again.different == 0


async def test_a_profile_set_aside_that_is_merged_meanwhile_stays_merged(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        tokens = [
            (await server.authenticate(f"player-{number:04}"))["token"] for number in range(3)
        ]
        for token in tokens:
            assert (await server.publish(token, {"name": "gameStarted"})).status == 200
        await server.settle()
        wrong = {1: EMPTY, 2: EMPTY, 3: EMPTY}
        await server.pipeline.database.write(lambda c: save_profiles(c, wrong))
        async with contextlib.aclosing(server.worker.rebuild.run(apply=True)) as told:
            async for progress in told:
                if not progress.done:
                    assert progress.different == 3
                    await server.identify(tokens[2], "player-0000")
                    await server.settle()
        # The merge itself put two of them right: the pipeline still had them in memory.
        assert (progress.different, progress.swapped) == (1, 1)
        stored = await server.node.history.read(lambda c: load_profiles(c, [1, 2, 3]))
        [gone] = [key for key, profile in stored.items() if profile.profile is None]
        assert stored[gone].merged_into in {1, 2, 3}
        assert (await server.computed(tokens[0]))["gameStartedCount"] == "2"


async def test_a_history_with_holes_is_not_rebuilt_from(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        assert (await server.publish(token, {"name": "gameStarted"})).status == 200
        await server.settle_analytics()
        before = await server.computed(token)
        server.clock.advance(10 * DAY_SECONDS)
        await server.worker.analytics.tidy(now_us=server.clock.now_us(), keep_days=3)
        with pytest.raises(FailedPrecondition, match="analytics_retention_days"):
            await rebuild(server)
        token = (await server.authenticate("player-0001"))["token"]
        after = await server.computed(token)
        assert after["gameStartedCount"] == before["gameStartedCount"]


async def test_one_rebuild_at_a_time(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await server.authenticate("player-0001")
        await server.settle()
        async with contextlib.aclosing(server.worker.rebuild.run(apply=True)) as first:
            await anext(first)
            with pytest.raises(FailedPrecondition, match="under way"):
                await rebuild(server)
        assert (await rebuild(server)).done
