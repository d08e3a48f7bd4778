"""Compiles a tree to a Python function, which is many times quicker than walking it.

The function is made of ``ast`` nodes, not of text: nothing that a filter says becomes a name or an
attribute. Its only names are those that are bound to it; it has no builtins.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from matsuri.filters.build import build
from matsuri.filters.evaluate import EvaluationProblem, evaluate_filter
from matsuri.filters.facts import EventSeen, Facts
from matsuri.filters.flips import compile_next_flip
from matsuri.filters.limits import DEFAULT_LIMITS, FilterLimits
from matsuri.filters.parse import parse, parse_condition
from matsuri.filters.syntax import Node
from matsuri.filters.uses import Uses, uses_of
from matsuri.filters.windows import event_element


class Outcome(msgspec.Struct, frozen=True):
    """Whether a player is in; if the filter could not be evaluated, why, and which part of it."""

    matches: bool
    problem: str = ""
    start: int = 0
    end: int = 0


class Filter:
    """A compiled filter.

    ``matches(facts)`` says whether the player is in. It never raises: a filter that cannot be
    evaluated for a player, such as a number compared with a text, does not match.

    ``next_flip(facts)`` is the earliest second after ``facts.now_s`` at which time alone could
    change that, or ``None`` for never (see ``compile_next_flip``).
    """

    __slots__ = ("matches", "next_flip", "text", "tree", "uses")

    matches: Callable[[Facts], bool]
    next_flip: Callable[[Facts], int | None]
    uses: Uses

    def __init__(self, text: str, tree: Node) -> None:
        """Compile a tree that was parsed from ``text``."""
        self.text = text
        self.tree = tree
        self.uses = uses_of(tree)
        self.matches = build(tree, ("facts",), safely=True)
        self.next_flip = compile_next_flip(tree)

    def outcome(self, facts: Facts) -> Outcome:
        """As ``matches``, with the problem if there is one. Never raises."""
        if self.matches(facts):
            return Outcome(matches=True)
        try:
            evaluate_filter(self.tree, facts)
        except EvaluationProblem as problem:
            node = problem.node
            return Outcome(matches=False, problem=str(problem), start=node.start, end=node.end)
        except Exception as error:  # noqa: BLE001 - what facts raise must not reach the caller
            return Outcome(False, f"{type(error).__name__}: {error}", 0, len(self.text))
        return Outcome(matches=False)


class EventCondition:
    """The compiled condition of a window; ``matches(event)`` never raises."""

    __slots__ = ("_matches", "tree")

    def __init__(self, tree: Node) -> None:
        """Compile the body of a condition."""
        self.tree = tree
        self._matches = build(tree, ("e0",), safely=True)

    def matches(self, event: EventSeen) -> bool:
        """Whether the event counts."""
        return bool(self._matches(event_element(event)))


def compile_filter(text: str, limits: FilterLimits = DEFAULT_LIMITS) -> Filter:
    """Parse and compile; raises ``FilterError``."""
    return Filter(text, parse(text, limits))


def compile_condition(text: str, limits: FilterLimits = DEFAULT_LIMITS) -> EventCondition:
    """Compile what ``Window.condition`` says; raises ``FilterError``."""
    return EventCondition(parse_condition(text, limits).body)


def compile_value(tree: Node) -> Callable[[Facts], Any]:
    """A function that gives the value of ``tree``, or raises where it has none."""
    value: Callable[[Facts], Any] = build(tree, ("facts",), safely=False)
    return value
