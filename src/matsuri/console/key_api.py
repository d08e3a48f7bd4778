"""API keys and server keys: ``/v1/console/apikey`` and ``/v1/console/serverkey``."""

from collections.abc import Callable, Sequence
from typing import Any

from matsuri.console import key_messages as messages
from matsuri.console.key_desk import KeyDesk, KeyState
from matsuri.console.model import KeyKind
from matsuri.console.permissions import Action, Entity
from matsuri.errors import invalid_field
from matsuri.kit.paging import page_of
from matsuri.kit.texts import NOT_STORABLE, is_storable
from matsuri.web.callers import ConsoleCaller, ConsoleMay
from matsuri.web.lists import CURSOR_FIELD, page_options
from matsuri.web.messages import EMPTY, Empty, int64
from matsuri.web.routes import Request, Route

_TAG = "Keys"
_ONCE = "The value is in this answer and nowhere else: only its hash is kept."
_RESERVED = "The name is this key's for good: it cannot be changed, nor given to another key later."
_STRONGER = "403 for a server key that may do what the caller may not."
_FROM_SETTINGS = (
    "Refused for a key whose value comes from a setting (`managed_by`): the next start would undo "
    "it."
)
_SESSIONS = (
    "Nobody can authenticate with it, refresh or identify then, and tokens that a game server "
    "signs in its name are refused. Players' sessions that are open go on until their tokens "
    "expire, or end at once with `end_sessions`."
)


class _Handlers:
    """One method for each endpoint of a kind of keys."""

    def __init__(self, desk: KeyDesk, kind: KeyKind) -> None:
        self._desk = desk
        self._kind = kind

    async def list(
        self, _request: Request, _caller: ConsoleCaller, query: messages.KeyQuery
    ) -> messages.ApiKeyList | messages.ServerKeyList:
        part = query.like.casefold()
        found = [
            each for each in await self._desk.list(self._kind) if part in each.key.name.casefold()
        ]
        try:
            page = page_of(found, key=_place, limit=query.limit, cursor=query.cursor)
        except ValueError as error:
            raise invalid_field(CURSOR_FIELD, str(error)) from None
        if self._kind is KeyKind.API:
            return messages.ApiKeyList(
                [messages.api_key(each) for each in page.items], page_options(page)
            )
        return messages.ServerKeyList(
            [messages.server_key(each) for each in page.items], page_options(page)
        )

    async def create(
        self, _request: Request, caller: ConsoleCaller, body: messages.CreateApiKeyRequest
    ) -> messages.ApiKeyMessage:
        state, value = await self._desk.create(
            self._kind,
            name=body.name or "",
            description=_checked(body.description) or "",
            permissions=_permissions(body),
            by=caller,
        )
        return self._message(state, value)

    async def get(
        self, request: Request, _caller: ConsoleCaller, _body: None
    ) -> messages.ApiKeyMessage:
        return self._message(await self._desk.get(self._kind, request.params["id"]))

    async def update(
        self, request: Request, caller: ConsoleCaller, body: messages.CreateApiKeyRequest
    ) -> messages.ApiKeyMessage:
        state = await self._desk.change(
            self._kind,
            request.params["id"],
            name=body.name,
            description=_checked(body.description),
            permissions=_permissions(body),
            by=caller,
        )
        return self._message(state)

    async def rotate(
        self, request: Request, caller: ConsoleCaller, body: messages.RotateRequest
    ) -> messages.ApiKeyMessage:
        grace = body.grace_sec
        state, value = await self._desk.rotate(
            self._kind,
            request.params["id"],
            grace_seconds=None if grace is None or grace == "" else int64(grace, "grace_sec"),
            by=caller,
        )
        return self._message(state, value)

    async def end_grace(
        self, request: Request, caller: ConsoleCaller, _body: None
    ) -> messages.ApiKeyMessage:
        return self._message(
            await self._desk.end_grace(self._kind, request.params["id"], by=caller)
        )

    async def disable(
        self, request: Request, caller: ConsoleCaller, body: messages.DisableApiKeyRequest | None
    ) -> messages.ApiKeyMessage:
        state = await self._desk.disable(
            self._kind,
            request.params["id"],
            end_sessions=body is not None and bool(body.end_sessions),
            by=caller,
        )
        return self._message(state)

    async def enable(
        self, request: Request, caller: ConsoleCaller, _body: None
    ) -> messages.ApiKeyMessage:
        return self._message(await self._desk.enable(self._kind, request.params["id"], by=caller))

    async def delete(
        self, request: Request, caller: ConsoleCaller, query: messages.DeleteApiKeyQuery | None
    ) -> Empty:
        await self._desk.delete(
            self._kind,
            request.params["id"],
            end_sessions=query is not None and query.end_sessions,
            by=caller,
        )
        return EMPTY

    def _message(self, state: KeyState, value: str = "") -> messages.ApiKeyMessage:
        make = messages.api_key if self._kind is KeyKind.API else messages.server_key
        return make(state, value)


