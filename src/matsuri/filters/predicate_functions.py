"""Functions that ask a predicate about each element of an array."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from matsuri.filters.list_functions import array, count_true, number, sorted_by, total
from matsuri.filters.values import Work, boolean, integer_within_limit

Ask: TypeAlias = Callable[[Any], Any]
"""A predicate: from an element to its value."""


def _asked(work: Work, items: Any, ask: Ask, cost: int) -> Iterator[tuple[Any, bool]]:
    """Each element with the predicate's answer; ``cost`` is the predicate's steps."""
    for one in array(work, items):
        work.spend(cost)
        yield one, boolean(ask(one))


def all_of(work: Work, cost: int, items: Any, ask: Ask) -> bool:
    """Whether it is true of every element."""
    return all(answer for _, answer in _asked(work, items, ask, cost))


def any_of(work: Work, cost: int, items: Any, ask: Ask) -> bool:
    """Whether it is true of an element."""
    return any(answer for _, answer in _asked(work, items, ask, cost))


def one_of(work: Work, cost: int, items: Any, ask: Ask) -> bool:
    """Whether it is true of exactly one element."""
    return count(work, cost, items, ask) == 1


def none_of(work: Work, cost: int, items: Any, ask: Ask) -> bool:
    """Whether it is true of no element."""
    return not any_of(work, cost, items, ask)


def count(work: Work, cost: int, items: Any, ask: Ask | None = None) -> int:
    """Of how many elements it is true; without a predicate, how many are true."""
    if ask is None:
        return count_true(work, items)
    return sum(answer for _, answer in _asked(work, items, ask, cost))


def kept(work: Work, cost: int, items: Any, ask: Ask) -> tuple[Any, ...]:
    """The elements of which it is true."""
    return tuple(one for one, answer in _asked(work, items, ask, cost) if answer)


def mapped(work: Work, cost: int, items: Any, ask: Ask) -> tuple[Any, ...]:
    """What the predicate makes of each element."""
    values = []
    for one in array(work, items):
        work.spend(cost)
        values.append(ask(one))
    return tuple(values)


def summed(work: Work, cost: int, items: Any, ask: Ask | None = None) -> Any:
    """The sum of the numbers, or of what the predicate makes of each."""
    if ask is None:
        return total(work, items)
    return integer_within_limit(sum(number(one) for one in mapped(work, cost, items, ask)))


def found(work: Work, cost: int, items: Any, ask: Ask) -> Any:
    """The first element of which it is true, or nil."""
    return next((one for one, answer in _asked(work, items, ask, cost) if answer), None)


def found_last(work: Work, cost: int, items: Any, ask: Ask) -> Any:
    """The last element of which it is true, or nil."""
    return found(work, cost, array(work, items)[::-1], ask)


def found_at(work: Work, cost: int, items: Any, ask: Ask) -> int:
    """The index of the first element of which it is true, or -1."""
    return _place(_asked(work, items, ask, cost))


def found_last_at(work: Work, cost: int, items: Any, ask: Ask) -> int:
    """The index of the last element of which it is true, or -1."""
    whole = array(work, items)
    place = _place(_asked(work, whole[::-1], ask, cost))
    return place if place == -1 else len(whole) - 1 - place


def _place(asked: Iterable[tuple[Any, bool]]) -> int:
    return next((place for place, (_, answer) in enumerate(asked) if answer), -1)


def ordered(work: Work, cost: int, items: Any, ask: Ask, order: Any = "asc") -> tuple[Any, ...]:
    """The elements, sorted by what the predicate makes of each."""
    return sorted_by(work, array(work, items), mapped(work, cost, items, ask), order)
