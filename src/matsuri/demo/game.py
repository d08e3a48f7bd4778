"""What the demo's studio has defined of its game, *Ember Isles*. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

DAY_S = 86_400
_HOUR_S = 3600
_WEEK_S = 7 * DAY_S


class Wanted(NamedTuple):
    """A definition that the demo needs, by the segments of its path in the console API."""

    path: tuple[str, ...]
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The definition's name."""
        return str(self.body["name"])


def definitions(now_s: int) -> Iterator[Wanted]:
    """Everything to be defined, in an order in which it can be; times around ``now_s``."""
    yield from _taxonomy()
    yield from _audiences()
    yield from _flags(now_s)
    yield _experiment(now_s)
    yield from _live_events(now_s)


def _taxonomy() -> Iterator[Wanted]:
    for name, colour, text in (
        ("economy", "#2b8a3e", "Prices, currencies and rewards."),
        ("season", "#d9532a", "What comes and goes with the calendar."),
        ("onboarding", "#2f5aa6", "The first hour of a player."),
    ):
        yield _wanted("taxonomy/label", name=name, colour=colour, description=text)
    yield _wanted(
        "taxonomy/validator",
        name="shop-offer",
        description="What the shop shows on its first page.",
        schema={
            "type": "object",
            "properties": {
                "title": {"type": "string", "maxLength": 40},
                "discount": {"type": "integer", "minimum": 0, "maximum": 90},
                "items": {
                    "type": "array",
                    "items": {"enum": ["gems-small", "gems-large", "starter-pack", "dragon-egg"]},
                },
            },
            "required": ["title", "discount"],
            "additionalProperties": False,
        },
    )
    yield _wanted(
        "taxonomy/validator",
        name="positive-number",
        description="More than nothing.",
        schema={"type": "number", "exclusiveMinimum": 0},
    )
    yield _wanted(
        "taxonomy/event",
        name="islandReached",
        description="A player set foot on an island; the value is its number.",
        value_type="numeric",
        value_validator="positive-number",
    )
    yield _wanted(
        "taxonomy/event",
        name="dragonTamed",
        description="A dragon joined the player; the value is its kind.",
        value_type="string",
    )
    for name, kind, text in (
        ("favouriteDragon", "string", "The kind that the player flies most."),
        ("guildRank", "numeric", "From 1 for members to 5 for leaders."),
    ):
        yield _wanted("taxonomy/property", name=name, value_type=kind, description=text)


def _audiences() -> Iterator[Wanted]:
    for name, text, expression, labels in (
        (
            "Demo-New-Sailors",
            "In their first week.",
            'Now() - createTime < Duration("7d")',
            ["onboarding"],
        ),
        (
            "Demo-Big-Spenders",
            "Bought for 20 US dollars or more in four weeks.",
            'EventSum("purchaseCompleted", "28d") >= 2000',
            ["economy"],
        ),
        (
            "Demo-Drifting-Away",
            "Played a month ago, and not in the last ten days.",
            'EventCount("gameStarted", "28d") > 0 and EventCount("gameStarted", "10d") == 0',
            [],
        ),
        (
            "Demo-Explorers",
            "Saw at least five islands in two weeks.",
            'EventCount("islandReached", "14d") >= 5',
            [],
        ),
    ):
        yield _wanted("audience", name=name, description=text, filter=expression, labels=labels)


def _flags(now_s: int) -> Iterator[Wanted]:
    yield _wanted(
        "flag",
        name="Demo-Shop-Offer",
        description="The first page of the shop.",
        labels=["economy"],
        validator="shop-offer",
        value={"title": "Welcome aboard", "discount": 0, "items": ["gems-small"]},
        variants=[
            {
                "name": "thanks",
                "description": "For those who spend.",
                "audiences": ["Demo-Big-Spenders"],
                "value": {"title": "For captains", "discount": 20, "items": ["gems-large"]},
            },
            {
                "name": "come-back",
                "description": "For those who are about to leave.",
                "audiences": ["Demo-Drifting-Away"],
                "value": {"title": "We missed you", "discount": 40, "items": ["dragon-egg"]},
            },
        ],
    )
    yield _wanted(
        "flag",
        name="Demo-Tutorial-Steps",
        description="How many steps the tutorial has.",
        labels=["onboarding"],
        value=7,
    )
    yield _wanted(
        "flag",
        name="Demo-Wind-Strength",
        description="How fast ships sail.",
        labels=["season"],
        value=1.0,
        schedule=[{"at_time_sec": str(now_s + 5 * DAY_S), "value": 1.2}],
    )
    yield _wanted(
        "flag",
        name="Demo-New-Harbour",
        description="Whether the new harbour can be entered; it goes out to some at first.",
        value=False,
        variants=[{"name": "early", "rollout_percent": 15, "value": True}],
    )


def _experiment(now_s: int) -> Wanted:
    return _wanted(
        "experiment",
        name="Demo-Short-Tutorial",
        description="Fewer steps before the first voyage.",
        hypothesis="With four steps more players come back on the second day.",
        labels=["onboarding"],
        goal_metrics=["retention-day-1"],
        launched=True,
        phases=[
            {
                "name": "Everybody",
                "start_time_sec": str(now_s - 60),
                "end_time_sec": str(now_s + 3 * _WEEK_S),
                "variants": [
                    {"name": "seven steps", "weight_permille": 500},
                    {
                        "name": "four steps",
                        "weight_permille": 500,
                        "flags": [{"flag": "Demo-Tutorial-Steps", "value": 4}],
                    },
                ],
            }
        ],
    )


def _live_events(now_s: int) -> Iterator[Wanted]:
    midnight_s = now_s // DAY_S * DAY_S
    yield _wanted(
        "live-event",
        name="Demo-Lantern-Regatta",
        description="A race around the isles; the winner keeps the lantern.",
        color="#d9532a",
        labels=["season"],
        value={"prize": "lantern", "laps": 3},
        flags=[{"flag": "Demo-Wind-Strength", "value": 1.5}],
        schedule={
            "start_time_sec": str(midnight_s - _WEEK_S),
            "reset_cron": "0 16 * * FRI",
            "duration_sec": str(2 * DAY_S),
        },
    )
    yield _wanted(
        "live-event",
        name="Demo-Ember-Festival",
        description="Two weeks of dragons, eggs and fire.",
        color="#2f5aa6",
        labels=["season", "economy"],
        value={"eggs": 12},
        explicit_join=True,
        schedule={
            "start_time_sec": str(now_s - 2 * DAY_S),
            "end_time_sec": str(now_s + 12 * DAY_S),
        },
    )
    yield _wanted(
        "live-event",
        name="Demo-Morning-Tide",
        description="Double catch for two hours, in every player's own morning.",
        color="#2b8a3e",
        value={"catch": 2},
        schedule={
            "start_time_sec": str(midnight_s),
            "reset_cron": "0 7 * * *",
            "duration_sec": str(2 * _HOUR_S),
            "player_local": True,
        },
    )


def _wanted(path: str, **body: Any) -> Wanted:
    return Wanted(tuple(path.split("/")), {**body, "note": "Made by the demo"})
