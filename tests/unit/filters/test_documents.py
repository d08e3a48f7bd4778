"""What the reference pages say of filters is so."""

import json
import re
from pathlib import Path

import pytest

from matsuri.filters.compile import compile_filter, compile_value
from matsuri.filters.function_docs import FUNCTION_DOCS, FunctionDoc
from matsuri.filters.parse import parse
from matsuri.filters.signatures import SIGNATURES
from tests.unit.filters.players import PLAYER
from tests.unit.filters.test_corpus import Case, holds, plain

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "filters.md").read_text("utf-8")
BLOCKS = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    Case(number, text.strip(), expected)
    for block in BLOCKS
    for number, line in enumerate(block.splitlines(), 1)
    for text, sign, expected in [line.rpartition(" => ")]
    if sign
]
DOCS = [doc for docs in FUNCTION_DOCS.values() for doc in docs]


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.text)
def test_the_examples_of_the_page_hold(case: Case) -> None:
    holds(case)


def test_the_page_begins_with_a_filter_and_has_examples() -> None:
    assert compile_filter(BLOCKS[0]).outcome(PLAYER).problem == ""
    assert len(EXAMPLES) > 60


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.signature.name)
def test_the_examples_of_functions_hold(doc: FunctionDoc) -> None:
    value = compile_value(parse(doc.example))(PLAYER)
    assert plain(value) == plain(json.loads(doc.value))
    assert doc.meaning.endswith(".")


def test_every_function_is_told_once() -> None:
    assert sorted(doc.signature.name for doc in DOCS) == sorted(SIGNATURES)
