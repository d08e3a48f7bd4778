"""Whole numbers as requests have them: texts and numbers."""

import pytest

from matsuri.errors import InvalidArgument
from matsuri.web.messages import INT64_MAX, int64


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (None, 0),
        ("", 0),
        ("17", 17),
        (17, 17),
        (17.0, 17),
        ("-5", -5),
        (str(INT64_MAX), INT64_MAX),
        (-INT64_MAX - 1, -INT64_MAX - 1),
    ],
)
def test_texts_and_numbers_are_the_same(given: str | float | None, number: int) -> None:
    assert int64(given) == number


@pytest.mark.parametrize(
    "given",
    ["x", "1.0", "1e3", "0x1", "1_000", "\u0661", "\uff11", 1.5, 1e300, INT64_MAX + 1, str(2**64)],
)
def test_what_is_no_int64_is_refused_by_its_place(given: str | float) -> None:
    with pytest.raises(InvalidArgument) as refused:
        int64(given, "events", 3, "session_issued_at")
    (detail,) = refused.value.details
    assert detail["field"] == "events[3].session_issued_at"
