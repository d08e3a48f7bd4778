"""Where a mistake is, what could stand there, and which name is near."""

import pytest

from matsuri.filters.parse import parse, parse_condition
from matsuri.filters.problems import FilterError


def refused(text: str) -> FilterError:
    with pytest.raises(FilterError) as error:
        parse(text)
    return error.value


@pytest.mark.parametrize(
    ("text", "line", "column", "part", "expected", "nearest"),
    [
        ("createTime >", 1, 13, "", "a value, a property or a function", ""),
        ("createTime > 5)", 1, 15, ")", "an operator or the end", ""),
        ("(createTime > 5", 1, 16, "", ")", ""),
        ("createTime = 5", 1, 12, "=", "==", ""),
        ("true\n adn true", 2, 2, "adn", "an operator or the end", "and"),
        ("(true OR true)", 1, 7, "OR", ")", "or"),
        ("true xyz true", 1, 6, "xyz", "an operator or the end", ""),
        ("1 not 2", 1, 3, "not", "an operator or the end", ""),
        ("true and or", 1, 10, "or", "a value, a property or a function", ""),
        ("true adn", 1, 6, "adn", "an operator or the end", "and"),
        ("creatTime > 5", 1, 1, "creatTime", "", "createTime"),
        ('true and\n  Propertie("a", "") == ""', 2, 3, "Propertie", "", "Properties"),
        ('eventcount("a", "7d") > 1', 1, 1, "eventcount", "", "EventCount"),
        ("Now > 5", 1, 1, "Now", "Now()", ""),
        ("Now(1) > 5", 1, 1, "Now(1)", "Now()", ""),
        ('Properties("a") == 1', 1, 1, 'Properties("a")', "Properties(property, scalar)", ""),
        ('trim() == "a"', 1, 1, "trim()", "trim(string[, string])", ""),
        ("max() == 1", 1, 1, "max()", "max(any...)", ""),
        ('EventCount("a", "7 days")', 1, 17, '"7 days"', "a length of time in quotes", ""),
        ('Duration("7 days")', 1, 10, '"7 days"', "a duration such as 30m, 14d", ""),
        ('"a" matches "("', 1, 13, '"("', "", ""),
        ('"é\\q"', 1, 3, "\\q", r"\n, \t", ""),
        ('createTime > 5 and\n\n"open', 3, 1, '"open', "", ""),
        ("[1, 2", 1, 6, "", "]", ""),
        ("{a 1}", 1, 4, "1", ":", ""),
        ("[1, 2] | len", 1, 13, "", "(", ""),
        ("[1] | 2", 1, 7, "2", "a function", ""),
        ("a\u2028b > 1", 1, 1, "a", "", ""),
    ],
)
def test_it_says_where_and_what(
    text: str, line: int, column: int, part: str, expected: str, nearest: str
) -> None:
    error = refused(text)
    assert (error.line, error.column) == (line, column)
    assert text[error.start : error.end] == part
    assert expected in error.expected
    assert bool(expected) is bool(error.expected)
    assert error.nearest == nearest


def test_long_names_are_cut_in_messages() -> None:
    assert refused("x" * 9_000).problem == "x" * 60 + "… is unknown"
    assert refused("y" * 9_000 + "()").problem == "there is no function " + "y" * 60 + "…"
    assert refused("1 " + '"' + "z" * 9_000 + '"').problem.endswith("… cannot stand here")


def test_the_answer_to_the_caller_has_all_of_it() -> None:
    error = refused('Properties("a", "") =\n "b"')
    assert error.message == "line 1, column 21: the character '=' has no meaning here; expected =="
    [detail] = error.details
    assert detail == {
        "field": "filter",
        "problem": "the character '=' has no meaning here",
        "line": 1,
        "column": 21,
        "start": 20,
        "end": 21,
        "expected": "==",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Now() > 1", "Now cannot stand in a condition on events"),
        ("createTime > 1", "createTime cannot stand in a condition on events"),
        ('Audience("a")', "Audience cannot stand in a condition on events"),
        ("metadata.a == 1", "write #.metadata within the condition"),
        ("value > 1", "write #.value within the condition"),
        (".value > 1 2", "2 cannot stand here"),
    ],
)
def test_conditions_on_events_know_nothing_of_the_player(text: str, told: str) -> None:
    with pytest.raises(FilterError) as error:
        parse_condition(text)
    assert told in error.value.message
