"""The kind of value that a part of a filter gives, as far as its text tells."""

from typing import Final

from matsuri.filters.signatures import SIGNATURES, Kind, Takes
from matsuri.filters.syntax import (
    EQUALITIES,
    NEGATABLE,
    ORDERINGS,
    Array,
    Binary,
    Call,
    ComparisonChain,
    Conditional,
    Literal,
    Logical,
    MapLiteral,
    Node,
    Slice,
    Unary,
    Variable,
)

PROPERTY_FUNCTIONS: Final = frozenset({"Properties", "PropertiesComputed", "PropertiesCustom"})
_BOOLEAN_OPERATORS: Final = ORDERINGS | EQUALITIES | NEGATABLE
_KINDS_BY_NAME: Final = {kind.value: kind for kind in Kind}
_KINDS_OF_TYPES: Final = {
    type(None): Kind.NIL,
    bool: Kind.BOOLEAN,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    str: Kind.STRING,
}
_KINDS_OF_NODES: Final[dict[type[Node], Kind]] = {
    Array: Kind.ARRAY,
    MapLiteral: Kind.MAP,
    Variable: Kind.NUMBER,
    ComparisonChain: Kind.BOOLEAN,
    Logical: Kind.BOOLEAN,
}


def kind_of(node: Node) -> Kind:  # noqa: PLR0911 - one for each node
    """The kind, which every value that ``node`` gives has, or ``ANY``."""
    match node:
        case Literal(value):
            return _KINDS_OF_TYPES[type(value)]
        case Unary(operator):
            return Kind.BOOLEAN if operator == "not" else Kind.NUMBER
        case Binary():
            return _kind_of_binary(node)
        case Conditional(_, yes, no):
            return _common(kind_of(yes), kind_of(no))
        case Slice(base):
            kind = kind_of(base)
            return kind if kind in {Kind.STRING, Kind.ARRAY} else Kind.ANY
        case Call():
            return _kind_of_call(node)
    return _KINDS_OF_NODES.get(type(node), Kind.ANY)


def _common(one: Kind, other: Kind) -> Kind:
    return one if one is other else Kind.ANY


def _kind_of_binary(node: Binary) -> Kind:
    if node.operator in _BOOLEAN_OPERATORS:
        return Kind.BOOLEAN
    if node.operator == "..":
        return Kind.ARRAY
    left, right = kind_of(node.left), kind_of(node.right)
    if node.operator == "??":
        return right if left is Kind.NIL else left
    if node.operator != "+":
        return Kind.NUMBER
    if Kind.STRING in {left, right}:
        return Kind.STRING
    return Kind.NUMBER if Kind.NUMBER in {left, right} else Kind.ANY


def _kind_of_call(call: Call) -> Kind:
    if call.name in PROPERTY_FUNCTIONS:
        kind = kind_of(call.arguments[1])
        return kind if kind in {Kind.STRING, Kind.NUMBER, Kind.BOOLEAN} else Kind.ANY
    return SIGNATURES[call.name].gives


def kind_taken(takes: Takes) -> Kind:
    """The kind that an argument must have, or ``ANY``."""
    if takes in {Takes.INTEGER, Takes.PERCENT}:
        return Kind.NUMBER
    if takes in {Takes.DURATION, Takes.WINDOW, Takes.SALT}:
        return Kind.STRING
    return _KINDS_BY_NAME.get(takes.value, Kind.ANY)


def constant_members(node: Binary) -> frozenset[str] | frozenset[float] | None:
    """The members of ``x in ["a", "b"]``, where ``x`` and they are all texts or all numbers."""
    if node.operator != "in" or not isinstance(node.right, Array):
        return None
    kind = kind_of(node.left)
    values = [one.value for one in node.right.items if isinstance(one, Literal)]
    is_constant = len(values) == len(node.right.items)
    if not is_constant or any(_KINDS_OF_TYPES[type(value)] is not kind for value in values):
        return None
    if kind is Kind.STRING:
        return frozenset(value for value in values if isinstance(value, str))
    if kind is Kind.NUMBER:
        return frozenset(value for value in values if isinstance(value, int | float))
    return None
