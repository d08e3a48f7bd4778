"""Writes a tree as text: ``parse(write(tree))`` is the tree again."""

import json
import re
from typing import Final

from matsuri.filters.syntax import (
    BINARY_PRECEDENCE,
    COMPARISON_PRECEDENCE,
    NEGATABLE,
    ORDERINGS,
    POWER_PRECEDENCE,
    UNARY_PRECEDENCE,
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
    Scalar,
    Slice,
    Unary,
    Variable,
)

_MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPEN: Final = 0
"""Where anything may stand without parentheses."""
_TERM: Final = 1_000
"""Where only what has no operators may stand without parentheses."""


def write(tree: Node) -> str:
    """One line, with no parentheses beyond those that are needed."""
    return _written(tree, _OPEN)


def _written(node: Node, strength: int) -> str:
    """``node`` where operators must bind at least as strongly as ``strength``."""
    text, binds = _text_and_strength(node)
    # The parser wants parentheses where ?? meets any other operator.
    is_mixed = isinstance(node, Binary) and node.operator == "??" and strength > _OPEN
    if is_mixed and strength < BINARY_PRECEDENCE["??"]:
        return f"({text})"
    return f"({text})" if binds < strength else text


def _text_and_strength(node: Node) -> tuple[str, int]:
    match node:
        case Unary():
            return _unary(node)
        case Binary():
            return _binary(node)
        case Logical(operator, clauses):
            own = BINARY_PRECEDENCE[operator]
            # The first may be of the same strength: the operator associates to the left.
            parts = [_written(clauses[0], own), *(_written(one, own + 1) for one in clauses[1:])]
            return f" {operator} ".join(parts), own
        case ComparisonChain(operators, operands):
            parts = [_written(one, COMPARISON_PRECEDENCE + 1) for one in operands]
            following = (f" {sign} {one}" for sign, one in zip(operators, parts[1:], strict=True))
            return parts[0] + "".join(following), COMPARISON_PRECEDENCE
        case Conditional(test, yes, no):
            parts = [_written(test, _OPEN + 1), _written(yes, _OPEN), _written(no, _OPEN)]
            return "{} ? {} : {}".format(*parts), _OPEN
    return _term(node), _TERM


def _unary(node: Unary) -> tuple[str, int]:
    inner = node.operand
    if node.operator == "not" and isinstance(inner, Binary) and inner.operator in NEGATABLE:
        return _operation(inner, f"not {inner.operator}"), COMPARISON_PRECEDENCE
    own = UNARY_PRECEDENCE[node.operator]
    sign = "not " if node.operator == "not" else node.operator
    operand = _written(inner, own)
    # Signs need a space between them for nobody but the reader.
    space = " " if operand.startswith(("-", "+")) else ""
    return f"{sign}{space}{operand}", own


def _binary(node: Binary) -> tuple[str, int]:
    return _operation(node, node.operator), BINARY_PRECEDENCE[node.operator]


def _operation(node: Binary, sign: str) -> str:
    own = BINARY_PRECEDENCE[node.operator]
    to_right = own == POWER_PRECEDENCE
    # Orderings beside one another are a chain, not one after the other.
    begins_chain = _is_ordering(node) and _is_ordering(node.left)
    left = _written(node.left, own + (to_right or begins_chain))
    right = _written(node.right, own + (not to_right))
    return f"{left}{sign}{right}" if sign == ".." else f"{left} {sign} {right}"


def _is_ordering(node: Node) -> bool:
    is_one = isinstance(node, Binary) and node.operator in ORDERINGS
    return is_one or isinstance(node, ComparisonChain)


def _term(node: Node) -> str:  # noqa: PLR0911 - one for each node
    match node:
        case Literal(value):
            return _literal(value)
        case Variable(name):
            return name
        case Element():
            return "#"
        case Array(items):
            return f"[{', '.join(_written(one, _OPEN) for one in items)}]"
        case MapLiteral(entries):
            return f"{{{', '.join(_entry(*entry) for entry in entries)}}}"
        case Index() | Slice():
            return _indexed(node)
        case OptionalChain(inner):
            return _term(inner)
        case Call(name, arguments):
            return f"{name}({', '.join(_argument(one) for one in arguments)})"
        case Predicate(body):
            return _written(body, _OPEN)
    raise TypeError(node)


def _literal(value: Scalar) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _entry(key: Node, value: Node) -> str:
    is_text = isinstance(key, Literal) and isinstance(key.value, str)
    written = _term(key) if is_text else f"({_written(key, _OPEN)})"
    return f"{written}: {_written(value, _OPEN)}"


def _argument(node: Node) -> str:
    text = _written(node, _OPEN)
    # A map at its beginning would be read as the brace around a predicate.
    return f"{{{text}}}" if isinstance(node, Predicate) and text.startswith("{") else text


def _indexed(node: Index | Slice) -> str:
    base = _base(node.base)
    if isinstance(node, Slice):
        first = _written(node.first, _OPEN) if node.first else ""
        behind = _written(node.behind, _OPEN) if node.behind else ""
        return f"{base}[{first}:{behind}]"
    key, mark = node.key, "?." if node.optional else ""
    if isinstance(key, Literal) and isinstance(key.value, str) and _MEMBER.fullmatch(key.value):
        return f"{base}{mark or '.'}{key.value}"
    return f"{base}{mark}[{_written(key, _OPEN)}]"


def _base(node: Node) -> str:
    # A chain in parentheses ends there; a number would take the dot for its own.
    if isinstance(node, OptionalChain):
        return f"({_term(node)})"
    return _written(node, _TERM)
