"""What all lists of the console API have in common: pages in, pages out."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.kit.paging import Cursor, Page, decode_cursor

T = TypeVar("T")

PAGE_ITEMS_USUAL = 100
PAGE_ITEMS_MAX = 1000
CURSOR_FIELD = "pagination.cursor"


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list. The queries of lists are structures beneath this one."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_ITEMS_MAX, description="Most items of the page.")] = (
        msgspec.field(name="pagination.limit", default=PAGE_ITEMS_USUAL)
    )
    cursor: Annotated[
        str,
        Meta(description="`next_cursor` or `prev_cursor` of another page; empty for the first."),
    ] = msgspec.field(name=CURSOR_FIELD, default="")


class PageOptions(msgspec.Struct, frozen=True):
    """The cursors of the pages beside this one; empty where there is none."""

    next_cursor: str
    prev_cursor: str


def page_options(page: Page[T]) -> PageOptions:
    """The cursors of a page, as they are answered."""
    return PageOptions(page.next_cursor, page.prev_cursor)


def cursor_of(query: PageQuery) -> Cursor | None:
    """The cursor of a query, ``None`` for the first page; raises ``InvalidArgument``."""
    if not query.cursor:
        return None
    try:
        return decode_cursor(query.cursor)
    except ValueError as error:
        raise invalid_field(CURSOR_FIELD, str(error)) from None
