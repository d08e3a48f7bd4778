"""The meaning of the language: walks a tree for one player. Compiled code must do the same."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from matsuri.filters import player_functions as player
from matsuri.filters.cost import cost_once
from matsuri.filters.facts import Facts
from matsuri.filters.kinds import constant_members
from matsuri.filters.library import ARITHMETIC, PLAIN, WITH_PREDICATE, WITH_WORK
from matsuri.filters.problems import EvaluationError
from matsuri.filters.regex import Pattern, pattern_of
from matsuri.filters.syntax import (
    Array,
    Binary,
    Call,
    ComparisonChain,
    Conditional,
    Element,
    Index,
    Literal,
    Logical,
    MapLiteral,
    Node,
    OptionalChain,
    Predicate,
    Slice,
    Unary,
    Variable,
)
from matsuri.filters.values import (
    Work,
    array_of,
    boolean,
    element_of,
    equal,
    map_of,
    negate,
    part_of,
    positive,
    type_name,
)
from matsuri.filters.windows import WINDOW_FUNCTIONS, window_of

_UNARY: Final[dict[str, Callable[[Any], Any]]] = {
    "not": lambda value: not boolean(value),
    "-": negate,
    "+": positive,
}


class EvaluationProblem(EvaluationError):
    """An ``EvaluationError`` that knows the innermost part that could not be evaluated."""

    def __init__(self, problem: str, node: Node) -> None:
        super().__init__(problem)
        self.node = node


class _StopChain(Exception):
    """What stands before a ``?.`` is nil."""


def evaluate(tree: Node, facts: Facts, element: Any = None, *, work: Work | None = None) -> Any:
    """The value of ``tree``, where ``#`` is ``element``; raises ``EvaluationProblem``.

    ``work`` is told what it took.
    """
    return _Evaluation(facts, Work() if work is None else work).value(tree, element)


def evaluate_filter(tree: Node, facts: Facts) -> bool:
    """The answer of a filter; raises ``EvaluationProblem``, also where it is no boolean."""
    value = evaluate(tree, facts)
    if isinstance(value, bool):
        return value
    raise EvaluationProblem(f"the filter gives {type_name(value)}, not a boolean", tree)


def evaluate_constant(tree: Node) -> Any:
    """The value of a tree that reads nothing of a player, or ``None`` where it has none."""
    try:
        return _Evaluation(None, Work()).value(tree, None)
    except EvaluationProblem:
        return None


class _Evaluation:
    def __init__(self, facts: Any, work: Work) -> None:
        self._facts = facts
        self._work = work
        self._evaluators: dict[type[Node], Callable[[Any, Any], Any]] = {
            Literal: lambda node, _: node.value,
            Variable: self._variable,
            Element: lambda _, element: element,
            Array: lambda node, element: array_of(
                *(self.value(one, element) for one in node.items)
            ),
            MapLiteral: self._map,
            Index: self._index,
            Slice: self._slice,
            OptionalChain: self._chain,
            Unary: lambda node, element: _UNARY[node.operator](self.value(node.operand, element)),
            Binary: self._binary,
            Logical: self._logical,
            ComparisonChain: self._comparison_chain,
            Conditional: self._conditional,
            Call: self._call,
            Predicate: lambda node, _: lambda one: self.value(node.body, one),
        }

    def value(self, node: Node, element: Any) -> Any:
        try:
            return self._evaluators[type(node)](node, element)
        except EvaluationProblem:
            raise
        except EvaluationError as error:
            raise EvaluationProblem(str(error), node) from error
        except (ArithmeticError, ValueError) as error:
            raise EvaluationProblem(f"it has no value: {error}", node) from error

    def _variable(self, node: Variable, _element: Any) -> Any:
        is_creation = node.name == "createTime"
        return self._facts.create_time_s if is_creation else self._facts.update_time_s

    def _map(self, node: MapLiteral, element: Any) -> Any:
        return map_of(*(self.value(part, element) for entry in node.entries for part in entry))

    def _index(self, node: Index, element: Any) -> Any:
        base = self.value(node.base, element)
        if node.optional and base is None:
            raise _StopChain
        return element_of(base, self.value(node.key, element))

    def _slice(self, node: Slice, element: Any) -> Any:
        base = self.value(node.base, element)
        ends = [
            None if end is None else self.value(end, element) for end in (node.first, node.behind)
        ]
        return part_of(self._work, base, *ends)

    def _chain(self, node: OptionalChain, element: Any) -> Any:
        try:
            return self.value(node.inner, element)
        except _StopChain:
            return None

    def _binary(self, node: Binary, element: Any) -> Any:
        left = self.value(node.left, element)
        operator = node.operator
        members = constant_members(node)
        if members is not None:
            return left in members
        if operator == "??":
            return self.value(node.right, element) if left is None else left
        right = self.value(node.right, element)
        if operator in {"==", "!="}:
            return equal(self._work, left, right) is (operator == "==")
        if operator == "matches":
            return matches(self._work, pattern_of(right), left)
        if operator in WITH_WORK:
            return WITH_WORK[operator](self._work, left, right)
        return ARITHMETIC[operator](left, right)

    def _logical(self, node: Logical, element: Any) -> bool:
        decisive = node.operator == "or"
        for clause in node.clauses:
            if boolean(self.value(clause, element)) is decisive:
                return decisive
        return not decisive

    def _comparison_chain(self, node: ComparisonChain, element: Any) -> bool:
        left = self.value(node.operands[0], element)
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.value(operand, element)
            if not ARITHMETIC[operator](left, right):
                return False
            left = right
        return True

    def _conditional(self, node: Conditional, element: Any) -> Any:
        is_true = boolean(self.value(node.test, element))
        return self.value(node.yes if is_true else node.no, element)

    def _call(self, node: Call, element: Any) -> Any:
        if node.name in WINDOW_FUNCTIONS:
            return ask_window(self._facts, node)
        arguments = [self.value(one, element) for one in node.arguments]
        if node.name in PLAIN:
            return PLAIN[node.name](self._work, *arguments)
        if node.name in WITH_PREDICATE:
            return WITH_PREDICATE[node.name](self._work, predicate_cost(node), *arguments)
        return _PLAYER[node.name](self._facts, *arguments)


def predicate_cost(call: Call) -> int:
    """The steps that a call spends on each element."""
    return sum(cost_once(one.body) for one in call.arguments if isinstance(one, Predicate))


def matches(work: Work, pattern: Pattern, text: Any) -> bool:
    """``text matches pattern``; nil matches nothing."""
    if text is None:
        return False
    if not isinstance(text, str):
        raise EvaluationError("matches is for strings")
    # The worst patterns take some microseconds for each character.
    work.spend(1 + len(text))
    return pattern.found_in(text)


def ask_window(facts: Facts, call: Call) -> Any:
    """The answer of a call about the player's past."""
    window = window_of(call)
    ask: Callable[..., Any] = getattr(facts.windows, window.kind)
    return ask(window, facts.now_s)


def _from(which: str) -> Callable[[Facts, str, Any], Any]:
    def read(facts: Facts, name: str, default: Any) -> Any:
        values: Mapping[str, str] = getattr(facts, which)
        return player.property_of(values, name, default)

    return read


_PLAYER: Final[dict[str, Callable[..., Any]]] = {
    "Now": lambda facts: facts.now_s,
    "Duration": lambda _, text: player.duration(text),
    "Properties": _from("default"),
    "PropertiesComputed": _from("computed"),
    "PropertiesCustom": _from("custom"),
    "SemverMatch": lambda _, one, other: player.semver_matches(one, other),
    "Audience": lambda facts, name: facts.in_audience(name),
    "Sample": lambda facts, percent, salt="": player.in_sample(facts.sample_key, salt, percent),
    "LocalHour": lambda facts: player.local_hour(facts.now_s, facts.local_offset_s),
}
