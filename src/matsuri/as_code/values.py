"""Values and times as they stand in files. Pure."""

from typing import Any

import msgspec

from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.flags.values import value_of
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.timestamps import format_timestamp, parse_timestamp

DEPTH_MAX = 32
"""How deeply a value may be nested to be written as a structure."""

_LOCAL_CHARS = len("2026-11-24T18:00:00")


def readable_value(text: str) -> Any:
    """What stands in a file for a value on the wire: its structure, or the text itself.

    A structure only where ``wire_value`` makes the very same text of it.
    """
    value = value_of(text)
    if isinstance(value, str) or _depth(value) > DEPTH_MAX:
        return text
    return value if wire_value(value) == text else text


def wire_value(value: Any) -> str:
    """The text on the wire of what stands in a file; keys of objects stay in their order."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def readable_time(seconds: int, *, is_local: bool = False) -> str | int:
    """A time of seconds since the epoch, in UTC; without a zone where it is that of the player."""
    if not 0 <= seconds <= TIME_SEC_MAX:
        return seconds
    text = format_timestamp(seconds * MICROSECONDS)
    return text.removesuffix("Z") if is_local else text


def wire_time(given: Any, *, is_local: bool = False) -> int:
    """Seconds since the epoch; raises ``ValueError`` for what is no time, or has no zone."""
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if not isinstance(given, str):
        raise ValueError("is no time")  # noqa: TRY004 # callers expect one kind of error
    try:
        moment_us = parse_timestamp(given)
    except ValueError as error:
        raise ValueError(f"is no time: {error}") from None
    if len(given) <= _LOCAL_CHARS and not is_local:
        raise ValueError("has no zone: 2026-11-24T18:00:00Z")
    if moment_us % MICROSECONDS:
        raise ValueError("has a fraction of a second")
    return moment_us // MICROSECONDS


def _depth(value: Any) -> int:
    """How deeply a value is nested, up to just above what may be written."""
    depth, level = 0, [value]
    while level and depth <= DEPTH_MAX:
        depth += 1
        inside: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inside.extend(each.values())
            elif isinstance(each, list):
                inside.extend(each)
        level = inside
    return depth
