"""Replacing whole lists in the console API: ``/v1/console/audience/{id}/include/import``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.entry_messages import (
    MANAGED_NOTE,
    GivenEntry,
    ListChangedMessage,
    ends_of,
    list_changed,
    refuse_bad_ids,
)
from matsuri.audiences.list_imports import ImportStatus, ListImports
from matsuri.audiences.model import Listing
from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import Note, author_of
from matsuri.web.routes import Request, Route


class ImportMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An import, and how many ids it has so far."""

    id: str
    list: str
    state: Annotated[str, Meta(description="`open` or `committed`.")]
    count: int
    part_ids_max: Annotated[int, Meta(description="Most ids that one request may add.")]
    ids_max: Annotated[int, Meta(description="Most ids that the import may have.")]
    expire_time_sec: Annotated[
        str, Meta(description="When it is given up if it is not committed, seconds, as text.")
    ]


class AddPartRequest(msgspec.Struct, frozen=True):
    """Some entries of the new list."""

    entries: list[GivenEntry] | None = None


class CommitRequest(msgspec.Struct, frozen=True):
    """Why the list changes."""

    note: Note | None = None


class DiscardedMessage(msgspec.Struct, frozen=True):
    """The import is gone; the list is as it was."""


class _Handlers:
    """The endpoints of imports of one of the two lists."""

    def __init__(self, imports: ListImports, listing: Listing, clock: Clock) -> None:
        self._imports = imports
        self._listing = listing
        self._clock = clock

    async def begin(self, request: Request, caller: ConsoleCaller, _body: None) -> ImportMessage:
        return self._message(
            await self._imports.begin(request.params["id"], self._listing, is_key=caller.is_key)
        )

    async def status(self, request: Request, caller: ConsoleCaller, _body: None) -> ImportMessage:
        return self._message(
            await self._imports.status(*self._place(request), is_key=caller.is_key)
        )

    async def add(
        self, request: Request, caller: ConsoleCaller, body: AddPartRequest
    ) -> ImportMessage:
        entries = body.entries or []
        if not entries:
            raise invalid_field("entries", "is missing")
        refuse_bad_ids({"entries[{}].identity_id": [each.identity_id for each in entries]})
        until_us = ends_of(entries, now_us=self._clock.now_us())
        return self._message(
            await self._imports.add(*self._place(request), until_us, is_key=caller.is_key)
        )

    async def commit(
        self, request: Request, caller: ConsoleCaller, body: CommitRequest
    ) -> ListChangedMessage:
        return list_changed(
            await self._imports.commit(
                *self._place(request), author=author_of(caller, body.note), is_key=caller.is_key
            )
        )

    async def discard(
        self, request: Request, caller: ConsoleCaller, _body: None
    ) -> DiscardedMessage:
        await self._imports.discard(*self._place(request), is_key=caller.is_key)
        return DiscardedMessage()

    def _place(self, request: Request) -> tuple[str, Listing, str]:
        return request.params["id"], self._listing, request.params["import_id"]

    def _message(self, status: ImportStatus) -> ImportMessage:
        started, limits = status.started, self._imports.limits
        return ImportMessage(
            id=started.id,
            list=started.listing.value,
            state=started.state.value,
            count=status.ids,
            part_ids_max=limits.part_ids_max,
            ids_max=limits.ids_max,
            expire_time_sec=str(started.expires_us // MICROSECONDS),
        )


def routes(
    imports: ListImports, *, path: str, tag: str, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints, beneath ``path``, which is that of audiences."""
    return [
        route
        for listing in Listing
        for route in _list_routes(imports, listing, path, tag, clock, console_may)
    ]


def _list_routes(
    imports: ListImports,
    listing: Listing,
    path: str,
    tag: str,
    clock: Clock,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    handle = _Handlers(imports, listing, clock)
    name = listing.value
    path = f"{path}/{{id}}/{name}/import"
    may_write = console_may(Entity.AUDIENCE, Action.WRITE)
    return [
        Route(
            method="POST",
            path=path,
            auth=may_write,
            handler=handle.begin,
            response_type=ImportMessage,
            operation=f"console_begin_audience_{name}_import",
            told=("id",),
            summary=f"Begin to replace all {name}s of an audience",
            description=(
                "The list stays as it is until the commit. It has one import at a time: this "
                f"gives up the one before. {MANAGED_NOTE}"
            ),
            tag=tag,
        ),
        Route(
            method="GET",
            path=f"{path}/{{import_id}}",
            auth=may_write,
            handler=handle.status,
            response_type=ImportMessage,
            operation=f"console_get_audience_{name}_import",
            summary=f"How far an import of {name}s is",
            tag=tag,
        ),
        Route(
            method="PUT",
            path=f"{path}/{{import_id}}",
            auth=may_write,
            handler=handle.add,
            request_type=AddPartRequest,
            response_type=ImportMessage,
            operation=f"console_add_to_audience_{name}_import",
            told=("id", "count"),
            action=f"audience.add_to_{name}_import",
            summary=f"Add a part to an import of {name}s",
            description="The same part again changes nothing.",
            tag=tag,
        ),
        Route(
            method="POST",
            path=f"{path}/{{import_id}}/commit",
            auth=may_write,
            handler=handle.commit,
            request_type=CommitRequest,
            response_type=ListChangedMessage,
            operation=f"console_commit_audience_{name}_import",
            told=("added", "changed", "removed", "count"),
            summary=f"Let an import be all {name}s of an audience",
            description=(
                "All of it or nothing, at one moment. The same again changes nothing and answers "
                "the same."
            ),
            tag=tag,
        ),
        Route(
            method="DELETE",
            path=f"{path}/{{import_id}}",
            auth=may_write,
            handler=handle.discard,
            response_type=DiscardedMessage,
            operation=f"console_discard_audience_{name}_import",
            summary=f"Give up an import of {name}s",
            tag=tag,
        ),
    ]
