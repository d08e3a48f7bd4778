"""Which window a call asks about, and what the condition of a window sees of an event."""

from typing import Any, Final

from matsuri.filters.arguments import window_seconds
from matsuri.filters.facts import EventSeen, Window, WindowKind
from matsuri.filters.player_functions import number_of
from matsuri.filters.syntax import Call, Literal, Node, Predicate
from matsuri.filters.write import write

_KINDS: Final[dict[str, WindowKind]] = {
    "EventCount": "count",
    "EventSum": "total",
    "EventDays": "days",
    "EventLast": "last",
    "EventSequence": "sequence",
}
WINDOW_FUNCTIONS: Final = frozenset(_KINDS)


def window_of(call: Call) -> Window:
    """The window of an ``Event…`` call that was parsed."""
    texts = [one.value for one in call.arguments if isinstance(one, Literal)]
    names = [str(text) for text in texts]
    kind = _KINDS[call.name]
    if kind == "last":
        return Window(kind, names[0])
    seconds = window_seconds(names[-1]) or 0
    then = names[1] if kind == "sequence" else ""
    return Window(kind, names[0], seconds, _condition(call.arguments[-1]), then)


def _condition(last: Node) -> str:
    return write(last) if isinstance(last, Predicate) else ""


def event_element(event: EventSeen) -> dict[str, Any]:
    """The event as ``#`` is: ``value`` is a number where the text spells one."""
    text = event.value
    number = None if text is None else number_of(text)
    return {
        "value": text if number is None else number,
        "text": text,
        "metadata": event.metadata,
        "time": event.time_s,
    }
