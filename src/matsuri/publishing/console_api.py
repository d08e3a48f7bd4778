"""Change sets in the console API: ``/v1/console/change-set``."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from matsuri.errors import invalid_field
from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.publishing.console_messages import (
    ActionRequest,
    ChangeSetList,
    ChangeSetMessage,
    ChangeSetQuery,
    CreateRequest,
    PublishRequest,
    PutChangesRequest,
    RebaseRequest,
    RollbackRequest,
    ScheduleRequest,
    UpdateRequest,
    VersionQuery,
    change_set_message,
    checked_name,
    checked_text,
    summary_message,
)
from matsuri.publishing.entities import check_may_read
from matsuri.publishing.model import ChangeSet
from matsuri.publishing.publish import Publisher
from matsuri.publishing.read_changes import DraftReader
from matsuri.publishing.service import ChangeSets, actor_of
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import version_of
from matsuri.web.lists import cursor_of, page_options
from matsuri.web.messages import EMPTY, Empty, int64
from matsuri.web.routes import Request, Route

TAG = "Changes"
PATH = "/v1/console/change-set"

_ACTIONS = {"GET": Action.READ, "DELETE": Action.DELETE}


class PublishingServices(NamedTuple):
    """What the endpoints need."""

    sets: ChangeSets
    publisher: Publisher
    reader: DraftReader
    clock: Clock


class _Handlers:
    """One method for each endpoint that writes a set, or tells one."""

    def __init__(self, services: PublishingServices) -> None:
        self._sets = services.sets
        self._publisher = services.publisher
        self._reader = services.reader
        self._clock = services.clock

    async def list(
        self, _request: Request, _caller: ConsoleCaller, query: ChangeSetQuery
    ) -> ChangeSetList:
        page = await self._sets.list(query.search(), limit=query.limit, cursor=cursor_of(query))
        return ChangeSetList(
            [summary_message(each.change_set, each.change_count) for each in page.items],
            page_options(page),
        )

    async def create(
        self, _request: Request, caller: ConsoleCaller, body: CreateRequest
    ) -> ChangeSetMessage:
        made = await self._sets.create(
            checked_name(body.name),
            checked_text(body.description, "description"),
            self._reader.given(body.changes, actor_of(caller)),
            caller,
        )
        return change_set_message(made)

    async def get(self, request: Request, caller: ConsoleCaller, _body: None) -> ChangeSetMessage:
        return change_set_message(await _readable(self._sets, request, caller))

    async def update(
        self, request: Request, caller: ConsoleCaller, body: UpdateRequest
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        changed = await self._sets.edit(
            request.params["id"],
            caller,
            name=None if body.name is None else checked_name(body.name),
            description=None
            if body.description is None
            else checked_text(body.description, "description"),
            given=None
            if body.changes is None
            else self._reader.given(body.changes, actor_of(caller)),
            version=version_of(body.version),
        )
        return change_set_message(changed)

    async def delete(self, request: Request, caller: ConsoleCaller, query: VersionQuery) -> Empty:
        await self._sets.delete(request.params["id"], caller, version=version_of(query.version))
        return EMPTY

    async def put_changes(
        self, request: Request, caller: ConsoleCaller, body: PutChangesRequest
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        changed = await self._sets.put_changes(
            request.params["id"],
            caller,
            self._reader.given(body.changes, actor_of(caller)),
            version=version_of(body.version),
        )
        return change_set_message(changed)

    async def take_change(
        self, request: Request, caller: ConsoleCaller, query: VersionQuery
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        changed = await self._sets.take_change(
            request.params["id"],
            caller,
            int64(request.params["number"], "number"),
            version=version_of(query.version),
        )
        return change_set_message(changed)

    async def rebase(
        self, request: Request, caller: ConsoleCaller, body: RebaseRequest
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        changed = await self._sets.rebase(
            request.params["id"],
            caller,
            numbers=frozenset(body.changes),
            seen=version_of(body.definitions_version),
            version=version_of(body.version),
        )
        return change_set_message(changed)

    async def publish(
        self, request: Request, caller: ConsoleCaller, body: PublishRequest
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        if body.at_time_sec in {None, ""}:
            done = await self._publisher.publish(
                request.params["id"],
                caller,
                note=checked_text(body.note, "note"),
                version=version_of(body.version),
            )
            return change_set_message(done)
        return await self._schedule(request, caller, body, body.at_time_sec)

    async def schedule(
        self, request: Request, caller: ConsoleCaller, body: ScheduleRequest
    ) -> ChangeSetMessage:
        return await self._schedule(request, caller, body, body.at_time_sec)

    async def roll_back(
        self, request: Request, caller: ConsoleCaller, body: RollbackRequest
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        made = await self._publisher.roll_back(
            request.params["id"],
            caller,
            note=checked_text(body.note, "note"),
            as_draft=body.draft,
            forced=body.force,
        )
        return change_set_message(made)

    async def _schedule(
        self,
        request: Request,
        caller: ConsoleCaller,
        body: ActionRequest,
        at_time_sec: str | int | None,
    ) -> ChangeSetMessage:
        await _readable(self._sets, request, caller)
        at_s = int64(at_time_sec, "at_time_sec")
        now_s = self._clock.now_us() // MICROSECONDS
        if not now_s < at_s <= TIME_SEC_MAX:
            raise invalid_field("at_time_sec", "is not to come", f"{now_s + 1} to {TIME_SEC_MAX}")
        scheduled = await self._publisher.schedule(
            request.params["id"],
            caller,
            at_s * MICROSECONDS,
            note=checked_text(body.note, "note"),
            version=version_of(body.version),
        )
        return change_set_message(scheduled)


def routes(services: PublishingServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    handlers = _Handlers(services)
    one = f"{PATH}/{{id}}"

    def route(
        method: str, path: str, name: str, handler: Any, summary: str, told: str, **fields: Any
    ) -> Route[Any, Any]:
        fields.setdefault("response_type", ChangeSetMessage)
        return Route(
            method=method,
            path=path,
            auth=console_may(Entity.CHANGE_SET, _ACTIONS.get(method, Action.WRITE)),
            handler=handler,
            operation=f"console_{name}",
            summary=summary,
            description=told,
            tag=TAG,
            **fields,
        )

    return [
        route(
            "GET",
            PATH,
            "list_change_sets",
            handlers.list,
            "List change sets, the newest first",
            "",
            query_type=ChangeSetQuery,
            response_type=ChangeSetList,
        ),
        route(
            "POST",
            PATH,
            "create_change_set",
            handlers.create,
            "Create a change set, as a draft",
            (
                "Definitions stay as they are until it is published. What cannot be read at all is "
                "refused at once; what is wrong with a definition otherwise, its diff tells."
            ),
            request_type=CreateRequest,
        ),
        route("GET", one, "get_change_set", handlers.get, "Read a change set", ""),
        route(
            "PUT",
            one,
            "update_change_set",
            handlers.update,
            "Change a change set",
            "Whatever is changed of a set, all approvals of it are void.",
            request_type=UpdateRequest,
        ),
        route(
            "DELETE",
            one,
            "delete_change_set",
            handlers.delete,
            "Delete a change set that is a draft, has failed or was discarded",
            "",
            query_type=VersionQuery,
            response_type=Empty,
        ),
        route(
            "PUT",
            f"{one}/change",
            "put_change_set_changes",
            handlers.put_changes,
            "Add changes to a change set, or put them in the place of others",
            "A set has at most one change of a definition: another one takes its place.",
            request_type=PutChangesRequest,
        ),
        route(
            "DELETE",
            f"{one}/change/{{number}}",
            "delete_change_set_change",
            handlers.take_change,
            "Take a change out of a change set",
            "",
            query_type=VersionQuery,
        ),
        route(
            "POST",
            f"{one}/rebase",
            "rebase_change_set",
            handlers.rebase,
            "Take definitions as they are now as what the changes are made of",
            (
                "For definitions that somebody else has changed meanwhile: look at the diff first, "
                "and tell its `definitions_version`. Approvals are void then."
            ),
            request_type=RebaseRequest,
        ),
        route(
            "POST",
            f"{one}/publish",
            "publish_change_set",
            handlers.publish,
            "Publish a change set, now or at a time",
            (
                "All changes are made, in one transaction, or none. It takes the permission to "
                "write, or delete, definitions of each kind in it. 409 where a definition has "
                "changed since it was looked at; what is protected needs approvals first."
            ),
            request_type=PublishRequest,
        ),
        route(
            "POST",
            f"{one}/schedule",
            "schedule_change_set",
            handlers.schedule,
            "Have a change set published at a time",
            (
                "Also if the server was down then: as soon as it is up. If it cannot be published "
                "by then, its state is `failed`, and `failure` tells why."
            ),
            request_type=ScheduleRequest,
        ),
        route(
            "POST",
            f"{one}/rollback",
            "roll_back_change_set",
            handlers.roll_back,
            "Take back what a change set has published",
            (
                "By a new change set, which is answered: every definition is again as it was "
                "before. 409 where one has changed since; with `draft` the new set is only made."
            ),
            request_type=RollbackRequest,
        ),
        *_word_routes(services, route, one),
    ]


async def _readable(sets: ChangeSets, request: Request, caller: ConsoleCaller) -> ChangeSet:
    """The set in the path; who may not read all of it does nothing with it, nor is told it."""
    found = await sets.get(request.params["id"])
    check_may_read(caller, {each.kind for each in found.changes})
    return found


_Act = Callable[..., Awaitable[ChangeSet]]


def _word_routes(
    services: PublishingServices, route: Callable[..., Route[Any, Any]], one: str
) -> list[Route[Any, Any]]:
    """The endpoints that say a word to a set."""
    sets, publisher = services.sets, services.publisher

    def handler(act: _Act, *, version_needed: bool) -> Any:
        async def handle(
            request: Request, caller: ConsoleCaller, body: ActionRequest
        ) -> ChangeSetMessage:
            version = version_of(body.version)
            if version_needed and version is None:
                raise invalid_field("version", "is missing: that of the set which was looked at")
            await _readable(sets, request, caller)
            done = await act(
                request.params["id"],
                caller,
                note=checked_text(body.note, "note"),
                version=version,
            )
            return change_set_message(done)

        return handle

    words: list[tuple[str, _Act, str, str]] = [
        (
            "submit",
            sets.submit,
            "Submit a change set for approval",
            "Refused with everything that stands against publishing it.",
        ),
        (
            "withdraw",
            sets.withdraw,
            "Take a change set back that waits for approval, or has it",
            "It is a draft again.",
        ),
        (
            "approve",
            sets.approve,
            "Approve a change set",
            (
                "By somebody who may make each of its changes, and has neither made the set nor "
                "ever changed it; `version` is needed. With `approvals_needed` of them it is "
                "approved."
            ),
        ),
        (
            "reject",
            sets.reject,
            "Reject a change set that waits for approval, or has it",
            "It is a draft again, with the `note` as its `rejection`.",
        ),
        (
            "cancel",
            publisher.cancel,
            "Do not publish a change set at its time after all",
            "It is approved as it was, or a draft.",
        ),
        (
            "discard",
            sets.discard,
            "Discard a change set",
            "It stays in the list, and nothing comes of it.",
        ),
    ]
    return [
        route(
            "POST",
            f"{one}/{verb}",
            f"{verb}_change_set",
            handler(act, version_needed=verb == "approve"),
            summary,
            told,
            request_type=ActionRequest,
        )
        for verb, act, summary, told in words
    ]
