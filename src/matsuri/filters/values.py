"""Operators on values, with their limits; what cannot be done raises ``EvaluationError``."""

import math
from collections.abc import Mapping
from typing import Any, Final

from matsuri.filters.limits import ELEMENTS_MAX, INTEGER_MAX, TEXT_CHARS_MAX, WORK_MAX
from matsuri.filters.problems import EvaluationError

_CHARS_PER_STEP: Final = 64
_TYPE_NAMES: Final = {
    type(None): "nil",
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    tuple: "array",
}


class Work:
    """The steps that one evaluation may still take."""

    # Of the class, so that making one, which compiled filters do for each player, runs no code.
    left: int = WORK_MAX

    def spend(self, steps: int) -> None:
        """Take them; raises ``EvaluationError`` where fewer are left."""
        self.left -= steps
        if self.left < 0:
            raise EvaluationError(f"it takes more than {WORK_MAX} steps")

    def spend_on(self, value: Any) -> None:
        """Take as many steps as it costs to look at ``value``."""
        if isinstance(value, str):
            self.spend(1 + len(value) // _CHARS_PER_STEP)
        elif isinstance(value, tuple | Mapping):
            self.spend(1 + len(value))
        else:
            self.spend(1)


def type_name(value: Any) -> str:
    """What the language calls the type of ``value``."""
    return _TYPE_NAMES.get(type(value), "map")


def is_number(value: Any) -> bool:
    """Whether it is an integer or a float; booleans are not."""
    return type(value) is int or type(value) is float


def boolean(value: Any) -> bool:
    """``value``, which must be a boolean."""
    if value is True or value is False:
        return bool(value)
    raise EvaluationError(f"a boolean is needed, not {type_name(value)}")


def negate(value: Any) -> Any:
    """``-value``."""
    if is_number(value):
        return -value
    raise EvaluationError(f"{type_name(value)} has no negative")


def positive(value: Any) -> Any:
    """``+value``."""
    if is_number(value):
        return value
    raise EvaluationError(f"+ is for numbers, not {type_name(value)}")


def _clash(operator: str, left: Any, right: Any) -> EvaluationError:
    return EvaluationError(f"{type_name(left)} {operator} {type_name(right)} is not possible")


def _numbers(operator: str, left: Any, right: Any) -> None:
    if not (is_number(left) and is_number(right)):
        raise _clash(operator, left, right)


def add(work: Work, left: Any, right: Any) -> Any:
    """The sum of numbers, or one text after the other."""
    if isinstance(left, str) and isinstance(right, str):
        return made(work, left + right)
    _numbers("+", left, right)
    return left + right


def subtract(left: Any, right: Any) -> Any:
    """The difference of numbers."""
    _numbers("-", left, right)
    return left - right


def multiply(left: Any, right: Any) -> Any:
    """The product of numbers; a product of integers stays within 64 bits."""
    _numbers("*", left, right)
    return integer_within_limit(left * right)


def divide(left: Any, right: Any) -> float:
    """The quotient, always a float."""
    _numbers("/", left, right)
    if right == 0:
        raise EvaluationError("division by zero")
    return float(left / right)


def modulo(left: Any, right: Any) -> int:
    """The remainder of integers, with the sign of the first."""
    if type(left) is not int or type(right) is not int:
        raise _clash("%", left, right)
    if right == 0:
        raise EvaluationError("division by zero")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def power(left: Any, right: Any) -> float:
    """``left`` to the power of ``right``, always a float."""
    _numbers("**", left, right)
    try:
        return math.pow(left, right)
    except (OverflowError, ValueError) as error:
        raise EvaluationError(f"{left} ** {right} is no number") from error


def integer_within_limit(number: Any) -> Any:
    """``number``, unless it is an integer of more than 64 bits."""
    if type(number) is int and not -INTEGER_MAX <= number <= INTEGER_MAX:
        raise EvaluationError("an integer is too large")
    return number


def made(work: Work, text: str) -> str:
    """``text``, which was made by one step, unless it is too long."""
    if len(text) > TEXT_CHARS_MAX:
        raise EvaluationError(f"a string has more than {TEXT_CHARS_MAX} characters")
    work.spend_on(text)
    return text


def _ordered(operator: str, left: Any, right: Any) -> None:
    are_texts = isinstance(left, str) and isinstance(right, str)
    if not are_texts and not (is_number(left) and is_number(right)):
        raise _clash(operator, left, right)


def less(left: Any, right: Any) -> bool:
    """Whether ``left < right``: two numbers or two texts."""
    _ordered("<", left, right)
    return bool(left < right)


def less_or_equal(left: Any, right: Any) -> bool:
    """Whether ``left <= right``: two numbers or two texts."""
    _ordered("<=", left, right)
    return bool(left <= right)


def greater(left: Any, right: Any) -> bool:
    """Whether ``left > right``: two numbers or two texts."""
    _ordered(">", left, right)
    return bool(left > right)


def greater_or_equal(left: Any, right: Any) -> bool:
    """Whether ``left >= right``: two numbers or two texts."""
    _ordered(">=", left, right)
    return bool(left >= right)


def equal(work: Work, left: Any, right: Any) -> bool:
    """Whether they are the same; nil may be compared with all, others with their own type only."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right) and not (is_number(left) and is_number(right)):
        raise _clash("==", left, right)
    return same(work, left, right)


def same(work: Work, left: Any, right: Any) -> bool:
    """As ``equal``, but different types are just not the same."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    if type_name(left) != type_name(right):
        return False
    # Texts are compared as fast as memory is read: they take no steps.
    if isinstance(left, tuple):
        work.spend_on(left)
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(work, *pair) for pair in pairs)
    if isinstance(left, Mapping):
        work.spend_on(left)
        return left.keys() == right.keys() and all(
            same(work, value, right[key]) for key, value in left.items()
        )
    return bool(left == right)


