"""Pages: every item once, in order, both ways, whatever is added meanwhile."""

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.kit.paging import (
    Cursor,
    Page,
    decode_cursor,
    encode_cursor,
    page_from_store,
    page_of,
)

names = st.lists(st.text(max_size=4), unique=True).map(sorted)
limits = st.integers(1, 5)
keys = st.lists(st.text() | st.integers(-(2**63), 2**63 - 1), max_size=3).map(tuple)


def key(name: str) -> tuple[str]:
    return (name,)


def walk(items: list[str], limit: int) -> list[Page[str]]:
    pages = [page_of(items, key=key, limit=limit)]
    while pages[-1].next_cursor:
        pages.append(page_of(items, key=key, limit=limit, cursor=pages[-1].next_cursor))
    return pages


@given(place=keys, backward=st.booleans())
def test_a_cursor_survives_its_text(place: tuple[str | int, ...], *, backward: bool) -> None:
    cursor = Cursor(backward, place)
    assert decode_cursor(encode_cursor(cursor)) == cursor


@given(names, limits)
def test_forward_every_item_comes_once_in_order(items: list[str], limit: int) -> None:
    pages = walk(items, limit)
    assert [item for page in pages for item in page.items] == items
    assert all(len(page.items) == limit for page in pages[:-1])
    assert pages[0].prev_cursor == ""


@given(names, limits)
def test_backward_is_the_same_way(items: list[str], limit: int) -> None:
    pages = walk(items, limit)
    for earlier, later in itertools.pairwise(pages):
        back = page_of(items, key=key, limit=limit, cursor=later.prev_cursor)
        assert back.items == earlier.items
        assert back.next_cursor == earlier.next_cursor


@given(names, limits, st.text(max_size=4))
def test_what_is_added_meanwhile_repeats_nothing(items: list[str], limit: int, new: str) -> None:
    first = page_of(items, key=key, limit=limit)
    if not first.next_cursor:
        return
    grown = sorted({*items, new})
    rest = page_of(grown, key=key, limit=len(grown), cursor=first.next_cursor)
    assert not set(first.items) & set(rest.items)
    assert {*first.items, *rest.items} >= set(items)


@given(names, limits)
def test_a_store_s_pages_are_the_same(items: list[str], limit: int) -> None:
    def ask(cursor: Cursor | None) -> Page[str]:
        if cursor is None:
            found = items
        elif cursor.backward:
            found = [item for item in reversed(items) if key(item) < cursor.key]
        else:
            found = [item for item in items if key(item) > cursor.key]
        return page_from_store(found[: limit + 1], key=key, limit=limit, cursor=cursor)

    for page in walk(items, limit):
        for cursor in filter(None, (page.next_cursor, page.prev_cursor)):
            expected = page_of(items, key=key, limit=limit, cursor=cursor)
            assert ask(decode_cursor(cursor)) == expected
    assert ask(None) == page_of(items, key=key, limit=limit)


@pytest.mark.parametrize(
    "text",
    [
        "!",
        "é",
        "a" * 3000,
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(b"[true, {}]").decode(),
        base64.urlsafe_b64encode(b"[true, [9223372036854775808]]").decode(),
        base64.urlsafe_b64encode(b"[false, [-9223372036854775809]]").decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
    ],
)
def test_what_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        decode_cursor(text)


def test_a_cursor_of_something_else() -> None:
    cursor = encode_cursor(Cursor(backward=False, key=(5,)))
    with pytest.raises(ValueError, match="something else"):
        page_of(["a"], key=key, limit=1, cursor=cursor)
