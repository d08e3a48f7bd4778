"""Which Python function each function of the language is.

Those in ``PLAIN`` are called with the work that is left and the arguments; those in
``WITH_PREDICATE`` with the work, the cost of one question, and the arguments.
"""

from collections.abc import Callable
from typing import Any, Final

from matsuri.filters import list_functions as lists
from matsuri.filters import predicate_functions as predicates
from matsuri.filters import text_functions as texts
from matsuri.filters import values
from matsuri.filters.values import Work


def _type(_work: Work, value: Any) -> str:
    return values.type_name(value)


PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "abs": lists.absolute,
    "bitand": lists.bit_and,
    "bitnand": lists.bit_and_not,
    "bitnot": lists.bit_not,
    "bitor": lists.bit_or,
    "bitshl": lists.bit_shift_left,
    "bitshr": lists.bit_shift_right,
    "bitxor": lists.bit_xor,
    "ceil": lists.ceil,
    "concat": lists.concat,
    "first": lists.first,
    "flatten": lists.flatten,
    "float": texts.to_float,
    "floor": lists.floor,
    "fromJSON": texts.from_json,
    "fromPairs": lists.from_pairs,
    "get": lists.get,
    "hasPrefix": texts.has_prefix,
    "hasSuffix": texts.has_suffix,
    "indexOf": texts.index_of,
    "int": texts.to_int,
    "join": texts.join,
    "keys": lists.keys,
    "last": lists.last,
    "lastIndexOf": texts.last_index_of,
    "len": lists.length,
    "lower": texts.lower,
    "max": lists.maximum,
    "mean": lists.mean,
    "median": lists.median,
    "min": lists.minimum,
    "repeat": texts.repeat,
    "replace": texts.replace,
    "reverse": lists.reverse,
    "round": lists.round_half_away,
    "sort": lists.sort,
    "split": texts.split,
    "string": texts.to_string,
    "take": lists.take,
    "toJSON": texts.to_json,
    "toPairs": lists.to_pairs,
    "trim": texts.trim,
    "trimPrefix": texts.trim_prefix,
    "trimSuffix": texts.trim_suffix,
    "type": _type,
    "uniq": lists.unique,
    "upper": texts.upper,
    "values": lists.values,
}

WITH_PREDICATE: Final[dict[str, Callable[..., Any]]] = {
    "all": predicates.all_of,
    "any": predicates.any_of,
    "count": predicates.count,
    "filter": predicates.kept,
    "find": predicates.found,
    "findIndex": predicates.found_at,
    "findLast": predicates.found_last,
    "findLastIndex": predicates.found_last_at,
    "map": predicates.mapped,
    "none": predicates.none_of,
    "one": predicates.one_of,
    "sortBy": predicates.ordered,
    "sum": predicates.summed,
}

ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "-": values.subtract,
    "*": values.multiply,
    "/": values.divide,
    "%": values.modulo,
    "**": values.power,
    "<": values.less,
    "<=": values.less_or_equal,
    ">": values.greater,
    ">=": values.greater_or_equal,
}
"""Operators that need nothing but their operands."""

WITH_WORK: Final[dict[str, Callable[[Work, Any, Any], Any]]] = {
    "+": values.add,
    "..": values.span,
    "in": values.contained,
    "contains": values.contains,
    "startsWith": values.starts_with,
    "endsWith": values.ends_with,
}
"""Operators on what may be long."""
