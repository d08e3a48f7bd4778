"""Audiences inside of audiences: no circles, and not too many levels. Pure."""

from collections.abc import Callable, Iterable

NESTING_MAX = 16
"""Audiences on the longest way from one down to those that it asks about."""

Following = Callable[[str], Iterable[str]]


def circle(name: str, inside: Following) -> list[str]:
    """A way from an audience back to itself, with it at both ends; empty if there is none.

    ``inside`` tells which audiences the filter of one asks about.
    """
    ways = {name: [name]}
    waiting = [name]
    while waiting:
        at = waiting.pop(0)
        for following in inside(at):
            if following == name:
                return [*ways[at], name]
            if following not in ways:
                ways[following] = [*ways[at], following]
                waiting.append(following)
    return []


def nesting_problem(name: str, inside: Following, around: Following) -> str:
    """Why an audience cannot ask about what it asks about; empty if it can.

    ``around`` tells which audiences ask about one.
    """
    way = circle(name, inside)
    if way:
        return "goes round in a circle: " + " → ".join(way)
    if _levels(name, inside) + _levels(name, around) >= NESTING_MAX:
        return f"nests more than {NESTING_MAX} audiences in one another"
    return ""


def _levels(name: str, following: Following) -> int:
    """How many steps the longest way has, counted up to ``NESTING_MAX``."""
    level, steps = {name}, 0
    while steps < NESTING_MAX:
        level = {found for each in level for found in following(each)}
        if not level:
            break
        steps += 1
    return steps
