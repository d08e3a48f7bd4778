"""What the web console's form of filters writes means what was read.

The console's own tests take the same cases: each text, read as a form and written again, is
``printed``.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from matsuri.filters.parse import parse
from matsuri.filters.syntax import Binary, Literal, Logical, Node, Unary, without_positions

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "ui/src/screens/audiences/filter/cases.json").read_text("utf-8")
)


def plain(node: Any) -> Any:
    """The tree without what has no meaning: parentheses around clauses of the same operator, and
    how a boolean is asked about."""
    match node:
        case Logical(operator, clauses):
            parts = [plain(each) for each in clauses]
            flat = [
                inner
                for each in parts
                for inner in (
                    each[1:] if isinstance(each, tuple) and each[0] == operator else [each]
                )
            ]
            return (operator, *flat)
        case Unary("not", operand):
            return ("not", plain(operand))
        case Binary("==", left, Literal(bool() as wanted)):
            return plain(left) if wanted else ("not", plain(left))
        case Node():
            return without_positions(node)
    raise TypeError(node)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_what_the_form_writes_means_what_it_read(case: dict[str, Any]) -> None:
    assert plain(parse(case["printed"])) == plain(parse(case["text"]))
