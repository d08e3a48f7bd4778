"""What differs between two documents: read by people, and enough to make one of the other."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from matsuri.definitions.compare import Difference, Element, Order, Place, differences


def patched(document: Any, changes: list[Difference]) -> Any:
    """The document with what differs in its place."""
    root = [deepcopy(document)]
    for each in changes:
        _put(root, (0, *each.path), each.after)
    return root[0] if root else UNSET


def _put(holder: Any, path: tuple[Place, ...], value: Any) -> None:
    place, *rest = path
    if isinstance(place, Order):
        by_name = {_name(element): element for element in holder}
        holder[:] = [by_name[name] for name in value]
        return
    if isinstance(place, Element):
        places = (n for n, element in enumerate(holder) if _is(element, place))
        place = next(places, len(holder))
    if rest:
        _put(holder[place], tuple(rest), value)
    elif value is not UNSET:
        if isinstance(holder, list) and place == len(holder):
            holder.append(value)
        else:
            holder[place] = value
    elif isinstance(holder, dict) or int(place) < len(holder):
        del holder[place]


def _name(element: Any) -> str:
    if isinstance(element, str):
        return element
    return str(element.get("id") or element.get("name"))


def _is(element: Any, place: Element) -> bool:
    return bool((element.get(place.key) if place.key else element) == place.value)


names = st.sampled_from(["a", "b", "c", "d e"])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.floats(-1, 1), st.sampled_from(["", "x", "y"])
)
named = st.fixed_dictionaries({"name": names}, optional={"value": scalars})
documents = st.recursive(
    st.one_of(
        scalars,
        st.lists(named, max_size=4, unique_by=lambda each: each["name"]),
        st.lists(names, max_size=4, unique=True),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


def same(one: Any, other: Any) -> bool:
    """As JSON has it: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


@given(documents, documents)
def test_what_differs_makes_one_of_the_other(before: Any, after: Any) -> None:
    found = differences(before, after)
    # Lists of places shrink from their end.
    ordered = [each for each in found if not _is_tail(each)]
    tails = [each for each in reversed(found) if _is_tail(each)]
    assert same(patched(before, [*ordered, *tails]), after)


def _is_tail(difference: Difference) -> bool:
    return difference.after is UNSET and isinstance((difference.path or ("",))[-1], int)


@given(documents, documents)
def test_nothing_differs_between_the_same(before: Any, after: Any) -> None:
    assert differences(before, deepcopy(before)) == []
    assert (differences(before, after) == []) == same(before, after)


@given(documents, documents)
def test_the_way_back_is_told_in_the_same_places(before: Any, after: Any) -> None:
    there = {each.text for each in differences(before, after)}
    back = {each.text for each in differences(after, before)}
    orders = {text for text in there ^ back if text.endswith(" (order)")}
    assert there ^ back == orders


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": {"b c": 1}}, {"a": {}}, [('a["b c"]', 1, UNSET)]),
        (
            [{"name": "x", "v": 1}, {"name": "y", "v": 2}],
            [{"name": "new"}, {"name": "y", "v": 3}, {"name": "x", "v": 1}],
            [
                ('["y"].v', 2, 3),
                ('["new"]', UNSET, {"name": "new"}),
                (" (order)", ["x", "y"], ["new", "y", "x"]),
            ],
        ),
        # What has an id keeps it when it is called otherwise; people know it by its name.
        (
            {"phases": [{"id": "1", "name": "old"}]},
            {"phases": [{"id": "1", "name": "new"}]},
            [('phases["new"].name', "old", "new")],
        ),
        (["a", "b"], ["b"], [('["a"]', "a", UNSET)]),
        ([1, 2], [1, 3, 4], [("[1]", 2, 3), ("[2]", UNSET, 4)]),
        ([{"name": "x"}, {"name": "x"}], [{"name": "x"}], [("[1]", {"name": "x"}, UNSET)]),
        (UNSET, {"a": 1}, [("", UNSET, {"a": 1})]),
    ],
)
def test_how_it_is_told(before: Any, after: Any, told: list[tuple[str, Any, Any]]) -> None:
    found = [(each.text, each.before, each.after) for each in differences(before, after)]
    assert found == told
