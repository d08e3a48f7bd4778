"""When the answer of a filter could next change by time alone."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from matsuri.filters.build import build
from matsuri.filters.facts import Facts
from matsuri.filters.player_functions import next_local_hour_s
from matsuri.filters.syntax import (
    EQUALITIES,
    ORDERINGS,
    Binary,
    Call,
    ComparisonChain,
    Literal,
    Logical,
    Node,
    Predicate,
    Unary,
    children,
    walk,
)
from matsuri.filters.uses import uses_of
from matsuri.filters.values import Work
from matsuri.filters.windows import WINDOW_FUNCTIONS, window_of

NextFlip: TypeAlias = Callable[[Facts], int | None]
"""From a player to a second after ``now_s``, or ``None`` for never."""

_Flip: TypeAlias = Callable[[Facts, Work], int | None]
"""The same for a part of a filter, with the work that all parts together may still do."""

_HORIZON_S: Final = 2**34
"""The year 2514: what changes later is said never to change."""


def compile_next_flip(tree: Node) -> NextFlip:
    """A function that gives the earliest second at which time alone could change the answer.

    It may be too early, never too late. A comparison with one ``Now()`` that is only added to,
    subtracted from or divided by a number is solved; ``LocalHour()`` changes at the next full hour;
    windows are asked; any other use of ``Now()`` may change the answer at the next second, and so
    may what takes more work to solve than an evaluation may take. Nested audiences are taken as
    they are: whoever nests them has to ask them too.
    """
    if not uses_of(tree).time:
        return lambda _: None
    flip = _flip_of(tree)

    def next_flip(facts: Facts) -> int | None:
        try:
            return flip(facts, Work())
        except Exception:  # noqa: BLE001 - as with the answer itself, nothing reaches the caller
            return facts.now_s + 1

    return next_flip


def _flip_of(node: Node) -> _Flip:
    if not uses_of(node).time:
        return _never
    if isinstance(node, Binary) and node.operator in ORDERINGS | EQUALITIES:
        return _comparison_flip(node)
    solve = _SOLVERS.get(type(node))
    return solve(node) if solve else _earliest(_flip_of(child) for child in children(node))


def _never(_facts: Facts, _work: Work) -> int | None:
    return None


def _chain_flip(node: ComparisonChain) -> _Flip:
    neighbours = zip(node.operators, node.operands, node.operands[1:], strict=False)
    return _earliest(_comparison_flip(Binary(*each)) for each in neighbours)


def _predicate_flip(node: Predicate) -> _Flip:
    """Nothing is solved where it is not known what ``#`` is."""
    calls = [one for one in walk(node) if isinstance(one, Call)]
    about_time = {"Now", "LocalHour"} | WINDOW_FUNCTIONS
    return _earliest(_call_flip(call) for call in calls if call.name in about_time)


def _earliest(flips: Iterable[_Flip]) -> _Flip:
    parts = tuple(flips)
    if len(parts) == 1:
        return parts[0]

    def earliest(facts: Facts, work: Work) -> int | None:
        found = [flip for flip in (part(facts, work) for part in parts) if flip is not None]
        return min(found) if found else None

    return earliest


def _logical_flip(node: Logical) -> _Flip:
    """Clauses behind one that decides whatever the time is are never come to."""
    decisive = node.operator == "or"
    parts = [
        (_flip_of(one), None if uses_of(one).time else build(one, ("work", "facts"), safely=False))
        for one in node.clauses
    ]

    def flip(facts: Facts, work: Work) -> int | None:
        earliest = None
        for part, value in parts:
            if value is not None:
                if _state(value, work, facts) is not (not decisive):
                    break
            else:
                candidate = part(facts, work)
                if candidate is not None and (earliest is None or candidate < earliest):
                    earliest = candidate
        return earliest

    return flip


def _call_flip(call: Call) -> _Flip:
    if call.name == "Now":
        return _next_second
    if call.name == "LocalHour":
        return lambda facts, _: next_local_hour_s(facts.now_s, facts.local_offset_s)
    if call.name in WINDOW_FUNCTIONS:
        window = window_of(call)
        return lambda facts, _: facts.windows.next_change(window, facts.now_s)
    return _earliest(_flip_of(argument) for argument in call.arguments)


