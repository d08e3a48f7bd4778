"""How large a filter may be, and how much work one evaluation may do."""

import msgspec


class FilterLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits on a filter's text; beyond them it is refused."""

    characters_max: int = 10_000
    depth_max: int = 50
    nodes_max: int = 1_000


DEFAULT_LIMITS = FilterLimits()

ELEMENTS_MAX = 10_000
"""Elements of an array or map that an expression makes."""

TEXT_CHARS_MAX = 65_536
"""Characters of a text that an expression makes."""

INTEGER_MAX = 2**63 - 1
"""Literals, products, sums of arrays, shifts and JSON give no integer beyond this or its negative.

Between two operands ``+`` and ``-`` are exact beyond it: they add a bit at most.
"""

WORK_MAX = 100_000
"""Steps of one evaluation.

An element of a predicate's array costs as many as the predicate has nodes, an array or map one for
each element, a text one for 64 characters, for ``matches`` one for each.
"""
