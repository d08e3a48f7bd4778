"""Functions on arrays, maps and numbers, as expr-lang has them."""

import math
from collections.abc import Iterable, Mapping
from statistics import median as middle
from typing import Any, Final

from matsuri.filters.limits import ELEMENTS_MAX
from matsuri.filters.problems import EvaluationError
from matsuri.filters.values import (
    Work,
    element_of,
    integer_within_limit,
    is_number,
    same,
    type_name,
)

_SHIFT_MAX: Final = 63
_PAIR: Final = 2


def array(work: Work, value: Any) -> tuple[Any, ...]:
    """``value``, which must be an array."""
    if not isinstance(value, tuple):
        raise EvaluationError(f"an array is needed, not {type_name(value)}")
    work.spend_on(value)
    return value


def number(value: Any) -> Any:
    """``value``, which must be a number."""
    if is_number(value):
        return value
    raise EvaluationError(f"a number is needed, not {type_name(value)}")


def _map(work: Work, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise EvaluationError(f"a map is needed, not {type_name(value)}")
    work.spend_on(value)
    return value


def _within_limit(items: Iterable[Any]) -> tuple[Any, ...]:
    whole = tuple(items)
    if len(whole) > ELEMENTS_MAX:
        raise EvaluationError(f"an array has more than {ELEMENTS_MAX} elements")
    return whole


def length(work: Work, value: Any) -> int:
    """How many characters, elements or keys."""
    work.spend(1)
    if isinstance(value, str | tuple | Mapping):
        return len(value)
    raise EvaluationError(f"{type_name(value)} has no length")


def absolute(_work: Work, value: Any) -> Any:
    """The number without its sign."""
    return abs(number(value))


def ceil(_work: Work, value: Any) -> float:
    """The next whole number above, as a float."""
    return float(math.ceil(_finite(value)))


def floor(_work: Work, value: Any) -> float:
    """The next whole number below, as a float."""
    return float(math.floor(_finite(value)))


def round_half_away(_work: Work, value: Any) -> float:
    """The nearest whole number, halves away from zero, as a float."""
    size = abs(_finite(value))
    whole = math.floor(size)
    return math.copysign(whole + (size - whole >= 0.5), value)  # noqa: PLR2004 - one half


def _finite(value: Any) -> Any:
    if not math.isfinite(number(value)):
        raise EvaluationError("the number is infinite")
    return value


def _numbers(work: Work, values: tuple[Any, ...]) -> list[Any]:
    """The numbers among arguments: each is a number or an array of numbers."""
    found: list[Any] = []
    for value in values:
        found.extend(array(work, value) if isinstance(value, tuple) else (value,))
    for one in found:
        number(one)
    if not found:
        raise EvaluationError("there are no numbers")
    return found


def maximum(work: Work, *values: Any) -> Any:
    """The greatest of the numbers."""
    return max(_numbers(work, values))


def minimum(work: Work, *values: Any) -> Any:
    """The least of the numbers."""
    return min(_numbers(work, values))


def mean(work: Work, *values: Any) -> float:
    """The average of the numbers."""
    found = _numbers(work, values)
    return float(sum(found) / len(found))


def median(work: Work, *values: Any) -> float:
    """The number in the middle, or the average of the two there."""
    return float(middle(_numbers(work, values)))


def total(work: Work, values: Any) -> Any:
    """The sum of the numbers of an array."""
    return integer_within_limit(sum(number(one) for one in array(work, values)))


def count_true(work: Work, values: Any) -> int:
    """How many elements are true."""
    items = array(work, values)
    if not all(isinstance(one, bool) for one in items):
        raise EvaluationError("count without a predicate needs an array of booleans")
    return sum(items)


def keys(work: Work, value: Any) -> tuple[Any, ...]:
    """The keys of a map."""
    return tuple(_map(work, value))


def values(work: Work, value: Any) -> tuple[Any, ...]:
    """The values of a map."""
    return tuple(_map(work, value).values())


def to_pairs(work: Work, value: Any) -> tuple[Any, ...]:
    """The keys and values of a map, as arrays of two."""
    return tuple(_map(work, value).items())


def from_pairs(work: Work, value: Any) -> dict[str, Any]:
    """A map of arrays of a key and a value."""
    pairs = array(work, value)
    if not all(
        isinstance(pair, tuple) and len(pair) == _PAIR and isinstance(pair[0], str)
        for pair in pairs
    ):
        raise EvaluationError("pairs of a string and a value are needed")
    return dict(pairs)


def get(work: Work, base: Any, key: Any) -> Any:
    """``base[key]``, or nil where it does not exist."""
    work.spend(1)
    is_index = isinstance(base, tuple) and type(key) is int
    if base is None or (is_index and not -len(base) <= key < len(base)):
        return None
    return element_of(base, key)


def first(work: Work, value: Any) -> Any:
    """The first element, or nil."""
    items = array(work, value)
    return items[0] if items else None


def last(work: Work, value: Any) -> Any:
    """The last element, or nil."""
    items = array(work, value)
    return items[-1] if items else None


def take(work: Work, value: Any, count: Any) -> tuple[Any, ...]:
    """The first ``count`` elements."""
    if type(count) is not int or count < 0:
        raise EvaluationError("a number of elements is needed")
    return array(work, value)[:count]


def reverse(work: Work, value: Any) -> tuple[Any, ...]:
    """The elements from last to first."""
    return array(work, value)[::-1]


def sort(work: Work, value: Any, order: Any = "asc") -> tuple[Any, ...]:
    """Numbers or texts in order."""
    items = array(work, value)
    return sorted_by(work, items, items, order)


def sorted_by(
    work: Work, items: tuple[Any, ...], by: tuple[Any, ...], order: Any
) -> tuple[Any, ...]:
    """The items in the order of ``by``, all numbers or all texts; ties stay as they are."""
    # A set could not be asked about a map.
    if order not in ("asc", "desc"):
        raise EvaluationError('the order is "asc" or "desc"')
    for one in by:
        work.spend_on(one)
    if not all(is_number(one) for one in by) and not all(isinstance(one, str) for one in by):
        raise EvaluationError("only numbers, or only strings, can be sorted")
    work.spend(len(items) * len(items).bit_length() // 16)
    places = sorted(range(len(items)), key=by.__getitem__, reverse=order == "desc")
    return tuple(items[place] for place in places)


def unique(work: Work, value: Any) -> tuple[Any, ...]:
    """Each element once, where it comes first."""
    seen: set[Any] = set()
    kept: list[Any] = []
    for one in array(work, value):
        # Numbers are the same whatever their type; true is not 1.
        key = (is_number(one), type_name(one) if not is_number(one) else "", one)
        if isinstance(one, tuple | Mapping):
            work.spend(1 + len(kept))
            if any(same(work, one, other) for other in kept):
                continue
        elif key in seen:
            continue
        else:
            seen.add(key)
        kept.append(one)
    return tuple(kept)


def concat(work: Work, *arrays: Any) -> tuple[Any, ...]:
    """One array after the other."""
    return _within_limit(one for each in arrays for one in array(work, each))


def flatten(work: Work, value: Any) -> tuple[Any, ...]:
    """The elements, and those of arrays among them, at any depth."""
    found: list[Any] = []
    waiting = list(array(work, value)[::-1])
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(array(work, one)[::-1])
        else:
            found.append(one)
    return _within_limit(found)


def _bits(*numbers: Any) -> None:
    for one in numbers:
        if type(one) is not int:
            raise EvaluationError(f"an integer is needed, not {type_name(one)}")


def bit_and(_work: Work, one: Any, other: Any) -> int:
    """Bits that both have."""
    _bits(one, other)
    return int(one & other)


def bit_or(_work: Work, one: Any, other: Any) -> int:
    """Bits that any has."""
    _bits(one, other)
    return int(one | other)


def bit_xor(_work: Work, one: Any, other: Any) -> int:
    """Bits that one alone has."""
    _bits(one, other)
    return int(one ^ other)


def bit_and_not(_work: Work, one: Any, other: Any) -> int:
    """Bits that the first alone has."""
    _bits(one, other)
    return int(one & ~other)


def bit_not(_work: Work, one: Any) -> int:
    """Every bit turned over."""
    _bits(one)
    return int(~one)


def bit_shift_left(_work: Work, one: Any, places: Any) -> int:
    """The bits moved to higher places; beyond 64 it is too large."""
    _bits(one, places)
    _shift(places)
    return int(integer_within_limit(one << places))


def bit_shift_right(_work: Work, one: Any, places: Any) -> int:
    """The bits moved to lower places; the sign stays."""
    _bits(one, places)
    _shift(places)
    return int(one >> places)


def _shift(places: int) -> None:
    if not 0 <= places <= _SHIFT_MAX:
        raise EvaluationError(f"bits are moved by 0 to {_SHIFT_MAX} places")