def _next_second(facts: Facts, _work: Work) -> int:
    return facts.now_s + 1


def _comparison_flip(node: Binary) -> _Flip:
    """That of ``Now()``, if it can be solved, and of what else is on both sides."""
    sides = (node.left, node.right)
    nows = [one for one in walk(node) if isinstance(one, Call) and one.name == "Now"]
    others = _earliest(_others_flip(side) for side in sides)
    if not nows:
        return others
    slope = 0 if len(nows) > 1 else _slope(node.left) or -_slope(node.right)
    if not slope:
        return _next_second
    difference = build(Binary("-", *sides), ("work", "facts", "now"), safely=False)
    truth = build(node, ("work", "facts", "now"), safely=False)
    operator, has_fraction = node.operator, _has_fraction(node)

    def flip(facts: Facts, work: Work) -> int | None:
        at_zero = _state(difference, work, facts, 0)
        if has_fraction or type(at_zero) is not int:
            if operator in EQUALITIES:
                return facts.now_s + 1 if isinstance(at_zero, float) else None
            return _searched(truth, facts, work)
        return _solved(operator, slope, at_zero, facts.now_s)

    return _earliest((flip, others))


def _has_fraction(node: Node) -> bool:
    return any(isinstance(one, Binary) and one.operator == "/" for one in walk(node))


def _others_flip(node: Node) -> _Flip:
    """As ``_flip_of`` without ``Now()`` itself, which the comparison solves."""
    if isinstance(node, Call) and node.name == "Now":
        return _never
    if isinstance(node, Binary | Unary):
        return _earliest(_others_flip(child) for child in children(node))
    return _flip_of(node)


def _slope(node: Node) -> int:
    """Whether ``node`` grows with ``Now()`` (1), shrinks (-1), or is none that can be solved (0).

    There is one ``Now()`` at most in it.
    """
    if isinstance(node, Call):
        return int(node.name == "Now")
    if isinstance(node, Unary) and node.operator in {"-", "+"}:
        return -_slope(node.operand) if node.operator == "-" else _slope(node.operand)
    if not isinstance(node, Binary):
        return 0
    if node.operator in {"+", "-"}:
        right = _slope(node.right)
        return _slope(node.left) or (-right if node.operator == "-" else right)
    if node.operator == "/" and isinstance(node.right, Literal):
        divisor = node.right.value
        if isinstance(divisor, int | float) and divisor > 0:
            return _slope(node.left)
    return 0


def _solved(operator: str, slope: int, at_zero: int, now_s: int) -> int | None:
    """When ``slope * now + at_zero``, compared with 0, next changes sides."""
    root = -at_zero * slope
    # Rising "<" and ">=" change at the root, "<=" and ">" a second later; falling, the other way.
    changes_at_root = operator in ({"<", ">="} if slope > 0 else {"<=", ">"})
    if operator in EQUALITIES:
        return next((flip for flip in (root, root + 1) if flip > now_s), None)
    flip = root if changes_at_root else root + 1
    return flip if flip > now_s else None


def _searched(truth: Callable[..., Any], facts: Facts, work: Work) -> int | None:
    """The second at which a comparison changes that does so once at most: rounding is monotonic."""
    before, after = facts.now_s, _HORIZON_S
    state = _state(truth, work, facts, before)
    if before >= after or _state(truth, work, facts, after) is state:
        return None
    while after - before > 1:
        middle = (before + after) // 2
        if _state(truth, work, facts, middle) is state:
            before = middle
        else:
            after = middle
    return after


def _state(value: Callable[..., Any], work: Work, *arguments: Any) -> Any:
    """The value, or ``None`` where there is a problem; raises where no work is left."""
    try:
        return value(work, *arguments)
    except Exception:
        # A problem is a state like others, but for this one.
        if work.left < 0:
            raise
        return None


_SOLVERS: Final[dict[type[Node], Callable[[Any], _Flip]]] = {
    Logical: _logical_flip,
    ComparisonChain: _chain_flip,
    Call: _call_flip,
    Predicate: _predicate_flip,
}
