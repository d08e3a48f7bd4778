"""Where the kinds of values clash, as far as the text of a filter tells them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from matsuri.filters.kinds import kind_of, kind_taken
from matsuri.filters.player_functions import semver_matches
from matsuri.filters.problems import EvaluationError
from matsuri.filters.signatures import SIGNATURES, Kind
from matsuri.filters.syntax import (
    EQUALITIES,
    ORDERINGS,
    Binary,
    Call,
    ComparisonChain,
    Conditional,
    Index,
    Literal,
    Logical,
    Node,
    Unary,
    walk,
)

_TEXT_OPERATORS: Final = frozenset({"contains", "startsWith", "endsWith", "matches"})
_MAY_BE_TEXT: Final = frozenset({Kind.STRING, Kind.NIL, Kind.ANY})
_MAY_HAVE_ELEMENTS: Final = frozenset({Kind.ARRAY, Kind.MAP, Kind.ANY})
_MAY_BE_MANY: Final = _MAY_HAVE_ELEMENTS | {Kind.NIL}


def clashes(tree: Node) -> Iterator[tuple[Node, str]]:
    """Parts that cannot have a value, and why."""
    if kind_of(tree) not in {Kind.BOOLEAN, Kind.ANY}:
        yield tree, f"a filter gives a boolean, this gives {_a(kind_of(tree))}"
    for node in walk(tree):
        find = _FINDERS.get(type(node))
        if find is not None:
            yield from find(node)


def _a(kind: Kind) -> str:
    if kind is Kind.NIL:
        return "nil"
    return f"an {kind}" if kind is Kind.ARRAY else f"a {kind}"


def _is(node: Node, kind: Kind) -> bool:
    return kind_of(node) in {kind, Kind.ANY}


def _unary(node: Unary) -> Iterator[tuple[Node, str]]:
    needed = Kind.BOOLEAN if node.operator == "not" else Kind.NUMBER
    if not _is(node.operand, needed):
        yield node.operand, f"{node.operator} needs {_a(needed)}, not {_a(kind_of(node.operand))}"


def _logical(node: Logical) -> Iterator[tuple[Node, str]]:
    for clause in node.clauses:
        if not _is(clause, Kind.BOOLEAN):
            yield clause, f"{node.operator} needs booleans, not {_a(kind_of(clause))}"


def _conditional(node: Conditional) -> Iterator[tuple[Node, str]]:
    if not _is(node.test, Kind.BOOLEAN):
        yield node.test, f"? needs a boolean before it, not {_a(kind_of(node.test))}"


def _index(node: Index) -> Iterator[tuple[Node, str]]:
    if kind_of(node.base) not in _MAY_HAVE_ELEMENTS | ({Kind.NIL} if node.optional else set()):
        yield node.base, f"{_a(kind_of(node.base))} has no elements"


def _comparison_chain(node: ComparisonChain) -> Iterator[tuple[Node, str]]:
    for operator, left, right in zip(
        node.operators, node.operands, node.operands[1:], strict=False
    ):
        if not _can_combine(operator, kind_of(left), kind_of(right)):
            yield node, f"{kind_of(left)} {operator} {kind_of(right)} is not possible"


def _binary(node: Binary) -> Iterator[tuple[Node, str]]:
    left, right = kind_of(node.left), kind_of(node.right)
    if not _can_combine(node.operator, left, right):
        yield node, f"{left} {node.operator} {right} is not possible"


def _can_combine(operator: str, left: Kind, right: Kind) -> bool:
    known = {left, right} - {Kind.ANY}
    if operator == "??":
        return True
    if operator in EQUALITIES:
        return len(known - {Kind.NIL}) <= 1
    if operator == "in":
        return right in _MAY_BE_MANY
    if operator in _TEXT_OPERATORS:
        return {left, right} <= _MAY_BE_TEXT
    if operator in ORDERINGS or operator == "+":
        return known <= {Kind.NUMBER} or known <= {Kind.STRING}
    return known <= {Kind.NUMBER}


def _call(node: Call) -> Iterator[tuple[Node, str]]:
    signature = SIGNATURES[node.name]
    for index, argument in enumerate(node.arguments):
        needed = kind_taken(signature.argument(index))
        if needed is not Kind.ANY and not _is(argument, needed):
            yield argument, f"{node.name} needs {_a(needed)} here, not {_a(kind_of(argument))}"
    literals = [one.value for one in node.arguments if isinstance(one, Literal)]
    if node.name == "SemverMatch" and literals:
        try:
            semver_matches(literals[0], "1.0.0" if len(literals) == 1 else literals[1])
        except EvaluationError:
            yield node, "SemverMatch needs a version and a range of versions"


_FINDERS: Final[dict[type[Node], Callable[[Any], Iterator[tuple[Node, str]]]]] = {
    Unary: _unary,
    Logical: _logical,
    Conditional: _conditional,
    Index: _index,
    ComparisonChain: _comparison_chain,
    Binary: _binary,
    Call: _call,
}
