"""Files that are written again: what stays, and where comments go."""

import pytest

from matsuri.as_code.read_yaml import NotReadable, read_yaml
from matsuri.as_code.write_yaml import rewrite_yaml, write_yaml

FILE = """\
# yaml-language-server: $schema=../schemas/flag.json
# Agreed with the shop.
name: Shop-Offer  # do not rename
# What everybody gets.
value:
  discount: 10 # percent
  # Shown above it.
  title: 'Hello'
variants:
  # The whales.
  - name: whales
    value: 5   # five
    audiences: [Whales, "Others"]
  # All others.
  - name: rest
    value: 6
"""
SAYS = {
    "name": "Shop-Offer",
    "value": {"discount": 10, "title": "Hello"},
    "variants": [
        {"name": "whales", "value": 5, "audiences": ["Whales", "Others"]},
        {"name": "rest", "value": 6},
    ],
}


def test_what_says_the_right_thing_is_not_touched() -> None:
    assert rewrite_yaml(FILE, SAYS) == FILE


def test_only_what_changes_is_written_anew() -> None:
    said = {
        **SAYS,
        "value": {"discount": 20, "title": "Hello", "more": ["yes"]},
        "variants": [SAYS["variants"][0], {"name": "rest", "value": 7}],  # type: ignore[index] # it is a list
    }
    assert rewrite_yaml(FILE, said) == FILE.replace("discount: 10", "discount: 20").replace(
        "title: 'Hello'\n", "title: 'Hello'\n  more:\n    - \"yes\"\n"
    ).replace("value: 6", "value: 7").replace("5   # five", "5   # five")


def test_items_take_their_comments_along() -> None:
    said = {**SAYS, "variants": list(reversed(SAYS["variants"]))}  # type: ignore[arg-type] # it is a list
    text = rewrite_yaml(FILE, said)
    assert read_yaml(text).value == said
    assert "value: 5   # five" in text
    assert "# percent" in text


def test_fields_stay_in_the_order_that_somebody_gave_them() -> None:
    text = "# mine\nvalue: 5\nname: one\n"
    assert rewrite_yaml(text, {"name": "one", "value": 6}) == "# mine\nvalue: 6\nname: one\n"


def test_a_value_is_in_the_order_of_its_text() -> None:
    text = "name: one\nvalue:\n  a: 1 # first\n  b: 2\n"
    said = {"name": "one", "value": {"b": 2, "a": 1}}
    rewritten = rewrite_yaml(text, said)
    assert list(read_yaml(rewritten).value["value"]) == ["b", "a"]
    assert "# first" in rewritten


def test_a_field_that_goes_leaves_the_others() -> None:
    said = {key: SAYS[key] for key in ("name", "variants")}
    text = rewrite_yaml(FILE, said)
    assert read_yaml(text).value == said
    assert "# do not rename" in text
    assert "# The whales." in text


def test_what_is_no_object_is_written_anew() -> None:
    assert rewrite_yaml("- 1\n", {"name": "one"}, head="# new\n") == "# new\nname: one\n"


def test_long_texts_are_not_folded_and_lines_are_seen() -> None:
    long = "word " * 100 + "end"
    text = write_yaml({"long": long, "lines": "one\n  two\n\nthree\n"})
    assert text == f"long: {long}\nlines: |\n  one\n    two\n\n  three\n"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases"),
        ("a: 1\nb: *x\n", 2, "anchors and aliases"),
        ("a: !!str 5\n", 1, "tags"),
        ("a: !x\n  b: 1\n", 1, "tags"),
        ("x: 1\n<<:\n  a: 1\n", 2, "merged keys"),
        ("a:\n  b: 1\n  b: 2\n", 3, "'b' is there twice"),
        ("a: 1\n---\nb: 1\n", 2, "more than one document"),
        ("? [1]\n: 2\n", 1, "a key must be a text"),
        ("a: 1\n b: 2\n", 2, "mapping values are not allowed"),
        ('a: "\\ud800"\n', 1, "a lone surrogate"),
        ("a: " + "9" * 2000 + "\n", 1, "too long"),
        ("a: 1e999\n", 1, "too large"),
        ("a: " + "[" * 200 + "]" * 200 + "\n", 1, "nested too deeply"),
        ("a: " + "[" * 20000 + "\n", 1, "nested too deeply"),
        ("a: \x00\n", 1, "special characters"),
    ],
)
def test_what_is_not_read_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(NotReadable, match=problem) as found:
        read_yaml(text)
    assert found.value.line == line


def test_each_line_is_known() -> None:
    lines = read_yaml(FILE).lines
    assert lines["name",] == 3
    assert lines["value", "title"] == 8
    assert lines["variants", 1] == 15
    assert lines["variants", 0, "audiences", 1] == 13


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("2026-11-24", "2026-11-24"),
        ("1:30", "1:30"),
        (".inf", ".inf"),
        ("True", True),
        ("~", None),
        ("", None),
        ("-5", -5),
        ("010", 10),
        ("1e3", 1000.0),
        ("'1e3'", "1e3"),
    ],
)
def test_words_are_what_yaml_1_2_says(text: str, value: object) -> None:
    found = read_yaml(f"a: {text}\n").value["a"]
    assert (found, type(found)) == (value, type(value))
