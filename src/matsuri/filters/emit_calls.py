"""Python's ``ast`` nodes for calls of functions, and the names that they need."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from matsuri.filters import player_functions as player
from matsuri.filters.evaluate import predicate_cost
from matsuri.filters.library import PLAIN, WITH_PREDICATE
from matsuri.filters.syntax import Call, Literal, Node
from matsuri.filters.windows import WINDOW_FUNCTIONS, window_of
from matsuri.kit.bucketing import bucket_of, buckets_of_percent

_PROPERTY_SOURCES: Final = {
    "Properties": "default",
    "PropertiesComputed": "computed",
    "PropertiesCustom": "custom",
}


class CallEmitter(ABC):
    """The names of one function, and the calls in it."""

    def __init__(self, *, element: str = "", now: str = "") -> None:
        """``element`` and ``now`` are the arguments that ``#`` and ``Now()`` are, if any."""
        self.bound: dict[str, Any] = {}
        self.needs_work = False
        self.element = element
        self._now = now
        self._names: dict[int, str] = {}
        self._count = 0

    @abstractmethod
    def emit(self, node: Node) -> ast.expr:
        """The expression for ``node``."""

    def bind(self, value: Any) -> str:
        """A name that means ``value``."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"b{len(self.bound)}"
            self.bound[name] = value
        return name

    def fresh(self) -> str:
        """A name for a local value."""
        self._count += 1
        return f"t{self._count}"

    def name(self, name: str) -> ast.expr:
        """The value of a name."""
        return ast.Name(name, ast.Load())

    def keeping(self, name: str, value: ast.expr) -> ast.expr:
        """``value``, which from then on is also ``name``'s."""
        return ast.NamedExpr(ast.Name(name, ast.Store()), value)

    def fact(self, name: str) -> ast.expr:
        """What the player's facts say."""
        return ast.Attribute(self.name("facts"), name, ast.Load())

    def work(self) -> ast.expr:
        """The work that this evaluation may still do."""
        self.needs_work = True
        return self.name("work")

    def calling(self, function: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        """A call of a function of ours."""
        return ast.Call(self.name(self.bind(function)), list(arguments), [])

    def emit_predicate(self, body: Node) -> ast.expr:
        """A function of an element."""
        outer = self.element
        self._count += 1
        self.element = f"e{self._count}"
        value = self.emit(body)
        parameters = ast.arguments([], [ast.arg(self.element)], None, [], [], None, [])
        self.element = outer
        return ast.Lambda(parameters, value)

    def emit_call(self, call: Call) -> ast.expr:  # noqa: PLR0911 - one for each family
        """The expression for a call."""
        if call.name in WINDOW_FUNCTIONS:
            return self._window(call)
        literals = [one.value for one in call.arguments if isinstance(one, Literal)]
        if call.name in _PROPERTY_SOURCES:
            return self._property(call, literals)
        if call.name == "Sample":
            return self._sample(literals)
        if call.name == "Duration" and literals:
            return ast.Constant(player.duration(literals[0]))
        arguments = [self.emit(one) for one in call.arguments]
        if call.name in PLAIN:
            return self.calling(PLAIN[call.name], self.work(), *arguments)
        if call.name in WITH_PREDICATE:
            cost = ast.Constant(predicate_cost(call))
            return self.calling(WITH_PREDICATE[call.name], self.work(), cost, *arguments)
        return self._player(call.name, arguments)

    def _player(self, name: str, arguments: list[ast.expr]) -> ast.expr:
        if name == "Now":
            return self.name(self._now) if self._now else self.fact("now_s")
        if name == "Audience":
            return ast.Call(self.fact("in_audience"), arguments, [])
        if name == "LocalHour":
            return self.calling(player.local_hour, self.fact("now_s"), self.fact("local_offset_s"))
        return self.calling(_REMAINING[name], *arguments)

    def _window(self, call: Call) -> ast.expr:
        window = window_of(call)
        ask = ast.Attribute(self.fact("windows"), window.kind, ast.Load())
        return ast.Call(ask, [self.name(self.bind(window)), self.fact("now_s")], [])

    def _property(self, call: Call, literals: list[Any]) -> ast.expr:
        arguments = [self.emit(one) for one in call.arguments]
        # The name and the default are both literals: which conversion is known.
        is_known = len(literals) == len(call.arguments)
        read = _reader(literals[1]) if is_known else player.property_of
        return self.calling(read, self.fact(_PROPERTY_SOURCES[call.name]), *arguments)

    def _sample(self, literals: list[Any]) -> ast.expr:
        salt = ast.Constant(literals[1] if literals[1:] else "")
        bucket = self.calling(bucket_of, salt, self.fact("sample_key"))
        bound = ast.Constant(buckets_of_percent(literals[0]))
        return ast.Compare(bucket, [ast.Lt()], [bound])


def _reader(default: Any) -> Callable[..., Any]:
    """The function that reads a property whose default is this literal."""
    if default is None or isinstance(default, str):
        return player.text_property
    return player.boolean_property if isinstance(default, bool) else player.number_property


_REMAINING: Final[dict[str, Callable[..., Any]]] = {
    "Duration": player.duration,
    "SemverMatch": player.semver_matches,
}
