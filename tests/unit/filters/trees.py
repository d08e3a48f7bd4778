"""Trees of filters and players to ask them about, at random."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from matsuri.filters.signatures import ABOUT_PLAYER, SIGNATURES, Kind, Signature, Takes
from matsuri.filters.syntax import (
    Array,
    Binary,
    Call,
    ComparisonChain,
    Conditional,
    Element,
    Index,
    Literal,
    MapLiteral,
    Node,
    OptionalChain,
    Predicate,
    Slice,
    Unary,
    Variable,
    logical,
)
from tests.unit.filters.players import NOW_S, PlainFacts
from tests.unit.plain_windows import DAY_S, PlainEvent, PlainWindows

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

TEXTS: Final = (
    "", "a", "ab", "US", "é日", "1", "12", "-3", "0.5", "1e3", "true", "1.2.3", "^1.0", ">=1 <2",
    '"', "\\", "'", "\n\t", "[1, 2]", '{"a": [1, null]}', "asc", "desc",
)  # fmt: skip
INTEGERS: Final = (0, 1, 2, 3, 7, 60, 3_600, 86_400, NOW_S, 2**53 + 1, 2**63 - 1)
NUMBERS: Final = (*INTEGERS, 0.0, 0.5, 2.0, 1e18)
PATTERNS: Final = ("^(US|CA)$", "a+", r"\d", "(?i)A", "", "é")
PROPERTIES: Final = ("country", "level", "seen", "flag", "missing")
EVENTS: Final = ("gameStarted", "purchaseCompleted", "never")
WINDOWS: Final = ("90s", "1h", "1d", "7d")
AUDIENCES: Final = ("Spenders", "Others")
_DEPTH: Final = 4
_KINDS: Final = (Kind.NUMBER, Kind.STRING, Kind.BOOLEAN, Kind.ARRAY, Kind.ANY)
_WRITTEN_OUT: Final[dict[Takes, st.SearchStrategy[Any]]] = {
    Takes.PROPERTY: st.sampled_from(PROPERTIES),
    Takes.EVENT: st.sampled_from(EVENTS),
    Takes.AUDIENCE: st.sampled_from(AUDIENCES),
    Takes.WINDOW: st.sampled_from(WINDOWS),
    Takes.PERCENT: st.integers(0, 100),
    Takes.SALT: st.sampled_from(("", "salt")),
    Takes.DURATION: st.sampled_from(WINDOWS),
}
_KINDS_TAKEN: Final = {
    Takes.NUMBER: Kind.NUMBER,
    Takes.INTEGER: Kind.NUMBER,
    Takes.STRING: Kind.STRING,
    Takes.BOOLEAN: Kind.BOOLEAN,
    Takes.ARRAY: Kind.ARRAY,
    Takes.MAP: Kind.MAP,
}
_FUNCTIONS: Final = tuple(SIGNATURES.values())
_OF_EVENTS: Final = tuple(one for one in _FUNCTIONS if one.name not in ABOUT_PLAYER)
_OPERATORS: Final = {
    Kind.NUMBER: ("+", "-", "*", "/", "%", "**"),
    Kind.STRING: ("+",),
    Kind.BOOLEAN: (
        "<", "<=", ">", ">=", "==", "!=", "in", "contains", "startsWith", "endsWith", "matches",
    ),
    Kind.ARRAY: ("..",),
}  # fmt: skip


class _Trees:
    """Draws the nodes of one tree, as the parser would make them."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._predicates = 0
        self._in_condition = False

    def one(self, kind: Kind, depth: int) -> Node:
        """A node that is of the kind more often than not."""
        if self._draw(st.integers(0, 9)) == 0:
            kind = self._draw(st.sampled_from(_KINDS))
        if depth <= 0:
            return self._leaf(kind)
        forms = [self._leaf, self._call, self._of_operator, self._rare]
        form = self._draw(st.sampled_from(forms))
        return self._leaf(kind) if form == self._leaf else form(kind, depth - 1)

    def _leaf(self, kind: Kind) -> Node:
        if self._predicates and self._draw(st.booleans()):
            return Element()
        if kind is Kind.NUMBER and not self._in_condition and self._draw(st.integers(0, 3)) == 0:
            return Variable(self._draw(st.sampled_from(("createTime", "updateTime"))))
        if kind in {Kind.ARRAY, Kind.MAP}:
            items = tuple(Literal(one) for one in self._draw(st.lists(_scalars(), max_size=3)))
            keyed = tuple((Literal(f"k{place}"), one) for place, one in enumerate(items))
            return Array(items) if kind is Kind.ARRAY else MapLiteral(keyed)
        return Literal(self._draw(_scalars(kind)))

    def _call(self, kind: Kind, depth: int) -> Node:
        functions = _OF_EVENTS if self._in_condition else _FUNCTIONS
        fitting = [one for one in functions if one.gives is kind] or list(functions)
        signature = self._draw(st.sampled_from(fitting))
        count = self._draw(st.integers(signature.required, max(1, len(signature.takes))))
        count = min(count, len(signature.takes))
        arguments = tuple(self._argument(signature, place, depth) for place in range(count))
        return Call(signature.name, arguments)

    def _argument(self, signature: Signature, place: int, depth: int) -> Node:
        takes = signature.argument(place)
        if takes in {Takes.PREDICATE, Takes.CONDITION}:
            return self._predicate(depth, in_condition=takes is Takes.CONDITION)
        if takes in _WRITTEN_OUT:
            return Literal(self._draw(_WRITTEN_OUT[takes]))
        if takes is Takes.SCALAR:
            return Literal(self._draw(_scalars()))
        return self.one(_KINDS_TAKEN.get(takes, Kind.ANY), depth)

    def _predicate(self, depth: int, *, in_condition: bool) -> Predicate:
        was = self._in_condition
        self._in_condition = was or in_condition
        self._predicates += 1
        body = self.one(Kind.BOOLEAN, depth)
        self._predicates -= 1
        self._in_condition = was
        return Predicate(body)

    def _of_operator(self, kind: Kind, depth: int) -> Node:
        operators = _OPERATORS.get(kind) or ("??",)
        operator = self._draw(st.sampled_from(operators))
        if operator == "matches":
            pattern = Literal(self._draw(st.sampled_from(PATTERNS)))
            return Binary("matches", self.one(Kind.STRING, depth), pattern)
        if kind is Kind.BOOLEAN and self._draw(st.integers(0, 2)) == 0:
            return self._of_booleans(depth)
        inner = kind if kind is not Kind.BOOLEAN else self._draw(st.sampled_from(_KINDS))
        inner = Kind.NUMBER if kind is Kind.ARRAY else inner
        right = Kind.ARRAY if operator == "in" else inner
        return Binary(operator, self.one(inner, depth), self.one(right, depth))

    def _of_booleans(self, depth: int) -> Node:
        operator = self._draw(st.sampled_from(("and", "or", "not")))
        first = self.one(Kind.BOOLEAN, depth)
        if operator == "not":
            return Unary("not", first)
        node = logical(operator, first, self.one(Kind.BOOLEAN, depth))
        more = self._draw(st.booleans())
        return logical(operator, node, self.one(Kind.BOOLEAN, depth)) if more else node

    def _rare(self, kind: Kind, depth: int) -> Node:
        if kind is Kind.BOOLEAN:
            count = self._draw(st.integers(3, 4))
            operators = tuple(
                self._draw(st.sampled_from(("<", "<=", ">", ">="))) for _ in range(count - 1)
            )
            inner = self._draw(st.sampled_from((Kind.NUMBER, Kind.STRING)))
            return ComparisonChain(operators, tuple(self.one(inner, depth) for _ in range(count)))
        if kind is Kind.NUMBER and self._draw(st.booleans()):
            return Unary(self._draw(st.sampled_from("-+")), self.one(kind, depth))
        if self._draw(st.booleans()):
            test = self.one(Kind.BOOLEAN, depth)
            return Conditional(test, self.one(kind, depth), self.one(kind, depth))
        return self._chain(kind, depth)

    def _chain(self, kind: Kind, depth: int) -> Node:
        """Members, indexes and slices of something."""
        node = self.one(Kind.MAP if kind is Kind.ANY else Kind.ARRAY, depth)
        is_optional = False
        for _ in range(self._draw(st.integers(1, 3))):
            if self._draw(st.integers(0, 3)) == 0:
                node = Slice(node, self._end(depth), self._end(depth))
                continue
            key = self.one(Kind.STRING if kind is Kind.ANY else Kind.NUMBER, depth - 1)
            optional = self._draw(st.booleans())
            is_optional = is_optional or optional
            node = Index(node, key, optional)
        return OptionalChain(node) if is_optional else node

    def _end(self, depth: int) -> Node | None:
        return self.one(Kind.NUMBER, depth - 1) if self._draw(st.booleans()) else None


