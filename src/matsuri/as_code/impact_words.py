"""For how many players something changes, in words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

_TOLD_MAX = 10
_SHOWN_MAX = 100


def impact_words(impact: Mapping[str, Any]) -> Iterator[str]:
    """What ``POST /v1/console/impact`` has answered, line by line."""
    players = int(impact["players"])
    about = "" if impact["exact"] else "about "
    yield f"Something changes for {about}{_count(impact['changed'])} of {players:,} players."
    if not impact["exact"]:
        yield (
            f"{impact['looked_at']:,} of them were looked at; counts in brackets are sure to "
            f"{impact['confidence_percent']} %."
        )
    if not impact["complete"]:
        yield "Time or history ran out before all were looked at."
    flags = impact["flags"]
    for flag in flags[:_TOLD_MAX]:
        yield f"  flag {flag['name']}: {_count(flag)}"
        for change in flag["changes"][:_TOLD_MAX]:
            before, after = (change.get(each, "nothing") for each in ("before", "after"))
            yield f"    {_count(change)}: {_short(before)} -> {_short(after)}"
    if int(impact["flags_count"]) > _TOLD_MAX:
        yield f"  and {int(impact['flags_count']) - _TOLD_MAX} flags more"
    for kind, title in (("experiments", "experiment"), ("live_events", "live event")):
        for each in impact[kind][:_TOLD_MAX]:
            yield f"  {title} {each['name']}: {_count(each)}"
        if len(impact[kind]) > _TOLD_MAX:
            yield f"  and {len(impact[kind]) - _TOLD_MAX} {title}s more"
    yield from impact["notes"]


def _count(counted: Mapping[str, Any]) -> str:
    count, low, high = (int(counted[each]) for each in ("count", "count_low", "count_high"))
    return f"{count:,}" if low == high else f"{count:,} ({low:,} to {high:,})"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 1]}…"
