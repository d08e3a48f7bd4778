"""What holds for every filter and every player."""

from typing import Any

import msgspec
from hypothesis import given, settings

from matsuri.filters.check import Known, check
from matsuri.filters.compile import Filter, compile_value
from matsuri.filters.evaluate import EvaluationProblem, evaluate
from matsuri.filters.explain import Explanation, explain
from matsuri.filters.parse import parse
from matsuri.filters.problems import EvaluationError
from matsuri.filters.syntax import Node, without_positions
from matsuri.filters.write import write
from tests.unit.filters.players import PlainFacts
from tests.unit.filters.test_corpus import plain
from tests.unit.filters.trees import filters, players, trees

# A few thousand examples were run when this was written; these few keep it so.
EXAMPLES = 200


@settings(max_examples=EXAMPLES)
@given(trees())
def test_what_is_written_is_parsed_to_the_same(tree: Node) -> None:
    text = write(tree)
    again = parse(text)
    assert without_positions(again) == tree
    assert write(again) == text


@settings(max_examples=EXAMPLES)
@given(trees(), players())
def test_compiled_code_gives_what_the_language_means(tree: Node, facts: PlainFacts) -> None:
    compiled = compile_value(tree)
    value, problem = interpreted(tree, facts)
    if problem:
        assert has_no_value(compiled, facts)
    else:
        assert repr(plain(compiled(facts))) == repr(plain(value))


def has_no_value(compiled: Any, facts: PlainFacts) -> bool:
    try:
        compiled(facts)
    except (EvaluationError, ArithmeticError, ValueError):
        return True
    return False


@settings(max_examples=EXAMPLES)
@given(filters(), players())
def test_a_filter_matches_where_its_value_is_true(tree: Node, facts: PlainFacts) -> None:
    compiled = Filter(write(tree), tree)
    outcome = compiled.outcome(facts)
    assert outcome.matches is compiled.matches(facts)
    value, problem = interpreted(tree, facts)
    assert outcome.matches is (value is True)
    if isinstance(value, bool) or problem:
        assert outcome.problem == problem
    else:
        assert outcome.problem.endswith("not a boolean")


def interpreted(tree: Node, facts: PlainFacts) -> tuple[Any, str]:
    try:
        return evaluate(tree, facts), ""
    except EvaluationProblem as problem:
        return None, str(problem)


@settings(max_examples=EXAMPLES)
@given(filters(), players())
def test_what_is_explained_is_what_happened(tree: Node, facts: PlainFacts) -> None:
    outcome = Filter(write(tree), tree).outcome(facts)
    told = explain(tree, facts)
    expected = "true" if outcome.matches else "problem" if outcome.problem else "false"
    assert told.value == expected
    assert told.problem == outcome.problem
    for part in every_part(told):
        assert all(below.value == "not reached" for below in part.parts) or (
            part.value != "not reached"
        )
        assert (part.value == "problem") is bool(part.problem)
    msgspec.json.encode(told)


def every_part(told: Explanation) -> list[Explanation]:
    return [told, *(part for below in told.parts for part in every_part(below))]


@settings(max_examples=EXAMPLES)
@given(trees())
def test_every_filter_can_be_checked(tree: Node) -> None:
    text = write(tree)
    known = Known(default={}, computed={}, custom={}, events=(), audiences=())
    for problem in check(text, parse(text), known):
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.text
