"""Functions about the player: properties, versions, samples, the local hour, durations."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from matsuri.filters.limits import INTEGER_MAX
from matsuri.filters.problems import EvaluationError
from matsuri.filters.values import type_name
from matsuri.kit.bucketing import bucket_of, buckets_of_percent
from matsuri.kit.durations import DURATION_ALLOWED, parse_duration
from matsuri.kit.numbers import parse_number
from matsuri.kit.semver import parse_range, parse_version

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False, "t": True, "f": False}
# What is longer is not kept in a cache.
_NUMBER_CHARS_MAX: Final = 64
_VERSION_CHARS_MAX: Final = 256
_HOUR_SECONDS: Final = 3_600
_DAY_HOURS: Final = 24


def number_of(text: str) -> int | float | None:
    """The number that a text spells, or ``None``; an ``int`` where it is written as one.

    No number has more than 64 characters.
    """
    return None if len(text) > _NUMBER_CHARS_MAX else _short_number(text)


@lru_cache(maxsize=8192)
def _short_number(text: str) -> int | float | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    number = parse_number(text)
    return None if number is None else plain_number(number)


def plain_number(number: Decimal) -> int | float:
    """An ``int`` where the number is whole and has 64 bits at most, otherwise a ``float``."""
    is_whole = number == number.to_integral_value() and abs(number) <= INTEGER_MAX
    return int(number) if is_whole else float(number)


def number_property(values: Mapping[str, str], name: str, default: Any) -> Any:
    """The property as a number; ``default`` where it is missing or spells none."""
    text = values.get(name)
    if text is None or len(text) > _NUMBER_CHARS_MAX:
        return default
    number = _short_number(text)
    return default if number is None else number


def boolean_property(values: Mapping[str, str], name: str, default: Any) -> Any:
    """The property as a boolean; ``default`` where it is missing or spells none."""
    text = values.get(name)
    return default if text is None else _BOOLEANS.get(text.lower(), default)


def text_property(values: Mapping[str, str], name: str, default: Any) -> Any:
    """The property as it stands, or ``default``."""
    return values.get(name, default)


def property_of(values: Mapping[str, str], name: str, default: Any) -> Any:
    """The property, converted to the type of ``default``."""
    if default is None or isinstance(default, str):
        return text_property(values, name, default)
    if isinstance(default, bool):
        return boolean_property(values, name, default)
    if isinstance(default, int | float):
        return number_property(values, name, default)
    raise EvaluationError(f"the default of a property cannot be {type_name(default)}")


def duration(text: Any) -> int | float:
    """The seconds of a duration."""
    seconds = parse_duration(text) if isinstance(text, str) else None
    if seconds is None:
        raise EvaluationError(f"{DURATION_ALLOWED} is needed")
    return seconds


def semver_matches(one: Any, other: Any) -> bool:
    """Whether a version is in a range; where both could be either, the second is the range."""
    if not isinstance(one, str) or not isinstance(other, str):
        raise EvaluationError(f"SemverMatch({type_name(one)}, {type_name(other)}) is not possible")
    if len(one) > _VERSION_CHARS_MAX or len(other) > _VERSION_CHARS_MAX:
        raise EvaluationError(f"versions have at most {_VERSION_CHARS_MAX} characters")
    return _short_semver_matches(one, other)


# Players share few versions among them.
@lru_cache(maxsize=4096)
def _short_semver_matches(one: str, other: str) -> bool:
    version, versions = parse_version(one), parse_range(other)
    if version is None or versions is None:
        version, versions = parse_version(other), parse_range(one)
    if version is None or versions is None:
        raise EvaluationError(f"{one!r} and {other!r} are not a version and a range of versions")
    return versions.has(version)


def in_sample(key: str, salt: str, percent: float) -> bool:
    """Whether the player is among ``percent`` of all; a greater percentage keeps who is in."""
    return bucket_of(salt, key) < buckets_of_percent(percent)


def local_hour(now_s: int, local_offset_s: int) -> int:
    """The hour of the day, 0 to 23, on the player's clock."""
    return (now_s + local_offset_s) // _HOUR_SECONDS % _DAY_HOURS


def next_local_hour_s(now_s: int, local_offset_s: int) -> int:
    """The second at which ``local_hour`` is next another one."""
    return now_s + _HOUR_SECONDS - (now_s + local_offset_s) % _HOUR_SECONDS