def routes(desk: KeyDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints of both kinds of keys."""
    return [
        *_routes(desk, KeyKind.API, console_may),
        *_routes(desk, KeyKind.SERVER, console_may),
    ]


def _routes(desk: KeyDesk, kind: KeyKind, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    of_games = kind is KeyKind.API
    handle = _Handlers(desk, kind)
    title = "API key" if of_games else "server key"
    message = messages.ApiKeyMessage if of_games else messages.ServerKeyMessage
    new_message = messages.NewApiKeyMessage if of_games else messages.NewServerKeyMessage
    fields = messages.CreateApiKeyRequest if of_games else messages.CreateServerKeyRequest
    sessions = {"request_type": messages.DisableApiKeyRequest} if of_games else {}
    deleted = {"query_type": messages.DeleteApiKeyQuery} if of_games else {}
    route = _maker(kind, console_may)
    return [
        route(
            "GET",
            "list",
            handle.list,
            f"List and search: {title}s",
            query_type=messages.KeyQuery,
            response_type=messages.ApiKeyList if of_games else messages.ServerKeyList,
            description="Those that are not deleted, by name. No answer has their values.",
        ),
        route(
            "POST",
            "create",
            handle.create,
            f"Create: {title}",
            request_type=fields,
            response_type=new_message,
            description=f"{_ONCE} {_RESERVED}",
        ),
        route("GET", "get", handle.get, f"Read one by id: {title}", "/{id}", response_type=message),
        route(
            "PUT",
            "update",
            handle.update,
            f"Change one: {title}",
            "/{id}",
            request_type=fields,
            response_type=message,
            description=f"What is left out stays as it is. {_RESERVED}",
        ),
        route(
            "DELETE",
            "delete",
            handle.delete,
            f"Delete one: {title}",
            "/{id}",
            response_type=Empty,
            **deleted,
            description=_description(kind, _FROM_SETTINGS),
        ),
        route(
            "POST",
            "rotate",
            handle.rotate,
            f"Give one a new value: {title}",
            "/{id}/rotate",
            request_type=messages.RotateRequest,
            response_type=new_message,
            description=" ".join(
                [
                    _ONCE,
                    "The value before works too until the grace is over.",
                    *([] if of_games else [_STRONGER]),
                    _FROM_SETTINGS,
                ]
            ),
        ),
        route(
            "POST",
            "end_grace",
            handle.end_grace,
            f"Let only the present value of one work: {title}",
            "/{id}/end-grace",
            response_type=message,
        ),
        route(
            "POST",
            "disable",
            handle.disable,
            f"Disable one: {title}",
            "/{id}/disable",
            response_type=message,
            **sessions,
            description=_description(kind, ""),
        ),
        route(
            "POST",
            "enable",
            handle.enable,
            f"Enable one again: {title}",
            "/{id}/enable",
            response_type=message,
            description="" if of_games else _STRONGER,
        ),
    ]


def _description(kind: KeyKind, more: str) -> str:
    about = _SESSIONS if kind is KeyKind.API else "A server key cannot do this to itself."
    return f"{about} {more}".strip()


def _maker(kind: KeyKind, console_may: ConsoleMay) -> Callable[..., Route[Any, Any]]:
    noun = f"{kind.value}key"
    entity = Entity.API_KEY if kind is KeyKind.API else Entity.SERVER_KEY
    actions = {"GET": Action.READ, "DELETE": Action.DELETE}

    def route(
        method: str, verb: str, handler: Any, summary: str, path: str = "", **fields: Any
    ) -> Route[Any, Any]:
        return Route(
            method=method,
            path=f"/v1/console/{noun}{path}",
            auth=console_may(entity, actions.get(method, Action.WRITE)),
            handler=handler,
            operation=f"console_{verb}_{noun}",
            summary=summary,
            tag=_TAG,
            **fields,
        )

    return route


def _place(state: KeyState) -> tuple[str]:
    return (state.key.name,)


def _permissions(body: messages.CreateApiKeyRequest) -> Sequence[str] | None:
    return body.permissions if isinstance(body, messages.CreateServerKeyRequest) else None


def _checked(description: str | None) -> str | None:
    if description and not is_storable(description):
        raise invalid_field("description", f"must not contain {NOT_STORABLE}")
    return description
