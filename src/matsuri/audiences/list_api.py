"""Includes and excludes in the console API."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.change_store import ListChange
from matsuri.audiences.entry_messages import (
    MANAGED_NOTE,
    GivenEntry,
    ListChangedMessage,
    ends_of,
    list_changed,
    refuse_bad_ids,
)
from matsuri.audiences.lists import AudienceLists, Wanted
from matsuri.audiences.model import Entry, Listing
from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import Note, author_of
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.routes import Request, Route


class ListQuery(PageQuery, frozen=True, kw_only=True):
    """Which ids, and which page of them."""

    prefix: Annotated[str, Meta(description="Ids that begin with this.")] = msgspec.field(
        name="search.id.like", default=""
    )


class EntryMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One id on a list. Without ``until_time_sec`` it stays for good."""

    identity_id: str
    until_time_sec: str = ""


class EntryList(msgspec.Struct, frozen=True):
    """A page of a list, by id."""

    entries: list[EntryMessage]
    page_options: PageOptions


class ChangeListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a list, all of it or nothing."""

    entries: list[GivenEntry] | None = None
    remove: Annotated[list[str] | None, Meta(description="Ids to take off the list.")] = None
    replace: Annotated[
        bool, Meta(description="Whether everybody who is not in `entries` goes.")
    ] = False
    note: Note | None = None


class RemoveQuery(msgspec.Struct, frozen=True):
    """Whom to take off the list, and why."""

    ids: Annotated[list[str], Meta(description="The ids; repeat it for several.")] = msgspec.field(
        name="id", default_factory=list
    )
    note: Note = ""


class ChangedIdMessage(msgspec.Struct, frozen=True):
    """One of the ids of a change: ``added``, ``changed`` or ``removed``."""

    identity_id: str
    what: str


class ListChangeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a list: by whom, and of how many ids. Of those, ``ids`` are some."""

    id: str
    list: str
    added: int
    changed: int
    removed: int
    ids: Sequence[ChangedIdMessage]
    changed_by: str
    change_time_sec: Annotated[str, Meta(description="Seconds since the epoch, as text.")]
    note: str


class ListChangeList(msgspec.Struct, frozen=True):
    """A page of changes, the newest first."""

    changes: list[ListChangeMessage]
    page_options: PageOptions


class _Handlers:
    """The endpoints of one of the two lists."""

    def __init__(self, lists: AudienceLists, listing: Listing, clock: Clock) -> None:
        self._lists = lists
        self._listing = listing
        self._clock = clock

    async def read(self, request: Request, _caller: object, query: ListQuery) -> EntryList:
        page = await self._lists.page(
            request.params["id"],
            self._listing,
            prefix=query.prefix,
            limit=query.limit,
            cursor=cursor_of(query),
        )
        return EntryList([_entry(each) for each in page.items], page_options(page))

    async def change(
        self, request: Request, caller: ConsoleCaller, body: ChangeListRequest
    ) -> ListChangedMessage:
        wanted = _wanted(body, now_us=self._clock.now_us())
        return await self._write(request, caller, wanted, body.note)

    async def remove(
        self, request: Request, caller: ConsoleCaller, query: RemoveQuery
    ) -> ListChangedMessage:
        if not query.ids:
            raise invalid_field("id", "is missing")
        return await self._write(request, caller, Wanted({}, query.ids), query.note)

    async def _write(
        self, request: Request, caller: ConsoleCaller, wanted: Wanted, note: str | None
    ) -> ListChangedMessage:
        done = await self._lists.change(
            request.params["id"],
            self._listing,
            wanted,
            author=author_of(caller, note),
            is_key=caller.is_key,
        )
        return list_changed(done)


def routes(
    lists: AudienceLists, *, path: str, tag: str, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints, beneath ``path``, which is that of audiences."""

    async def changes(request: Request, _caller: object, query: PageQuery) -> ListChangeList:
        page = await lists.changes(request.params["id"], limit=query.limit, cursor=cursor_of(query))
        return ListChangeList([_change(each) for each in page.items], page_options(page))

    return [
        *(
            route
            for listing in Listing
            for route in _list_routes(lists, listing, path, tag, clock, console_may)
        ),
        Route(
            method="GET",
            path=f"{path}/{{id}}/list-change",
            auth=console_may(Entity.AUDIENCE, Action.READ),
            handler=changes,
            query_type=PageQuery,
            response_type=ListChangeList,
            operation="console_list_audience_list_changes",
            summary="List the changes of an audience's lists, the newest first",
            description="Erased players are no longer among the ids of a change.",
            tag=tag,
        ),
    ]


def _list_routes(
    lists: AudienceLists,
    listing: Listing,
    path: str,
    tag: str,
    clock: Clock,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    handle = _Handlers(lists, listing, clock)
    name = listing.value
    path = f"{path}/{{id}}/{name}"
    return [
        Route(
            method="GET",
            path=path,
            auth=console_may(Entity.AUDIENCE, Action.READ),
            handler=handle.read,
            query_type=ListQuery,
            response_type=EntryList,
            operation=f"console_list_audience_{name}s",
            summary=f"List the {name}s of an audience, by id",
            tag=tag,
        ),
        Route(
            method="PUT",
            path=path,
            auth=console_may(Entity.AUDIENCE, Action.WRITE),
            handler=handle.change,
            request_type=ChangeListRequest,
            response_type=ListChangedMessage,
            operation=f"console_change_audience_{name}s",
            told=("added", "changed", "removed", "count"),
            summary=f"Add, remove or replace {name}s of an audience",
            description=(
                "Ids need not be known yet; ids that were merged into another identity stand for "
                f"that one. {MANAGED_NOTE}"
            ),
            tag=tag,
        ),
        Route(
            method="DELETE",
            path=path,
            # To take somebody off a list is to change the audience, not to delete it.
            auth=console_may(Entity.AUDIENCE, Action.WRITE),
            handler=handle.remove,
            query_type=RemoveQuery,
            response_type=ListChangedMessage,
            operation=f"console_remove_audience_{name}s",
            told=("added", "changed", "removed", "count"),
            summary=f"Remove {name}s of an audience",
            description=MANAGED_NOTE,
            tag=tag,
        ),
    ]


def _wanted(body: ChangeListRequest, *, now_us: int) -> Wanted:
    entries, remove = body.entries or [], body.remove or []
    if not entries and not remove and not body.replace:
        raise invalid_field("entries", "is missing")
    if body.replace and remove:
        raise invalid_field("remove", "is not for a replacement: whoever is not named goes")
    refuse_bad_ids(
        {"entries[{}].identity_id": [each.identity_id for each in entries], "remove[{}]": remove}
    )
    until_us = ends_of(entries, now_us=now_us)
    both = next((each for each in remove if each in until_us), None)
    if both is not None:
        raise invalid_field("remove", f"names {both!r}, as entries do")
    return Wanted(until_us, remove, body.replace)


def _entry(entry: Entry) -> EntryMessage:
    until = str(entry.until_us // MICROSECONDS) if entry.until_us else ""
    return EntryMessage(entry.identity_id, until)


def _change(change: ListChange) -> ListChangeMessage:
    return ListChangeMessage(
        id=str(change.id),
        list=change.listing.value,
        added=change.added,
        changed=change.changed,
        removed=change.removed,
        ids=[ChangedIdMessage(identity_id, what.value) for identity_id, what in change.ids],
        changed_by=change.changed_by,
        change_time_sec=str(change.changed_us // MICROSECONDS),
        note=change.note,
    )
