"""Pages of ordered items, and the cursors that lead from one page to the next. Pure.

A cursor names a place in the order, not a page: what is added or removed meanwhile makes no item
come twice or not at all.
"""

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

_CURSOR_CHARS_MAX = 2048


class Cursor(NamedTuple):
    """A place in an order: after the item with that key, or before it (``backward``).

    ``key`` is made of texts and numbers, and sorts as the items do.
    """

    backward: bool
    key: tuple[str | int, ...]


class Page(NamedTuple, Generic[T]):
    """Some items in a row, and the cursors of the pages beside them; empty where there is none."""

    items: list[T]
    next_cursor: str = ""
    prev_cursor: str = ""


# Keys are what a database keeps, so a greater number is in no cursor that was given.
_Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_decoder = msgspec.json.Decoder(tuple[bool, list[str | _Int64]])


def encode_cursor(cursor: Cursor) -> str:
    """The opaque text of a cursor."""
    data = msgspec.json.encode((cursor.backward, cursor.key))
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The cursor behind an opaque text; raises ``ValueError`` where it is none."""
    if len(text) > _CURSOR_CHARS_MAX:
        raise ValueError("is too long to be a cursor")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        backward, key = _decoder.decode(data)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise ValueError("is no cursor that this server gave") from None
    return Cursor(backward, tuple(key))


def page_of(
    items: Sequence[T], *, key: Callable[[T], tuple[Any, ...]], limit: int, cursor: str = ""
) -> Page[T]:
    """The page of ``items`` at a cursor, the first one without.

    ``items`` are in the order of ``key``, which no two of them share. Raises ``ValueError`` for
    what is no cursor of these items.
    """
    at = decode_cursor(cursor) if cursor else None
    try:
        if at is None:
            start = 0
        elif at.backward:
            start = bisect_left(items, at.key, key=key)
        else:
            start = bisect_right(items, at.key, key=key)
    except TypeError:
        raise ValueError("is a cursor of something else") from None
    if at is not None and at.backward:
        start, end = max(0, start - limit), start
    else:
        end = min(len(items), start + limit)
    return _with_cursors(
        items[start:end], key=key, has_next=end < len(items), has_previous=start > 0
    )


def _with_cursors(
    found: Sequence[T],
    *,
    key: Callable[[T], tuple[Any, ...]],
    has_next: bool,
    has_previous: bool,
) -> Page[T]:
    if not found:
        return Page([])
    return Page(
        list(found),
        encode_cursor(Cursor(backward=False, key=key(found[-1]))) if has_next else "",
        encode_cursor(Cursor(backward=True, key=key(found[0]))) if has_previous else "",
    )


def page_from_store(
    found: Sequence[T],
    *,
    key: Callable[[T], tuple[Any, ...]],
    limit: int,
    cursor: Cursor | None,
) -> Page[T]:
    """The page of what a store found at ``cursor`` when it was asked for ``limit + 1`` items.

    ``found`` is in the order of the walk: away from the cursor, so reversed for a backward one.
    """
    more = len(found) > limit
    found = found[:limit]
    if cursor is not None and cursor.backward:
        return _with_cursors(found[::-1], key=key, has_next=True, has_previous=more)
    return _with_cursors(found, key=key, has_next=more, has_previous=cursor is not None)
