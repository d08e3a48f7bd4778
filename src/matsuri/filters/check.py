"""Finds what is wrong or odd about a filter before it meets a player."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from matsuri.filters.check_kinds import clashes
from matsuri.filters.cost import cost_at_most
from matsuri.filters.evaluate import evaluate_constant
from matsuri.filters.kinds import PROPERTY_FUNCTIONS, kind_of
from matsuri.filters.limits import WORK_MAX
from matsuri.filters.problems import line_and_column, nearest_name
from matsuri.filters.signatures import ABOUT_PLAYER, SIGNATURES, Kind, Takes
from matsuri.filters.syntax import (
    Call,
    Element,
    Literal,
    Logical,
    Node,
    Variable,
    walk,
    without_positions,
)

_SUGGESTIONS_MAX: Final = 10
_SCALARS: Final = frozenset({Kind.NUMBER, Kind.STRING, Kind.BOOLEAN})


class Severity(StrEnum):
    """``ERROR``: it cannot mean what was meant. ``WARNING``: it may."""

    ERROR = "error"
    WARNING = "warning"


class Problem(msgspec.Struct, frozen=True):
    """Something about the characters from ``start`` to before ``end``; lines count from 1."""

    severity: Severity
    start: int
    end: int
    line: int
    column: int
    text: str
    suggestion: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The names that exist; those that are ``None`` are not checked.

    Properties have the kind of their values, or ``ANY``.
    """

    default: Mapping[str, Kind] | None = None
    computed: Mapping[str, Kind] | None = None
    custom: Mapping[str, Kind] | None = None
    events: Collection[str] | None = None
    audiences: Collection[str] | None = None


def check(text: str, tree: Node, known: Known) -> list[Problem]:
    """Problems in the order of the text: unknown names, kinds that clash, constants, cost.

    ``tree`` is what ``text`` was parsed to.
    """
    found = [
        *_name_problems(tree, known),
        *((Severity.ERROR, node, problem, "") for node, problem in clashes(tree)),
        *_constant_clauses(tree),
        *_sequences_of_one_event(tree),
    ]
    cost = cost_at_most(tree)
    if cost > WORK_MAX:
        told = f"it may take {cost:,} steps; an evaluation ends after {WORK_MAX:,}"
        found.append((Severity.WARNING, tree, told, "ask predicates about shorter arrays"))
    found.sort(key=lambda one: (one[1].start, one[1].end))
    return [
        Problem(
            severity, node.start, node.end, *line_and_column(text, node.start), told, suggestion
        )
        for severity, node, told, suggestion in found
    ]


def _name_problems(tree: Node, known: Known) -> Iterator[tuple[Severity, Node, str, str]]:
    properties = dict(
        zip(
            ("Properties", "PropertiesComputed", "PropertiesCustom"),
            (known.default, known.computed, known.custom),
            strict=True,
        )
    )
    nearest = _NearestNames()
    for call in walk(tree):
        if not isinstance(call, Call):
            continue
        if call.name in PROPERTY_FUNCTIONS:
            yield from _property_problems(call, properties[call.name], nearest)
            continue
        for index, argument in enumerate(call.arguments):
            takes = SIGNATURES[call.name].argument(index)
            names = {Takes.EVENT: known.events, Takes.AUDIENCE: known.audiences}.get(takes)
            if names is None or not isinstance(argument, Literal):
                continue
            name = str(argument.value)
            if name not in names:
                told = f"there is no {takes} {name}"
                yield Severity.ERROR, argument, told, nearest.of(name, names)


def _sequences_of_one_event(tree: Node) -> Iterator[tuple[Severity, Node, str, str]]:
    for call in walk(tree):
        if isinstance(call, Call) and call.name == "EventSequence":
            first, then = call.arguments[:2]
            if without_positions(first) == without_positions(then):
                told = "a single event is both the first and the second one"
                yield Severity.ERROR, then, told, "EventCount of it >= 2"


class _NearestNames:
    """Suggestions for the first few names: to look through thousands takes its time."""

    def __init__(self) -> None:
        self._left = _SUGGESTIONS_MAX

    def of(self, name: str, known: Collection[str]) -> str:
        self._left -= 1
        return nearest_name(name, known) if self._left >= 0 else ""


def _property_problems(
    call: Call, kinds: Mapping[str, Kind] | None, nearest: _NearestNames
) -> Iterator[tuple[Severity, Node, str, str]]:
    first, default = call.arguments
    if kinds is None or not isinstance(first, Literal):
        return
    name = str(first.value)
    declared, given = kinds.get(name), kind_of(default)
    if declared is None:
        told = f"there is no such property: {name}"
        yield Severity.ERROR, first, told, nearest.of(name, kinds)
    elif {declared, given} <= _SCALARS and declared is not given:
        told = f"{name} is a {declared}, and its default a {given}"
        yield Severity.WARNING, default, told, f"a {declared} as default"


def _constant_clauses(tree: Node) -> Iterator[tuple[Severity, Node, str, str]]:
    clauses = [
        tree,
        *(one for node in walk(tree) if isinstance(node, Logical) for one in node.clauses),
    ]
    for clause in clauses:
        if isinstance(clause, Logical) and clause is not tree:
            continue
        if any(_varies(node) for node in walk(clause)):
            continue
        value = evaluate_constant(clause)
        if isinstance(value, bool) and not (clause is tree and isinstance(clause, Literal)):
            yield Severity.WARNING, clause, f"this is always {str(value).lower()}", ""


def _varies(node: Node) -> bool:
    """Whether its value depends on the player, the time or an element."""
    is_about_player = isinstance(node, Call) and node.name in ABOUT_PLAYER
    return is_about_player or isinstance(node, Variable | Element)
