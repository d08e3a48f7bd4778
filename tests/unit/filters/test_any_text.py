"""Whatever is written into the field of a filter, it is refused or it works."""

import re
import threading
import time
import tracemalloc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsuri.filters.check import Known, check
from matsuri.filters.compile import Filter, compile_condition, compile_filter
from matsuri.filters.explain import explain
from matsuri.filters.facts import EventSeen
from matsuri.filters.limits import WORK_MAX, FilterLimits
from matsuri.filters.parse import parse
from matsuri.filters.problems import FilterError
from matsuri.filters.signatures import LEFT_OUT, SIGNATURES
from matsuri.filters.syntax import Node, without_positions
from matsuri.filters.write import write
from tests.unit.filters.players import PLAYER
from tests.unit.filters.test_corpus import CASES

EXAMPLES = 300
SECONDS_MAX = 5.0
BYTES_MAX = 100_000_000

_PIECES = st.sampled_from(
    [
        *SIGNATURES,
        *LEFT_OUT,
        *"()[]{}<>!?:.,|#+-*/%^=&;\\\"'` \né\u2028\x00",
        *("and", "or", "not", "in", "matches", "??", "?.", "..", "**", "//", "/*", "*/"),
        *("1", "0x", "1e9", "createTime", "nil", '"a"', "__class__", "#.value"),
    ]
)
_CORPUS_TEXTS = st.sampled_from([case.text for case in CASES])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A text of the corpus, with some of it taken out, doubled, or replaced."""
    text = draw(_CORPUS_TEXTS)
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, len(text)))
        behind = draw(st.integers(first, min(len(text), first + 8)))
        other = draw(_PIECES | _CORPUS_TEXTS | st.just("") | st.just(text[first:behind] * 2))
        text = text[:first] + other + text[behind:]
    return text


@settings(max_examples=EXAMPLES)
@given(st.text(max_size=60) | st.lists(_PIECES, max_size=20).map("".join) | mutated())
def test_it_is_refused_with_a_place_or_it_works(text: str) -> None:
    read = parsed(text)
    if isinstance(read, FilterError):
        assert 0 <= read.start <= read.end <= len(text)
        assert 1 <= read.line <= text.count("\n") + 1
        assert 1 <= read.column <= len(text) + 1
        assert read.problem
    else:
        works(text, read)


def parsed(text: str) -> Node | FilterError:
    try:
        return parse(text)
    except FilterError as error:
        return error


def works(text: str, tree: Node) -> None:
    assert without_positions(parse(write(tree))) == without_positions(tree)
    compiled = Filter(text, tree)
    assert compiled.matches(PLAYER) is compiled.outcome(PLAYER).matches
    flip = compiled.next_flip(PLAYER)
    assert flip is None or flip > PLAYER.now_s
    assert explain(tree, PLAYER).value in {"true", "false", "problem"}
    for problem in check(text, tree, Known()):
        assert problem.line >= 1


@settings(max_examples=EXAMPLES)
@given(mutated())
def test_so_are_conditions_on_events(text: str) -> None:
    try:
        condition = compile_condition(text)
    except FilterError:
        return
    seen = EventSeen("12", {"level": "3"}, 1)
    assert isinstance(condition.matches(seen), bool)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x" * 10_001, "more than 10000 characters"),
        ("(" * 200 + "1" + ")" * 200, "nested deeper than 50"),
        ("[" * 5_000, "nested deeper than 50"),
        ("-" * 9_000 + "1", "nested deeper than 50"),
        ("not " * 2_000 + "true", "nested deeper than 50"),
        ("2 ** " * 1_500 + "2", "nested deeper than 50"),
        ("1 + " * 60 + "1", "nested deeper than 50"),
        ("true ? " * 60 + "1" + " : 1" * 60, "nested deeper than 50"),
        ("any([1], " * 60 + "true" + ")" * 60, "nested deeper than 50"),
        ("{a: 1}" + ".a" * 60, "nested deeper than 50"),
        ("[" + "1, " * 1_200 + "1]", "more than 1000 parts"),
        ("||".join(["true"] * 1_200), "more than 1000 parts"),
        ('"a" matches "' + "a" * 1_001 + '"', "more than 1000 characters"),
        ('"a" matches "(a{1000}){1000}"', "not a pattern"),
        ('"a" matches "\ud800"', "half of a character"),
    ],
)
def test_what_is_too_large_is_refused(text: str, problem: str) -> None:
    with pytest.raises(FilterError) as error:
        parse(text)
    assert problem in error.value.message


def test_what_is_within_the_limits_compiles() -> None:
    wide = compile_filter(" and ".join(["not false"] * 400))
    deep = compile_filter("(" * 24 + "true" + " == true)" * 24)
    assert wide.matches(PLAYER)
    assert deep.matches(PLAYER)
    with pytest.raises(FilterError):
        compile_filter("1 == 1", FilterLimits(depth_max=1))


# Each tries to take long, or much memory, in a way of its own.
_GREEDY = [
    "any(1..10000, any(1..10000, # == 0))",
    "any(map(1..10000, 1..10000), # == [])",
    "any(map(1..10000, (1..10000)[1:]), # == [])",
    'any(map(1..10000, repeat("x", 65536)), # == "")',
    'any(map(1..10000, repeat("x", 30000) + repeat("y", 30000)), # == "")',
    'any(map(1..10000, replace(repeat("a", 1000), "a", repeat("b", 65))), # == "")',
    'any(map(1..10000, join(["", ""], repeat("a", 65000))), # == "")',
    'any(map(1..10000, repeat("x", 65536)[1:]), # == "")',
    'any(map(1..10000, split(repeat("x,", 9000), ",")), # == [])',
    'any(1..10000, lastIndexOf(repeat("a", 65536), "b" + repeat("a", 32768)) == 0)',
    'any(1..10000, repeat("a", 65536) contains repeat("a", 32768) + "b")',
    'any(1..10000, trim(repeat("b", 65536), repeat("a", 99)) == "")',
    'any(1..10000, repeat("ab", 32768) matches "(a[ab]{900}c|b[ab]{900}d)")',
    'any(1..10000, repeat("ab", 32768) == repeat("ab", 32768) + string(#))',
    "len(uniq(concat(1..9000, map(1..100, [#])))) == 0",
    "sum(map(1..10000, 9223372036854775807)) > 0",
    "any(1..10000, sort(reverse(1..10000)) == [])",
    "any(1..10000, toJSON(1..10000) == fromJSON(toJSON(1..10000)))",
    'any(1..10000, SemverMatch(repeat(">=1 ", 60) + string(#), "0.1.0"))',
    "2 ** 2 ** 2 ** 2 ** 2 > 1",
    "any(1..10000, # ** 1000000000 > 1)",
    "reverse(map(1..10000, {{a: map(1..10000, #)}})) == []",
]


@pytest.mark.parametrize("text", _GREEDY)
def test_no_filter_takes_long_or_much(text: str) -> None:
    compiled = compile_filter(text)
    began = time.perf_counter()
    tracemalloc.start()
    try:
        outcome = compiled.outcome(PLAYER)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not outcome.matches
    assert outcome.problem
    assert time.perf_counter() - began < SECONDS_MAX
    assert most < BYTES_MAX


def test_work_is_for_one_evaluation() -> None:
    text = f"len(1..{WORK_MAX // 20}) + len(1..{WORK_MAX // 20}) > 0"
    compiled = compile_filter(text)
    assert all(compiled.matches(PLAYER) for _ in range(50))


@pytest.mark.parametrize(
    "text",
    [
        '"".__class__',
        "{}.__class__",
        "[].__len__",
        "createTime.__class__",
        'fromJSON("{}").__class__',
        "#.__class__",
        "facts.default",
        "work.left",
        "run(1)",
        "b0",
        "t1",
        '__builtins__["open"]',
        '__import__("os")',
        'open("/etc/passwd")',
        "eval(1)",
        "globals()",
        '{a: 1}.get("a")',
        'PropertiesCustom("__class__", "")',
        "any([1], facts.now_s == 1)",
        "lambda: 1",
        "(1).real",
        "len.__globals__",
    ],
)
def test_nothing_outside_can_be_reached(text: str) -> None:
    try:
        compiled = compile_filter(f"({text}) != nil")
    except FilterError:
        return
    value = compiled.outcome(PLAYER)
    assert not value.matches or text.startswith("PropertiesCustom")


def test_compiled_code_has_no_names_but_its_own() -> None:
    compiled = compile_filter('any([1, 2], # > 1) and Properties("a", "b") == "b" or 1 in 1..2')
    code = compiled.matches.__code__
    names = {*code.co_names}
    assert compiled.matches.__globals__["__builtins__"] == {}
    assert all(re.fullmatch(r"b\d+|default", name) for name in names)


def test_what_players_say_fills_no_cache() -> None:
    compiled = compile_filter(
        'PropertiesCustom("long", 0) == 0 and not (PropertiesCustom("long", "") matches "^y")'
    )
    tracemalloc.start()
    try:
        for number in range(3_000):
            custom = {"long": f"{number}".zfill(10_000)}
            assert compiled.matches(msgspec.structs.replace(PLAYER, custom=custom))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000


def test_filters_are_shared_by_threads() -> None:
    compiled = compile_filter(
        'any(1..50, # == 50) and Properties("countryCode", "") matches "^U" '
        'and SemverMatch(PropertiesCustom("installVersion", "0"), "^2.0.0")'
    )
    answers: list[bool] = []

    def ask() -> None:
        answers.extend(compiled.matches(PLAYER) for _ in range(300))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 1_200
