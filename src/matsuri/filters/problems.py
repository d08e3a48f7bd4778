"""What can be wrong with a filter: in its text (``FilterError``), or while it runs."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from matsuri.errors import InvalidArgument


class FilterError(InvalidArgument):
    """The text is no filter; ``line`` and ``column`` count from 1, ``start`` and ``end`` from 0.

    ``expected`` says what could stand there, ``nearest`` is a known name that looks similar; both
    may be empty.
    """

    def __init__(
        self,
        problem: str,
        text: str,
        span: tuple[int, int],
        *,
        expected: str = "",
        nearest: str = "",
    ) -> None:
        self.problem = problem
        self.start, self.end = span
        self.line, self.column = line_and_column(text, self.start)
        self.expected = expected
        self.nearest = nearest
        message = f"line {self.line}, column {self.column}: {problem}"
        if expected:
            message += f"; expected {expected}"
        if nearest:
            message += f"; did you mean {nearest}?"
        detail: dict[str, Any] = {
            "field": "filter",
            "problem": problem,
            "line": self.line,
            "column": self.column,
            "start": self.start,
            "end": self.end,
        }
        if expected:
            detail["expected"] = expected
        if nearest:
            detail["nearest"] = nearest
        super().__init__(message, details=[detail])


class EvaluationError(Exception):
    """A filter cannot be evaluated for this player, such as a number compared with a text."""


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where the character at ``offset`` stands, counted from 1."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - text.rfind("\n", 0, offset)


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known name most like ``name``, or an empty text; case does not count."""
    by_folded = {one.casefold(): one for one in sorted(known)}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""
