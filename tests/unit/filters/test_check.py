"""What is told about a filter before it meets a player."""

import pytest

from matsuri.filters.check import Known, Problem, Severity, check
from matsuri.filters.parse import parse
from matsuri.filters.signatures import Kind

KNOWN = Known(
    default={"countryCode": Kind.STRING},
    computed={"purchaseCompletedCount": Kind.NUMBER, "purchaseCompletedValueLast": Kind.ANY},
    custom={"level": Kind.NUMBER, "vip": Kind.STRING},
    events={"purchaseCompleted", "gameStarted"},
    audiences={"All-Spenders"},
)


def checked(text: str, known: Known = KNOWN) -> list[Problem]:
    return check(text, parse(text), known)


@pytest.mark.parametrize(
    "text",
    [
        'PropertiesCustom("level", 0) > 3 and Properties("countryCode", "") in ["US"]',
        'PropertiesComputed("purchaseCompletedValueLast", 0) > 3',
        'PropertiesComputed("purchaseCompletedValueLast", "") == "a"',
        'PropertiesCustom("level", nil) ?? 3 == nil'.replace("?? 3 ", ""),
        'Audience("All-Spenders") or EventCount("gameStarted", "7d") > 3',
        'EventSequence("gameStarted", "purchaseCompleted", "7d")',
        'EventCount("purchaseCompleted", "7d", .value > 3 and .metadata.sku == "a") > 1',
        'any(fromJSON(PropertiesCustom("vip", "[]")), # == "a")',
        'Now() - createTime < Duration("2d")',
        "true",
        "false",
        "Sample(10)",
    ],
)
def test_nothing_is_wrong_with_it(text: str) -> None:
    assert checked(text) == []


@pytest.mark.parametrize(
    ("text", "told", "suggestion"),
    [
        ('PropertiesCustom("levle", 0) > 3', "no such property: levle", "level"),
        ('PropertiesCustom("LEVEL", 0) > 3', "no such property: LEVEL", "level"),
        ('PropertiesCustom("countryCode", "") == ""', "no such property: countryCode", ""),
        ('Properties("country", "") == ""', "no such property: country", "countryCode"),
        ('PropertiesComputed("purchaseCompleteCount", 0) > 3', "no such", "purchaseCompletedCount"),
        ('EventCount("gameStart", "7d") > 3', "no event gameStart", "gameStarted"),
        ('EventSequence("gameStarted", "bought", "7d")', "no event bought", ""),
        ('Audience("all-spender")', "no audience all-spender", "All-Spenders"),
    ],
)
def test_names_that_nobody_declared_are_errors(text: str, told: str, suggestion: str) -> None:
    [problem] = checked(text)
    assert problem.severity is Severity.ERROR
    assert told in problem.text
    assert problem.suggestion == suggestion
    assert text[problem.start] == '"'
    assert checked(text, Known()) == []


def test_a_sequence_is_of_two_different_events() -> None:
    text = "EventSequence('gameStarted', 'gameStarted', '7d')"
    [problem] = checked(text)
    assert problem.severity is Severity.ERROR
    assert "a single event is both" in problem.text
    assert text[problem.start : problem.end] == "'gameStarted'"
    assert problem.start == text.rindex("'gameStarted'")


def test_only_the_first_few_unknown_names_have_suggestions() -> None:
    text = " and ".join(f'PropertiesCustom("level{number}", 0) > 3' for number in range(30))
    suggestions = [problem.suggestion for problem in checked(text)]
    assert suggestions == ["level"] * 10 + [""] * 20


@pytest.mark.parametrize(
    ("text", "told", "part"),
    [
        ("1 + 2", "gives a boolean, this gives a number", "1 + 2"),
        ('PropertiesCustom("level", 0)', "this gives a number", 'PropertiesCustom("level", 0)'),
        ('PropertiesCustom("level", 0) > "3"', "number > string is not possible", None),
        ('PropertiesCustom("level", 0) == "3"', "number == string is not possible", None),
        ('Properties("countryCode", "") + 1 == ""', "string + number", None),
        ('1 < 2 < "3"', "number < string is not possible", '1 < 2 < "3"'),
        ('PropertiesCustom("level", 0) contains "3"', "number contains string", None),
        ('PropertiesCustom("level", 0) matches "3"', "number matches string", None),
        ('"a" in Properties("countryCode", "")', "string in string is not possible", None),
        ("true and createTime", "and needs booleans, not a number", "createTime"),
        ('not Properties("countryCode", "")', "not needs a boolean, not a string", None),
        ('-"a" < 1', "- needs a number, not a string", '"a"'),
        ("createTime ? true : false", "? needs a boolean before it", "createTime"),
        ("createTime.year == 1", "a number has no elements", "createTime"),
        ('lower(1) == "a"', "lower needs a string here, not a number", "1"),
        ('any("abc", # == "a")', "any needs an array here, not a string", '"abc"'),
        ('SemverMatch("one", "two")', "needs a version and a range", None),
        (
            'SemverMatch(PropertiesCustom("vip", ""), "not one")',
            "needs a version and a range",
            None,
        ),
    ],
)
def test_kinds_that_clash_are_errors(text: str, told: str, part: str | None) -> None:
    [problem] = [one for one in checked(text) if one.severity is Severity.ERROR][:1]
    assert told in problem.text
    if part is not None:
        assert text[problem.start : problem.end] == part


@pytest.mark.parametrize(
    ("text", "told", "suggestion"),
    [
        (
            'PropertiesCustom("level", "") == "3"',
            "level is a number, and its default a string",
            "number",
        ),
        ('PropertiesCustom("vip", false)', "vip is a string, and its default a boolean", "string"),
        ("createTime > 5 and 1 == 1", "this is always true", ""),
        ('createTime > 5 or "a" in ["b"]', "this is always false", ""),
        ("1 == 1", "this is always true", ""),
        ('any(fromJSON("[]"), any(fromJSON("[]"), # == 1))', "an evaluation ends after", "shorter"),
    ],
)
def test_what_is_odd_is_a_warning(text: str, told: str, suggestion: str) -> None:
    problem = next(one for one in checked(text) if told in one.text)
    assert problem.severity is Severity.WARNING
    assert suggestion in problem.suggestion


def test_predicates_within_predicates_have_an_estimate_that_ends() -> None:
    text = 'any(fromJSON("[]"), ' * 20 + "# == 1" + ")" * 20
    [warning] = [one for one in checked(text) if "steps" in one.text]
    assert "1,000,000,000,000 steps" in warning.text


def test_problems_are_in_the_order_of_the_text_and_have_their_lines() -> None:
    text = 'Audience("A") and\n  Audience("B") and\n\tPropertiesCustom("c", 0) > 1'
    found = [(problem.line, problem.column, problem.text) for problem in checked(text)]
    assert found == [
        (1, 10, "there is no audience A"),
        (2, 12, "there is no audience B"),
        (3, 19, "there is no such property: c"),
    ]
