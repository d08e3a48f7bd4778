"""What the answer of a filter depends on."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from matsuri.filters.facts import Window
from matsuri.filters.kinds import PROPERTY_FUNCTIONS, kind_of
from matsuri.filters.signatures import Kind
from matsuri.filters.syntax import Call, Literal, Node, Variable, walk
from matsuri.filters.windows import WINDOW_FUNCTIONS, window_of

Thing = TypeVar("Thing")


class PropertyUse(msgspec.Struct, frozen=True):
    """A property that is read by ``function``; ``kind`` is that of its default."""

    function: str
    name: str
    kind: Kind


class Uses(msgspec.Struct, frozen=True):
    """What is read of a player; each thing once, in the order of the text.

    ``time``: the answer may change by time alone. ``sample``: it depends on who the player is.
    """

    properties: tuple[PropertyUse, ...]
    audiences: tuple[str, ...]
    windows: tuple[Window, ...]
    times: tuple[str, ...]
    time: bool
    sample: bool


def uses_of(tree: Node) -> Uses:
    """Everything that ``tree`` may read, whether or not it comes to it."""
    calls = [node for node in walk(tree) if isinstance(node, Call)]
    names = {call.name for call in calls}
    windows = [window_of(call) for call in calls if call.name in WINDOW_FUNCTIONS]
    return Uses(
        properties=_once(_property(call) for call in calls if call.name in PROPERTY_FUNCTIONS),
        audiences=_once(_first_text(call) for call in calls if call.name == "Audience"),
        windows=_once(windows),
        times=_once(node.name for node in walk(tree) if isinstance(node, Variable)),
        time=bool(names & {"Now", "LocalHour"} or windows),
        sample="Sample" in names,
    )


def _property(call: Call) -> PropertyUse:
    return PropertyUse(call.name, _first_text(call), kind_of(call.arguments[1]))


def _first_text(call: Call) -> str:
    first = call.arguments[0]
    return first.value if isinstance(first, Literal) and isinstance(first.value, str) else ""


def _once(things: Iterable[Thing]) -> tuple[Thing, ...]:
    return tuple(dict.fromkeys(things))
