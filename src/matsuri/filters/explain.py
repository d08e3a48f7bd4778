"""Why a filter lets one player in or not: each clause with its value and the values it saw."""

from typing import Any, Final

import msgspec

from matsuri.filters.evaluate import EvaluationProblem, evaluate, evaluate_filter
from matsuri.filters.facts import Facts
from matsuri.filters.signatures import ABOUT_PLAYER
from matsuri.filters.syntax import (
    Call,
    Conditional,
    Literal,
    Logical,
    Node,
    Predicate,
    Unary,
    Variable,
    children,
)
from matsuri.filters.values import Work
from matsuri.filters.write import write

_ANSWERS: Final = frozenset({"true", "false", "problem"})
_TEXT_CHARS_MAX: Final = 120
_SEEN_MAX: Final = 10
# Of all parts together.
_WORK_MAX: Final = 5 * Work.left
_TOO_MUCH: Final = "to tell more would take too long"


class Seen(msgspec.Struct, frozen=True):
    """A part of a clause, and the value it had."""

    text: str
    value: str


class Explanation(msgspec.Struct, frozen=True):
    """A clause: where it stands, its value, and what it saw or is made of.

    ``value`` is ``true``, ``false``, another value, ``problem``, or ``not reached`` where an
    earlier clause had decided.
    """

    text: str
    start: int
    end: int
    value: str
    problem: str = ""
    seen: tuple[Seen, ...] = ()
    parts: tuple["Explanation", ...] = ()


def explain(tree: Node, facts: Facts) -> Explanation:
    """The clauses of the filter ``tree`` for one player; never raises.

    The value of the whole is ``true`` where ``Filter.matches`` says so, ``false`` or ``problem``
    where it does not.
    """
    parts = _Parts(facts)
    whole = _clause(tree, parts)
    if whole.value in _ANSWERS and not parts.is_over:
        return whole
    try:
        value, problem = _shown(evaluate_filter(tree, facts)), ""
    except Exception as error:  # noqa: BLE001 - what facts raise is part of the explanation
        value, problem = "problem", _told(error)
    return msgspec.structs.replace(whole, value=value, problem=problem)


class _Parts:
    """The values that parts of a filter have for one player, until they have taken too long.

    Each may take the work of a whole evaluation, and there may be hundreds of them.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._left = _WORK_MAX

    @property
    def is_over(self) -> bool:
        """Whether no more can be told."""
        return self._left < 0

    def value(self, node: Node) -> tuple[str, str]:
        """The value, and the problem if there is none."""
        if self.is_over:
            return "problem", _TOO_MUCH
        work = Work()
        try:
            return _shown(evaluate(node, self._facts, work=work)), ""
        except Exception as error:  # noqa: BLE001 - what facts raise is part of the explanation
            return "problem", _told(error)
        finally:
            self._left -= Work.left - work.left


def _clause(tree: Node, values: _Parts) -> Explanation:
    if isinstance(tree, Logical):
        return _logical(tree, values)
    if isinstance(tree, Conditional):
        return _conditional(tree, values)
    if isinstance(tree, Unary) and tree.operator == "not":
        return _explained(tree, values, parts=(_clause(tree.operand, values),))
    return _explained(tree, values, seen=_seen(tree, values))


def _explained(
    node: Node,
    values: _Parts,
    *,
    seen: tuple[Seen, ...] = (),
    parts: tuple[Explanation, ...] = (),
) -> Explanation:
    value, problem = values.value(node)
    return Explanation(_short(write(node)), node.start, node.end, value, problem, seen, parts)


def _logical(node: Logical, values: _Parts) -> Explanation:
    goes_on = "false" if node.operator == "or" else "true"
    parts: list[Explanation] = []
    is_reached = True
    for clause in node.clauses:
        part = _clause(clause, values) if is_reached else _not_reached(clause)
        is_reached = is_reached and part.value == goes_on
        parts.append(part)
    return _explained(node, values, parts=tuple(parts))


def _conditional(node: Conditional, values: _Parts) -> Explanation:
    test = _clause(node.test, values)
    yes = _clause(node.yes, values) if test.value == "true" else _not_reached(node.yes)
    no = _clause(node.no, values) if test.value == "false" else _not_reached(node.no)
    return _explained(node, values, parts=(test, yes, no))


def _not_reached(node: Node) -> Explanation:
    return Explanation(_short(write(node)), node.start, node.end, "not reached")


def _seen(node: Node, values: _Parts) -> tuple[Seen, ...]:
    """The values of the operands, and of what they read of the player."""
    found: dict[str, str] = {}
    waiting = [(child, True) for child in reversed(children(node))]
    if _reads_player(node):
        waiting.append((node, False))
    while waiting and len(found) < _SEEN_MAX:
        part, is_operand = waiting.pop()
        if isinstance(part, Literal | Predicate):
            continue
        if is_operand or _reads_player(part):
            found.setdefault(_short(write(part)), values.value(part)[0])
        if part is not node:
            waiting.extend((child, False) for child in reversed(children(part)))
    return tuple(Seen(text, value) for text, value in found.items())


def _reads_player(node: Node) -> bool:
    return isinstance(node, Variable) or (isinstance(node, Call) and node.name in ABOUT_PLAYER)


def _told(error: Exception) -> str:
    is_ours = isinstance(error, EvaluationProblem)
    return str(error) if is_ours else f"{type(error).__name__}: {error}"


def _shown(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, float):
        # JSON has no infinity.
        return str(value)
    if isinstance(value, str | tuple | list | dict) and len(value) > _TEXT_CHARS_MAX:
        value = value[:_TEXT_CHARS_MAX] if not isinstance(value, dict) else sorted(value)
    return _short(msgspec.json.encode(value).decode())


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS_MAX else text[: _TEXT_CHARS_MAX - 1] + "…"
