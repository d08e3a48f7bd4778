"""What an evaluation costs, in steps; a step is about the time of one operator."""

from typing import Final

from matsuri.filters.limits import ELEMENTS_MAX
from matsuri.filters.syntax import Array, Binary, Call, Literal, Node, Predicate, children

# What long texts and arrays cost beyond this is spent where they are met (``values.Work``).
_WINDOW_STEPS: Final = 20
_STEPS: Final = {
    "SemverMatch": 200,
    "Sample": 20,
    "Audience": _WINDOW_STEPS,
    "EventCount": _WINDOW_STEPS,
    "EventSum": _WINDOW_STEPS,
    "EventDays": _WINDOW_STEPS,
    "EventLast": _WINDOW_STEPS,
    "EventSequence": _WINDOW_STEPS,
}
_TOLD_MAX: Final = 10**12
"""Estimates end here: predicates within predicates multiply."""


def own_cost(node: Node) -> int:
    """The steps of ``node`` without those of what is below it."""
    return _STEPS.get(node.name, 1) if isinstance(node, Call) else 1


def cost_once(node: Node) -> int:
    """The steps of ``node`` where every predicate in it is asked once."""
    return own_cost(node) + sum(cost_once(child) for child in children(node))


def cost_at_most(node: Node) -> int:
    """The steps where every array has as many elements as it can have, up to 10^12."""
    steps = own_cost(node)
    for child in children(node):
        times = _elements_at_most(node) if isinstance(child, Predicate) else 1
        steps += times * cost_at_most(child)
    return min(steps, _TOLD_MAX)


def _elements_at_most(node: Node) -> int:
    """How many elements the array has that a predicate of this call is asked about."""
    if not isinstance(node, Call):
        return 1
    array = node.arguments[0]
    if isinstance(array, Literal):
        # The name of an event: the condition of a window is asked when events come.
        return 0
    items = children(array)
    if (
        isinstance(array, Binary)
        and array.operator == ".."
        and all(isinstance(end, Literal) for end in items)
    ):
        ends = [end.value for end in items if isinstance(end, Literal)]
        numbers = [end for end in ends if isinstance(end, int)]
        return max(0, numbers[-1] - numbers[0] + 1) if numbers else 0
    return len(items) if isinstance(array, Array) else ELEMENTS_MAX