def _scalars(kind: Kind = Kind.ANY) -> st.SearchStrategy[Any]:
    texts = st.sampled_from(TEXTS) | st.text(max_size=6)
    numbers = st.sampled_from(NUMBERS) | st.integers(0, 20)
    by_kind = {Kind.NUMBER: numbers, Kind.STRING: texts, Kind.BOOLEAN: st.booleans()}
    return by_kind.get(kind, texts | numbers | st.booleans() | st.none())


@st.composite
def trees(draw: Draw, kind: Kind = Kind.ANY) -> Node:
    """A tree; of the kind, more often than not."""
    chosen = draw(st.sampled_from(_KINDS)) if kind is Kind.ANY else kind
    return _Trees(draw).one(chosen, draw(st.integers(0, _DEPTH)))


def filters() -> st.SearchStrategy[Node]:
    """A tree that gives a boolean, more often than not."""
    return trees(Kind.BOOLEAN)


_TIMES: Final = st.sampled_from((90, 3_600, DAY_S, 7 * DAY_S)).flatmap(
    lambda ago: st.integers(-2, 2).map(lambda more: NOW_S - ago + more)
) | st.integers(NOW_S - 8 * DAY_S, NOW_S + 2 * DAY_S)
_VALUES: Final = st.sampled_from((*TEXTS, *map(str, NUMBERS))) | _TIMES.map(str)
_PROPERTY_MAPS: Final = st.dictionaries(st.sampled_from(PROPERTIES[:-1]), _VALUES, max_size=4)
_PAST: Final = st.lists(
    st.builds(
        PlainEvent,
        st.sampled_from(EVENTS[:-1]),
        _TIMES,
        st.none() | st.sampled_from(TEXTS),
        st.dictionaries(st.sampled_from(("a", "sku")), st.sampled_from(TEXTS), max_size=2),
    ),
    max_size=6,
)


def players() -> st.SearchStrategy[PlainFacts]:
    """A player with a past, and, as clocks differ, some of a future."""
    return st.builds(
        PlainFacts,
        create_time_s=_TIMES,
        update_time_s=_TIMES,
        default=_PROPERTY_MAPS,
        custom=_PROPERTY_MAPS,
        computed=_PROPERTY_MAPS,
        sample_key=st.sampled_from(("player-0001", "player-0002")),
        local_offset_s=st.sampled_from((0, 19_800, -36_000)),
        windows=_PAST.map(PlainWindows),
        audiences=st.frozensets(st.sampled_from(AUDIENCES)),
    )
