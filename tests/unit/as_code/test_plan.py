"""Plans: the order of changes, what differs, what is meant, and plans in files."""

import pytest

from matsuri.as_code.changes import PlannedChange, in_order
from matsuri.as_code.differences import NOTHING, Difference, differences
from matsuri.as_code.impact_words import impact_words
from matsuri.as_code.kinds import FILE_KINDS
from matsuri.as_code.plan import NoPlan, Plan, decode_plan, encode_plan
from matsuri.as_code.references import is_pattern, matching, references, with_referred
from matsuri.as_code.show import plan_lines
from matsuri.audiences.model import AudienceDefinition
from matsuri.flags.model import FlagDefinition, Variant
from matsuri.planning.drafts import ChangeAction


def change(
    kind: str, name: str, action: ChangeAction = ChangeAction.CREATE, **fields: object
) -> PlannedChange:
    return PlannedChange(
        FILE_KINDS[kind],
        action,
        name,
        id="",
        base_version="",
        definition={"name": name},
        before=fields.get("before", {}),  # type: ignore[arg-type] # they are documents
        after=fields.get("after", {}),  # type: ignore[arg-type] # they are documents
    )


def test_what_is_referred_to_comes_first_and_goes_last() -> None:
    refers = {
        ("audience", "a"): {("audience", "b")},
        ("audience", "b"): {("property", "p")},
        ("flag", "f"): {("audience", "a")},
        ("flag", "old"): {("audience", "older")},
        ("validator", "x"): {("validator", "y")},
        ("validator", "y"): {("validator", "x")},
    }
    changes = [
        change("audience", "older", ChangeAction.DELETE),
        change("flag", "f"),
        change("validator", "x"),
        change("validator", "y"),
        change("audience", "a"),
        change("flag", "old", ChangeAction.DELETE),
        change("audience", "b", ChangeAction.UPDATE),
        change("property", "p"),
    ]
    assert [each.name for each in in_order(changes, refers)] == [
        "y",
        "x",
        "p",
        "b",
        "a",
        "f",
        "old",
        "older",
    ]


def test_references_are_those_of_the_kinds() -> None:
    flag = FlagDefinition(
        labels=("l",), validator="v", variants=(Variant(name="one", audiences=("a",)),)
    )
    assert references(FILE_KINDS["flag"], "f", flag) == {
        ("label", "l"),
        ("validator", "v"),
        ("audience", "a"),
    }
    audience = AudienceDefinition(filter='Audience("b") and PropertiesCustom("p", 0) > 1')
    assert ("audience", "b") in references(FILE_KINDS["audience"], "a", audience)


def test_patterns_are_of_folders_and_names() -> None:
    keys = [("flag", "Shop-A"), ("flag", "Shop-B"), ("flag", "Other"), ("live_event", "Shop-A")]
    assert matching(keys, ["flags/Shop-*"]) == {("flag", "Shop-A"), ("flag", "Shop-B")}
    assert matching(keys, ["live-events/"]) == {("live_event", "Shop-A")}
    assert matching(keys, ["flags/shop-a"]) == set()
    assert with_referred([("flag", "a")], {("flag", "a"): {("flag", "b")}, ("flag", "b"): ()}) == {
        ("flag", "a"),
        ("flag", "b"),
    }
    assert is_pattern("flags")
    assert not is_pattern("flag/x")


def test_items_are_compared_by_their_names() -> None:
    before = {"v": [{"name": "a", "x": 1}, {"name": "b"}], "t": {"k": 1}, "l": [1]}
    after = {"v": [{"name": "b"}, {"name": "a", "x": 2}], "t": {"k": 1.0}, "l": [1, 2], "n": None}
    assert list(differences(before, after)) == [
        Difference("v[a].x", 1, 2),
        Difference("v (order)", ["a", "b"], ["b", "a"]),
        Difference("t.k", 1, 1.0),
        Difference("l", [1], [1, 2]),
        Difference("n", NOTHING, None),
    ]
    assert list(differences({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}})) == [
        Difference("a (order)", ["x", "y"], ["y", "x"])
    ]


def test_a_terminal_is_not_steered() -> None:
    lines = list(
        plan_lines(
            [
                change("flag", "\x1b[31mred", ChangeAction.UPDATE, before={"value": "\x1b]0;x"}),
                change(
                    "label",
                    "l",
                    ChangeAction.UPDATE,
                    before={"description": "one\ntwo\x1b"},
                    after={"description": "one\nthree\u202e"},
                ),
            ]
        )
    )
    # Colours are its own, and end at the end of what they are of.
    plain = "".join(lines).replace("\x1b[33m\x1b[1m", "").replace("\x1b[0m", "")
    plain = plain.replace("\x1b[31m-", "-").replace("\x1b[32m+", "+")
    assert plain.isprintable()
    assert "-two" in plain
    assert "+three" in plain


def test_a_plan_in_a_file_is_the_plan() -> None:
    plan = Plan(
        server="http://there",
        version="7",
        changes=[change("flag", "é", after={"value": {"a": [1, 2.5, None]}})],
    )
    assert decode_plan(encode_plan(plan)) == plan


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"format":2,"server":"","version":"","changes":[]}',
        encode_plan(Plan(server="", version="", changes=[change("flag", "x")])).replace(
            b'"flag"', b'"other"'
        ),
    ],
)
def test_anything_else_is_no_plan(text: bytes) -> None:
    with pytest.raises(NoPlan):
        decode_plan(text)


def test_counts_are_told_with_how_sure_they_are() -> None:
    some = {"count": 1200, "count_low": 1100, "count_high": 1300}
    told = {
        "players": 100000,
        "looked_at": 5000,
        "exact": False,
        "confidence_percent": 95,
        "complete": False,
        "changed": some,
        "flags": [
            {"name": "f", **some, "changes": [{**some, "before": "1", "after": "x" * 200}]},
            *({"name": f"f{number}", **some, "changes": []} for number in range(11)),
        ],
        "flags_count": 12,
        "experiments": [{"name": "e", **some}],
        "live_events": [],
        "notes": ["A note."],
    }
    lines = list(impact_words(told))
    assert lines[0] == "Something changes for about 1,200 (1,100 to 1,300) of 100,000 players."
    assert "5,000 of them were looked at" in lines[1]
    assert "Time or history ran out" in lines[2]
    assert lines[4].startswith("    1,200 (1,100 to 1,300): 1 -> xxx")
    assert "  and 2 flags more" in lines
    assert lines[-2:] == ["  experiment e: 1,200 (1,100 to 1,300)", "A note."]
