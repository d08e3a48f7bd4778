"""Players to ask filters about."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tests.unit.plain_windows import DAY_S, PlainEvent, PlainWindows

NOW_S = 1_700_000_000


class PlainFacts(msgspec.Struct, frozen=True, kw_only=True):
    now_s: int = NOW_S
    create_time_s: int = NOW_S - 100 * DAY_S
    update_time_s: int = NOW_S - 3_600
    default: Mapping[str, str] = {}
    custom: Mapping[str, str] = {}
    computed: Mapping[str, str] = {}
    sample_key: str = "player-0001"
    local_offset_s: int = 0
    windows: Any = PlainWindows([])
    audiences: frozenset[str] = frozenset()

    def in_audience(self, name: str) -> bool:
        return name in self.audiences


def at(facts: PlainFacts, now_s: int) -> PlainFacts:
    return msgspec.structs.replace(facts, now_s=now_s)


def purchase(days_ago: float, value: str, **metadata: str) -> PlainEvent:
    return PlainEvent("purchaseCompleted", NOW_S - int(days_ago * DAY_S), value, metadata)


PLAYER = PlainFacts(
    default={"countryCode": "US", "email": "hero@heroiclabs.com", "timezone": "Etc/UTC"},
    custom={
        "installVersion": "2.0.1",
        "firstName": "John",
        "level": "12",
        "ratio": "0.5",
        "vip": "true",
        "note": "abc",
        "loadout": '{"slots": [1, 2, {"name": "bow"}], "empty": null}',
    },
    computed={
        "purchaseCompletedCount": "3",
        "purchaseCompletedSeenLast": str(NOW_S - 40 * DAY_S),
        "purchaseCompletedValueSum": "1499.5",
    },
    local_offset_s=2 * 3_600,
    audiences=frozenset({"All-Spenders"}),
    windows=PlainWindows(
        [
            PlainEvent("gameStarted", NOW_S - 60),
            PlainEvent("gameStarted", NOW_S - 2 * DAY_S),
            PlainEvent("gameStarted", NOW_S - 2 * DAY_S - 60),
            PlainEvent("tutorialStarted", NOW_S - 20 * DAY_S),
            purchase(19, "499", sku="gems", level="3"),
            purchase(5, "999", sku="pack", level="12"),
            purchase(1, "free", sku="gift"),
        ]
    ),
)
