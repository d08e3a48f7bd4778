"""The demo's players: who they are, and what they did in the weeks before. Pure, and by a seed."""

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from matsuri.demo.game import DAY_S
from matsuri.kit.timestamps import format_timestamp

_MICROSECONDS = 1_000_000
_COUNTRIES = (("US", 30), ("DE", 14), ("JP", 14), ("BR", 12), ("FR", 9), ("IN", 12), ("GB", 9))
_PLATFORMS = (("ios", 42), ("android", 50), ("steam", 8))
_DRAGONS = ("ember", "frost", "moss", "storm")
_PRICES = (99, 499, 999, 4999)
_PRICE_WEIGHTS = (60, 28, 10, 2)
_ISLANDS = 12
# Of no guild, and of the ranks from 1 on.
_RANK_WEIGHTS = (50, 30, 10, 6, 3, 1)
_STEPS_MAX = 7
_STEPS_OF_TUTORIAL = 6
# How likely things are: of a player, in a voyage, in a session.
_IS_SPENDER = 0.06
_REACHES_ISLAND = 0.5
_TAMES_DRAGON = 0.08
_SEES_AD = 0.3
_BUYS = 0.35


class DemoPlayer(NamedTuple):
    """A player of the demo.

    ``returns`` is how likely a day has a session, before it wanes; ``guild_rank`` is 0 for who is
    in no guild.
    """

    id: str
    created_s: int
    country: str
    platform: str
    returns: float
    waning: float
    is_spender: bool
    dragon: str
    guild_rank: int

    @property
    def identity(self) -> dict[str, Any]:
        """As the console's import takes it."""
        return {
            "id": self.id,
            "create_time": self.created_s,
            "default": {"countryCode": self.country, "platform": self.platform},
            "custom": {
                "favouriteDragon": self.dragon,
                **({"guildRank": str(self.guild_rank)} if self.guild_rank else {}),
            },
        }


def demo_players(count: int, *, weeks: int, now_s: int, seed: int) -> Sequence[DemoPlayer]:
    """So many players who came within those weeks; the same for the same arguments."""
    chance = random.Random(seed)  # noqa: S311 # a demo keeps no secrets
    return [_player(chance, number, weeks=weeks, now_s=now_s) for number in range(1, count + 1)]


def _player(chance: random.Random, number: int, *, weeks: int, now_s: int) -> DemoPlayer:
    # More come of late: the game grows.
    age_days = weeks * 7 * (1 - chance.random() ** 0.7)
    return DemoPlayer(
        id=f"demo-player-{number:05}",
        created_s=int(now_s - age_days * DAY_S),
        country=_one_of(chance, _COUNTRIES),
        platform=_one_of(chance, _PLATFORMS),
        returns=chance.betavariate(1.6, 2.6),
        waning=chance.uniform(0.93, 1.0),
        is_spender=chance.random() < _IS_SPENDER,
        dragon=chance.choice(_DRAGONS),
        guild_rank=chance.choices(range(6), _RANK_WEIGHTS)[0],
    )


def _one_of(chance: random.Random, weighted: Sequence[tuple[str, int]]) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(chance.choices(names, weights)[0])


def history(player: DemoPlayer, *, now_s: int, seed: int) -> Iterator[dict[str, Any]]:
    """The player's events before ``now_s``, as ``/v1/server-event`` takes them, in their order.

    Their ids follow from the arguments, so that sending them again adds nothing.
    """
    chance = random.Random(f"{seed} {player.id}")  # noqa: S311 # as above
    number = island = 0
    likely = 1.0
    for day_s in range(player.created_s, now_s, DAY_S):
        if chance.random() < likely:
            start_s = day_s + int(chance.random() * 0.6 * DAY_S)
            events, island = _session(chance, player, island, is_first=day_s == player.created_s)
            length_s = 60 * len(events)
            session_id = f"{player.id}-session-{start_s}"
            for at, (name, value) in enumerate(events):
                time_s = start_s + 60 * at
                if time_s >= now_s:
                    return
                number += 1
                yield {
                    "name": name,
                    "id": f"{player.id}-{seed}-{number}",
                    "identity_id": player.id,
                    "timestamp": format_timestamp(time_s * _MICROSECONDS),
                    "session_id": session_id,
                    "session_issued_at": start_s,
                    "session_expires_at": start_s + length_s + DAY_S,
                    **({} if value is None else {"value": value}),
                }
        likely = player.returns * player.waning ** ((day_s - player.created_s) / DAY_S)


_Event = tuple[str, str | None]


def _session(
    chance: random.Random, player: DemoPlayer, island: int, *, is_first: bool
) -> tuple[list[_Event], int]:
    """What a session has, and the farthest island by then."""
    events: list[_Event] = [("appLaunched", player.platform), ("screenViewed", "harbour")]
    if is_first:
        events += [("tutorialStarted", "first-voyage")]
        steps = chance.randint(2, _STEPS_MAX)
        events += [("tutorialStepCompleted", str(step)) for step in range(1, steps + 1)]
        if steps >= _STEPS_OF_TUTORIAL:
            events += [("tutorialCompleted", "first-voyage")]
    for _ in range(chance.randint(1, 4)):
        events += [("gameStarted", "voyage")]
        if chance.random() < _REACHES_ISLAND and island < _ISLANDS:
            island += 1
            events += [("islandReached", str(island))]
        if chance.random() < _TAMES_DRAGON:
            events += [("dragonTamed", chance.choice(_DRAGONS))]
        events += [("gameFinished", chance.choice(("won", "lost")))]
    if chance.random() < _SEES_AD:
        events += [("adImpression", "rewarded")]
    if player.is_spender and chance.random() < _BUYS:
        events += [("screenViewed", "shop")]
        price = chance.choices(_PRICES, _PRICE_WEIGHTS)[0]
        events += [("purchaseCompleted", str(price))]
    return events, island


def mistakes(players: Sequence[DemoPlayer], *, now_s: int, seed: int) -> list[dict[str, Any]]:
    """Events that no taxonomy knows or allows, as every game sends some: for the debugger."""
    chance = random.Random(seed)  # noqa: S311 # a demo keeps no secrets
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("krakenDefeated", {"value": "3", "metadata": {"weapon": "harpoon"}}),
        ("islandReached", {"value": "0"}),
        ("purchaseCompleted", {"value": "4.99 EUR"}),
    ]
    counts = (24, 9, 5)
    return [
        {
            "name": name,
            "id": f"demo-mistake-{seed}-{name}-{number}",
            "identity_id": chance.choice(players).id,
            "timestamp": format_timestamp((now_s - chance.randint(60, DAY_S)) * _MICROSECONDS),
            **fields,
        }
        for (name, fields), count in zip(wrong, counts, strict=True)
        for number in range(count)
    ]
