"""The tree of a filter: frozen nodes that know where in the text they stand."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

Scalar: TypeAlias = bool | int | float | str | None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a filter: the characters from ``start`` to before ``end``."""

    start: int = 0
    end: int = 0


class Literal(Node, frozen=True):
    """A text, a number, ``true``, ``false`` or ``nil``."""

    value: Scalar


class Array(Node, frozen=True):
    """``[1, 2]``."""

    items: tuple[Node, ...]


class MapLiteral(Node, frozen=True):
    """``{"key": value}``; keys are literal texts or expressions in parentheses."""

    entries: tuple[tuple[Node, Node], ...]


class Variable(Node, frozen=True):
    """``createTime`` or ``updateTime``."""

    name: str


class Element(Node, frozen=True):
    """``#``: what the predicate around it is asked about."""


class Index(Node, frozen=True):
    """``base[key]``, which ``base.key`` is short for; ``optional`` is ``?.``."""

    base: Node
    key: Node
    optional: bool = False


class Slice(Node, frozen=True):
    """``base[first:behind]``; either end may be left out."""

    base: Node
    first: Node | None
    behind: Node | None


class OptionalChain(Node, frozen=True):
    """The whole of ``a?.b.c``: nil where what stands before a ``?.`` is nil."""

    inner: Node


class Unary(Node, frozen=True):
    """``not``, ``-`` or ``+`` before an operand."""

    operator: str
    operand: Node


class Binary(Node, frozen=True):
    """An operator between two operands; ``operator`` is one of ``BINARY_PRECEDENCE``."""

    operator: str
    left: Node
    right: Node


class Logical(Node, frozen=True):
    """``and`` or ``or`` between two or more clauses; made by ``logical``."""

    operator: str
    clauses: tuple[Node, ...]


class ComparisonChain(Node, frozen=True):
    """``1 < x <= 3``: every operator holds between its neighbours."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


class Conditional(Node, frozen=True):
    """``test ? yes : no``."""

    test: Node
    yes: Node
    no: Node


class Call(Node, frozen=True):
    """A function with its arguments."""

    name: str
    arguments: tuple[Node, ...]


class Predicate(Node, frozen=True):
    """An argument that is asked about each element: ``# > 3``."""

    body: Node


AnyNode = TypeVar("AnyNode", bound=Node)

ORDERINGS: Final = frozenset({"<", "<=", ">", ">="})
EQUALITIES: Final = frozenset({"==", "!="})
# Operators that may have "not" before them.
NEGATABLE: Final = frozenset({"in", "matches", "contains", "startsWith", "endsWith"})
PIPE_PRECEDENCE: Final = 0
COMPARISON_PRECEDENCE: Final = 20
POWER_PRECEDENCE: Final = 100
BINARY_PRECEDENCE: Final = {
    "or": 10,
    "and": 15,
    **dict.fromkeys(sorted(ORDERINGS | EQUALITIES | NEGATABLE), COMPARISON_PRECEDENCE),
    "..": 25,
    "+": 30,
    "-": 30,
    "*": 60,
    "/": 60,
    "%": 60,
    "**": POWER_PRECEDENCE,
    "??": 500,
}
UNARY_PRECEDENCE: Final = {"not": 50, "-": 90, "+": 90}


def logical(operator: str, left: Node, right: Node) -> Logical:
    """``left and right``: clauses of the same operator on the left become clauses of this one."""
    first = left.clauses if isinstance(left, Logical) and left.operator == operator else (left,)
    return Logical(operator, (*first, right), start=left.start, end=right.end)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    found: list[Node] = []
    for name in node.__struct_fields__:
        _gather(getattr(node, name), found)
    return tuple(found)


def _gather(part: Any, found: list[Node]) -> None:
    if isinstance(part, Node):
        found.append(part)
    elif isinstance(part, tuple):
        for one in part:
            _gather(one, found)


def walk(tree: Node) -> Iterator[Node]:
    """Every node, a parent before its children."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def without_positions(node: AnyNode) -> AnyNode:
    """The same tree as if it stood nowhere, to compare trees of different texts."""
    changes = {name: _stripped(getattr(node, name)) for name in node.__struct_fields__}
    return msgspec.structs.replace(node, **{**changes, "start": 0, "end": 0})


def _stripped(part: Any) -> Any:
    if isinstance(part, Node):
        return without_positions(part)
    if isinstance(part, tuple):
        return tuple(_stripped(one) for one in part)
    return part
