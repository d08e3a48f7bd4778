"""What the API process tells the worker of players, and what becomes of it without a worker."""

import asyncio

import pytest

from matsuri.audiences import membership_calls
from matsuri.audiences.membership_calls import Look, MembershipNews
from matsuri.errors import Unavailable


class Keeper:
    """Notes what it is told, unless it is away."""

    def __init__(self) -> None:
        self.told: list[Look] = []
        self.away = False

    async def look(self, order: Look) -> None:
        if self.away:
            raise Unavailable("The worker is not there")
        self.told.append(order)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership_calls, "_RETRY_SECONDS", 0.001)


async def test_players_are_told_of_together_and_once() -> None:
    keeper = Keeper()
    news = MembershipNews(keeper)
    news.changed([1, 2])
    news.changed([2, 3])
    news.changed_ids(["player-0001"])
    await news.drain()
    assert keeper.told == [Look([1, 2, 3], ["player-0001"])]
    await news.close()


async def test_nothing_is_told_of_nobody() -> None:
    keeper = Keeper()
    news = MembershipNews(keeper)
    news.changed([])
    await news.drain()
    assert keeper.told == []


async def test_what_could_not_be_told_is_told_later() -> None:
    keeper = Keeper()
    keeper.away = True
    news = MembershipNews(keeper)
    news.changed([1])
    await news.recompute(2)
    await asyncio.sleep(0.01)
    keeper.away = False
    await news.drain()
    assert {key for order in keeper.told for key in order.profile_keys} == {1, 2}
    assert not any(order.now for order in keeper.told)


async def test_recompute_waits_for_the_answer() -> None:
    keeper = Keeper()
    await MembershipNews(keeper).recompute(1)
    assert keeper.told == [Look([1], now=True)]


async def test_too_many_players_become_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership_calls, "_WAITING_MAX", 2)
    keeper = Keeper()
    keeper.away = True
    news = MembershipNews(keeper)
    news.changed([1, 2])
    news.changed_ids(["player-0003"])
    await asyncio.sleep(0.01)
    keeper.away = False
    await news.drain()
    assert keeper.told == [Look([], [], everybody=True)]


async def test_closing_does_not_wait_for_a_worker_that_is_away() -> None:
    keeper = Keeper()
    keeper.away = True
    news = MembershipNews(keeper)
    news.changed([1])
    await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        await news.close()
