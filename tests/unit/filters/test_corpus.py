"""The language as documented: every case of corpus.txt, interpreted and compiled."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from matsuri.filters.compile import Filter, compile_value
from matsuri.filters.evaluate import evaluate
from matsuri.filters.parse import parse
from matsuri.filters.problems import EvaluationError, FilterError
from matsuri.filters.signatures import SIGNATURES
from matsuri.filters.syntax import Call, walk, without_positions
from matsuri.filters.write import write
from tests.unit.filters.players import PLAYER


class Case(NamedTuple):
    line: int
    text: str
    expected: str


def corpus() -> list[Case]:
    lines = (Path(__file__).parent / "corpus.txt").read_text("utf-8").splitlines()
    cases = []
    for number, line in enumerate(lines, 1):
        if line and (not line.startswith(("# ", "## ")) or line.startswith("# > ")):
            text, _, expected = line.rpartition("=> ")
            cases.append(Case(number, text.removesuffix(" "), expected))
    return cases


CASES = corpus()


def plain(value: Any) -> Any:
    """Arrays as JSON has them; types stay apart where Python would mix them."""
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value if isinstance(value, str) or value is None else (type(value).__name__, value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"line {case.line}")
def test_it_means_what_the_corpus_says(case: Case) -> None:
    holds(case)


def holds(case: Case) -> None:
    """Fail unless the text means what is expected, interpreted and compiled."""
    if case.expected.startswith("error: "):
        with pytest.raises(FilterError) as error:
            parse(case.text)
        assert case.expected.removeprefix("error: ") in error.value.message
        return
    tree = parse(case.text)
    assert without_positions(parse(write(tree))) == without_positions(tree)
    compiled = compile_value(tree)
    if case.expected.startswith("problem: "):
        with pytest.raises(EvaluationError) as problem:
            evaluate(tree, PLAYER)
        assert case.expected.removeprefix("problem: ") in str(problem.value)
        with pytest.raises((EvaluationError, ArithmeticError)):
            compiled(PLAYER)
        outcome = Filter(case.text, tree).outcome(PLAYER)
        assert not outcome.matches
        assert outcome.problem == str(problem.value)
        return
    expected = plain(json.loads(case.expected))
    assert plain(evaluate(tree, PLAYER)) == expected
    assert plain(compiled(PLAYER)) == expected


def test_the_corpus_has_every_function() -> None:
    calls = set()
    for case in CASES:
        if not case.expected.startswith("error: "):
            calls |= {node.name for node in walk(parse(case.text)) if isinstance(node, Call)}
    assert calls == set(SIGNATURES)
    assert len(CASES) > 500