def contained(work: Work, element: Any, whole: Any) -> bool:
    """``element in whole``: an element of an array, or a key of a map; nil has none."""
    if whole is None:
        return False
    if isinstance(whole, tuple):
        work.spend_on(whole)
        return any(same(work, element, one) for one in whole)
    if isinstance(whole, Mapping):
        return isinstance(element, str) and element in whole
    raise _clash("in", element, whole)


def _texts(work: Work, operator: str, left: Any, right: Any) -> bool:
    """Whether both are texts: with nil the answer is false, with others there is none."""
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        work.spend_on(left)
        return True
    raise _clash(operator, left, right)


def contains(work: Work, text: Any, part: Any) -> bool:
    """Whether ``part`` is somewhere in ``text``."""
    return _texts(work, "contains", text, part) and part in text


def starts_with(work: Work, text: Any, part: Any) -> bool:
    """Whether ``text`` begins with ``part``."""
    return _texts(work, "startsWith", text, part) and text.startswith(part)


def ends_with(work: Work, text: Any, part: Any) -> bool:
    """Whether ``text`` ends with ``part``."""
    return _texts(work, "endsWith", text, part) and text.endswith(part)


def span(work: Work, first: Any, last: Any) -> tuple[int, ...]:
    """``first..last``: the integers from one to the other, both included."""
    if type(first) is not int or type(last) is not int:
        raise _clash("..", first, last)
    if last - first >= ELEMENTS_MAX:
        raise EvaluationError(f"a range has more than {ELEMENTS_MAX} elements")
    work.spend(1 + max(0, last - first + 1))
    return tuple(range(first, last + 1))


def element_of(base: Any, key: Any) -> Any:
    """``base[key]``: nil for a key that a map does not have; an array's index must exist."""
    if isinstance(base, Mapping):
        if not isinstance(key, str):
            raise EvaluationError(f"the keys of a map are strings, not {type_name(key)}")
        return base.get(key)
    if not isinstance(base, tuple):
        raise EvaluationError(f"{type_name(base)} has no elements")
    if type(key) is not int:
        raise EvaluationError(f"an index is an integer, not {type_name(key)}")
    if not -len(base) <= key < len(base):
        raise EvaluationError(f"index {key} is outside of an array of {len(base)}")
    return base[key]


def part_of(work: Work, base: Any, first: Any, behind: Any) -> Any:
    """``base[first:behind]`` of an array or a text; ends beyond it are taken back to it."""
    if not isinstance(base, tuple | str):
        raise EvaluationError(f"{type_name(base)} has no slices")
    if not all(end is None or type(end) is int for end in (first, behind)):
        raise EvaluationError("the ends of a slice are integers")
    work.spend_on(base)
    return base[first:behind]


def map_of(*entries: Any) -> dict[str, Any]:
    """A map of keys and values, one after the other."""
    keys = entries[::2]
    if not all(isinstance(key, str) for key in keys):
        raise EvaluationError("the keys of a map are strings")
    return dict(zip(keys, entries[1::2], strict=True))


def array_of(*items: Any) -> tuple[Any, ...]:
    """An array."""
    return items
