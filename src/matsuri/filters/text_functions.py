"""Functions on texts and conversions, as expr-lang has them."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from matsuri.filters.limits import ELEMENTS_MAX, INTEGER_MAX, TEXT_CHARS_MAX
from matsuri.filters.player_functions import number_of
from matsuri.filters.problems import EvaluationError
from matsuri.filters.values import (
    Work,
    integer_within_limit,
    is_number,
    made,
    type_name,
)

_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_JSON_DEPTH_MAX: Final = 20
_TRIMMED_MAX: Final = 100


def _text(work: Work, value: Any) -> str:
    if not isinstance(value, str):
        raise EvaluationError(f"a string is needed, not {type_name(value)}")
    work.spend_on(value)
    return value


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise EvaluationError(f"an integer is needed, not {type_name(value)}")
    return value


def lower(work: Work, text: Any) -> str:
    """The text in lower case."""
    return made(work, _text(work, text).lower())


def upper(work: Work, text: Any) -> str:
    """The text in upper case."""
    return made(work, _text(work, text).upper())


def trim(work: Work, text: Any, characters: Any = None) -> str:
    """The text without spaces, or any of ``characters``, at both ends."""
    whole = _text(work, text)
    if characters is None:
        return whole.strip()
    if len(_text(work, characters)) > _TRIMMED_MAX:
        raise EvaluationError(f"trim takes at most {_TRIMMED_MAX} characters")
    return whole.strip(characters)


def trim_prefix(work: Work, text: Any, prefix: Any) -> str:
    """The text without ``prefix`` if it begins with it."""
    return _text(work, text).removeprefix(_text(work, prefix))


def trim_suffix(work: Work, text: Any, suffix: Any) -> str:
    """The text without ``suffix`` if it ends with it."""
    return _text(work, text).removesuffix(_text(work, suffix))


def split(work: Work, text: Any, delimiter: Any, count: Any = -1) -> tuple[str, ...]:
    """The parts between delimiters, at most ``count``; without a delimiter, the characters."""
    whole, between = _text(work, text), _text(work, delimiter)
    parts_max = _integer(count)
    if parts_max == 0:
        return ()
    if between:
        parts = whole.split(between, parts_max - 1 if parts_max > 0 else -1)
    elif parts_max < 0 or len(whole) <= parts_max:
        parts = list(whole)
    else:
        parts = [*whole[: parts_max - 1], whole[parts_max - 1 :]]
    if len(parts) > ELEMENTS_MAX:
        raise EvaluationError(f"an array has more than {ELEMENTS_MAX} elements")
    work.spend(len(parts))
    return tuple(parts)


def join(work: Work, parts: Any, delimiter: Any = "") -> str:
    """The texts, with the delimiter between them."""
    between = _text(work, delimiter)
    if not isinstance(parts, tuple):
        raise EvaluationError(f"an array is needed, not {type_name(parts)}")
    chars = len(between) * len(parts) + sum(len(_text(work, part)) for part in parts)
    if chars > TEXT_CHARS_MAX + len(between):
        raise EvaluationError(f"a string has more than {TEXT_CHARS_MAX} characters")
    return made(work, between.join(parts))


def replace(work: Work, text: Any, old: Any, new: Any) -> str:
    """The text with every ``old`` replaced."""
    whole, before, after = _text(work, text), _text(work, old), _text(work, new)
    growth = max(0, len(after) - len(before)) * (whole.count(before) if after else 0)
    if len(whole) + growth > TEXT_CHARS_MAX:
        raise EvaluationError(f"a string has more than {TEXT_CHARS_MAX} characters")
    return made(work, whole.replace(before, after))


def repeat(work: Work, text: Any, count: Any) -> str:
    """The text ``count`` times."""
    whole, times = _text(work, text), _integer(count)
    if times < 0:
        raise EvaluationError("a string cannot be repeated less than 0 times")
    if len(whole) * times > TEXT_CHARS_MAX:
        raise EvaluationError(f"a string has more than {TEXT_CHARS_MAX} characters")
    return made(work, whole * times)


def has_prefix(work: Work, text: Any, prefix: Any) -> bool:
    """Whether the text begins with ``prefix``."""
    return _text(work, text).startswith(_text(work, prefix))


def has_suffix(work: Work, text: Any, suffix: Any) -> bool:
    """Whether the text ends with ``suffix``."""
    return _text(work, text).endswith(_text(work, suffix))


def index_of(work: Work, text: Any, part: Any) -> int:
    """Where ``part`` is first found, counted from 0, or -1."""
    return _text(work, text).find(_text(work, part))


def last_index_of(work: Work, text: Any, part: Any) -> int:
    """Where ``part`` is last found, counted from 0, or -1."""
    whole, wanted = _text(work, text), _text(work, part)
    # Python looks for texts in linear time only from their beginnings.
    found = whole[::-1].find(wanted[::-1])
    return found if found == -1 else len(whole) - found - len(wanted)


def to_int(work: Work, value: Any) -> int:
    """A number without its fraction, or the integer that a text spells."""
    if isinstance(value, str):
        work.spend_on(value)
        if not _DECIMAL.fullmatch(value):
            raise EvaluationError("the string is no integer")
        return int(integer_within_limit(int(value)))
    if not is_number(value):
        raise EvaluationError(f"{type_name(value)} cannot become an integer")
    if not math.isfinite(value):
        raise EvaluationError("the number is infinite")
    return int(integer_within_limit(int(value)))


def to_float(work: Work, value: Any) -> float:
    """The number, or the one that a text spells, as a float."""
    number: Any = number_of(value) if isinstance(value, str) else value
    work.spend_on(value)
    if not is_number(number):
        raise EvaluationError(f"this {type_name(value)} is no number")
    return float(number)


def to_string(work: Work, value: Any) -> str:
    """A text as it is, a number as it is written, others as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return "nil"
    if isinstance(value, float) and value.is_integer() and abs(value) <= INTEGER_MAX:
        return str(int(value))
    return to_json(work, value)


def to_json(work: Work, value: Any) -> str:
    """The value as JSON without spaces."""
    _weigh(work, value, _JSON_DEPTH_MAX)
    return made(work, msgspec.json.encode(value).decode())


def from_json(work: Work, text: Any) -> Any:
    """What the JSON in ``text`` means."""
    whole = _text(work, text)
    try:
        value = msgspec.json.decode(whole)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise EvaluationError("the string is no JSON") from error
    return _frozen(work, value, _JSON_DEPTH_MAX)


def _weigh(work: Work, value: Any, depth: int) -> None:
    work.spend_on(value)
    if not depth:
        raise EvaluationError(f"JSON is nested deeper than {_JSON_DEPTH_MAX}")
    if isinstance(value, float) and not math.isfinite(value):
        raise EvaluationError("JSON has no infinite numbers")
    if isinstance(value, tuple | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            _weigh(work, part, depth - 1)


def _frozen(work: Work, value: Any, depth: int) -> Any:
    work.spend(1)
    if not depth:
        raise EvaluationError(f"JSON is nested deeper than {_JSON_DEPTH_MAX}")
    if isinstance(value, list):
        if len(value) > ELEMENTS_MAX:
            raise EvaluationError(f"an array has more than {ELEMENTS_MAX} elements")
        return tuple(_frozen(work, part, depth - 1) for part in value)
    if isinstance(value, dict):
        return {key: _frozen(work, part, depth - 1) for key, part in value.items()}
    return integer_within_limit(value)
