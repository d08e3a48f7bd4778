"""How long a filter takes for one player, beside the same condition written in Python by hand.

    .venv/bin/python -m tests.bench.bench_filters [--rounds 7] [--seconds 0.2]

Every clause of every filter is come to. Prints Markdown; a figure is the best of the rounds, for
the machine's other work only adds to it. Nothing here fails a build.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

import msgspec
import re2  # type: ignore[import-untyped]  # the package has no types

from matsuri.filters.compile import Filter, compile_filter
from matsuri.filters.evaluate import evaluate_filter
from matsuri.filters.facts import Window
from matsuri.filters.parse import parse
from matsuri.kit.semver import parse_range, parse_version

NOW_S: Final = 1_700_000_000
DAY_S: Final = 86_400


class Answers:
    """Windows that know their answers: what is measured is the filter."""

    def _five(self, window: Window, now_s: int) -> int:
        return 5 if window.seconds < now_s else 0

    count = total = days = last = _five

    def sequence(self, window: Window, now_s: int) -> bool:
        return window.seconds < now_s

    def next_change(self, window: Window, now_s: int) -> int:
        return now_s + window.seconds


DEFAULT: Final = {"countryCode": "US", "email": "hero@example.com", "device": "phone" * 20}
COMPUTED: Final = {"purchaseCompletedCount": "3", "purchaseCompletedValueSum": "99.5"}
CUSTOM: Final = {
    "version": "2.4.1",
    "level": "42",
    "vip": "true",
    "items": json.dumps([{"sku": f"item{number}", "n": number} for number in range(10)]),
}


class Player(msgspec.Struct, frozen=True):
    """A player with what the filters below ask about."""

    default: Mapping[str, str]
    custom: Mapping[str, str]
    computed: Mapping[str, str]
    now_s: int = NOW_S
    create_time_s: int = NOW_S - 100 * DAY_S
    update_time_s: int = NOW_S - 20 * DAY_S
    sample_key: str = "player-0001"
    local_offset_s: int = 7_200
    windows: Answers = Answers()

    def in_audience(self, name: str) -> bool:
        return name == "All-Spenders"


Condition = Callable[[Player], bool]


class Case(NamedTuple):
    name: str
    text: str
    by_hand: Condition


_COUNTRIES = frozenset({"US", "CA", "GB"})
_COUNTRY = re2.compile("^(US|CA|GB)$")
_PHONE = re2.compile("^(US|CA|GB)$|phone")
_RANGE = parse_range("^2.0.0")
_COUNTED = Window("count", "purchaseCompleted", 7 * DAY_S)
_PLAYED = Window("days", "gameStarted", 14 * DAY_S)
_THREE = (
    'PropertiesComputed("purchaseCompletedCount", 0) > 0'
    ' and Now() - updateTime >= Duration("14d")'
    ' and Properties("countryCode", "") in ["US", "CA", "GB"]'
)
_SEVEN_MORE = (
    ' and PropertiesCustom("level", 0) >= 40 and PropertiesCustom("vip", false)'
    ' and createTime < updateTime and PropertiesComputed("purchaseCompletedValueSum", 0) > 50'
    ' and Properties("email", "") contains "@" and Audience("All-Spenders")'
    ' and PropertiesCustom("missing", "") == ""'
)


def _three(player: Player) -> bool:
    return (
        int(player.computed.get("purchaseCompletedCount", "0")) > 0
        and player.now_s - player.update_time_s >= 14 * DAY_S
        and player.default.get("countryCode", "") in _COUNTRIES
    )


def _ten(player: Player) -> bool:
    return (
        _three(player)
        and int(player.custom.get("level", "0")) >= 40
        and player.custom.get("vip", "false") == "true"
        and player.create_time_s < player.update_time_s
        and float(player.computed.get("purchaseCompletedValueSum", "0")) > 50
        and "@" in player.default.get("email", "")
        and player.in_audience("All-Spenders")
        and player.custom.get("missing", "") == ""
    )


def _version(player: Player) -> bool:
    version = parse_version(player.custom.get("version", "0"))
    return version is not None and _RANGE is not None and _RANGE.has(version)


def _windows(player: Player) -> bool:
    windows, now_s = player.windows, player.now_s
    return windows.count(_COUNTED, now_s) >= 3 and windows.days(_PLAYED, now_s) >= 3


CASES: Final = (
    Case("three clauses", _THREE, _three),
    Case("ten clauses", _THREE + _SEVEN_MORE, _ten),
    Case(
        "a pattern",
        'Properties("countryCode", "") matches "^(US|CA|GB)$"',
        lambda player: _COUNTRY.search(player.default.get("countryCode", "")) is not None,
    ),
    Case(
        "the same on a text too long to be remembered",
        'Properties("device", "") matches "^(US|CA|GB)$|phone"',
        lambda player: _PHONE.search(player.default.get("device", "")) is not None,
    ),
    Case(
        "a version in a range",
        'SemverMatch(PropertiesCustom("version", "0"), "^2.0.0")',
        _version,
    ),
    Case(
        "two windows",
        'EventCount("purchaseCompleted", "7d") >= 3 and EventDays("gameStarted", "14d") >= 3',
        _windows,
    ),
    Case(
        "a predicate on ten elements of JSON",
        'any(fromJSON(PropertiesCustom("items", "[]")), .n == 9)',
        lambda player: any(one["n"] == 9 for one in json.loads(player.custom.get("items", "[]"))),
    ),
)


def _nothing(_player: Player) -> None:
    """What a call costs that does nothing; it is taken off."""


def microseconds(work: Callable[[], object], rounds: int, seconds: float) -> float:
    """The time of one call: the best of the rounds."""
    work()
    began = time.perf_counter()
    work()
    times = max(1, int(seconds / max(time.perf_counter() - began, 1e-7)))
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, time.perf_counter() - began)
    return best / times * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2)
    options = parser.parse_args()
    player = Player(DEFAULT, CUSTOM, COMPUTED)

    def best(work: Callable[[], object]) -> float:
        return microseconds(work, options.rounds, options.seconds)

    nothing = best(partial(_nothing, player))
    print("| filter | by hand, µs | compiled, µs | to by hand | interpreted, µs | next flip, µs |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        compiled = compile_filter(case.text)
        assert compiled.matches(player), case.name
        assert case.by_hand(player), case.name
        hand = best(partial(case.by_hand, player)) - nothing
        matched = best(partial(compiled.matches, player)) - nothing
        walked = best(partial(evaluate_filter, compiled.tree, player)) - nothing
        flip = max(best(partial(compiled.next_flip, player)) - nothing, 0.0)
        ratio = f"{matched / hand:.1f}"
        print(f"| {case.name} | {hand:.2f} | {matched:.2f} | {ratio} | {walked:.1f} | {flip:.2f} |")
    print()
    print("| filter | characters | parsed, µs | parsed and compiled, µs |")
    print("|---|---|---|---|")
    for case in CASES[:2]:
        tree = parse(case.text)
        parsed = best(partial(parse, case.text))
        whole = parsed + best(partial(Filter, case.text, tree))
        print(f"| {case.name} | {len(case.text)} | {parsed:.0f} | {whole:.0f} |")


if __name__ == "__main__":
    main()
