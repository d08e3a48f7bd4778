"""People with access to the console: ``/v1/console/user/…`` and ``/v1/console/role``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.model import ConsoleCaller, Role, User
from matsuri.console.permissions import (
    ENTITY_MEANINGS,
    ROLE_MEANINGS,
    Action,
    Entity,
    every_permission,
    permission,
    role_permissions,
)
from matsuri.console.sessions import ConsoleSessions
from matsuri.console.user_messages import (
    Permissions,
    SessionList,
    UserMessage,
    session_message,
    user_message,
)
from matsuri.console.users import Access, Users
from matsuri.errors import NotFound, invalid_field
from matsuri.kit.paging import page_of
from matsuri.web.callers import ConsoleMay
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery, page_options
from matsuri.web.messages import EMPTY, INT64_MAX, Empty
from matsuri.web.routes import Auth, Request, Route

_TAG = "Console"
_ID_CHARS_MAX = 19


class UserQuery(PageQuery, frozen=True, kw_only=True):
    """Which users."""

    like: Annotated[str, Meta(description="A part of the e-mail address, in any case.")] = (
        msgspec.field(name="search.email.like", default="")
    )
    role: Annotated[Role, Meta(description="Users of this role.")] | None = msgspec.field(
        name="search.role.exact", default=None
    )


class UserList(msgspec.Struct, frozen=True):
    """A page of users, by e-mail address."""

    users: list[UserMessage]
    page_options: PageOptions


class ChangeUserRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a user shall be able to do; what is left out stays as it is."""

    role: Annotated[Role, Meta(description="What the user may usually do.")] | None = None
    granted: (
        Annotated[Permissions, Meta(description="What the user may do beyond the role.")] | None
    ) = None
    taken: (
        Annotated[Permissions, Meta(description="What the user may not, in spite of the role.")]
        | None
    ) = None
    disabled: Annotated[bool, Meta(description="Whether the user cannot sign in.")] | None = None

    def access(self) -> Access:
        """What is to change."""
        return Access(self.role, self.granted, self.taken, self.disabled)


class CreateUserRequest(ChangeUserRequest, frozen=True, kw_only=True):
    """A new user; of the role `support` if none is given."""

    email: Annotated[str, Meta(description="E-mail address: the name to sign in.")] | None = None


class OneTimePasswordMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A user and a password that is told here and nowhere else."""

    user: UserMessage
    one_time_password: Annotated[
        str, Meta(description="Has to be replaced at the sign-in with it.")
    ]


class RoleMessage(msgspec.Struct, frozen=True):
    """A role: what its users may usually do."""

    name: Role
    description: Annotated[str, Meta(description="The role in one sentence.")]
    permissions: Annotated[list[str], Meta(description="What its users may do.")]
    totp_required: Annotated[bool, Meta(description="Whether its users need a second factor.")]


class EntityMessage(msgspec.Struct, frozen=True):
    """What permissions are about."""

    name: Entity
    description: Annotated[str, Meta(description="What it stands for.")]
    actions: Annotated[list[Action], Meta(description="What there is a permission for.")]


class RoleList(msgspec.Struct, frozen=True):
    """Every role, and everything that permissions are about."""

    roles: list[RoleMessage]
    entities: list[EntityMessage]


def role_list(sessions: ConsoleSessions) -> RoleList:
    """The table of permissions, for a screen."""
    return RoleList(
        roles=[
            RoleMessage(
                role, ROLE_MEANINGS[role], sorted(role_permissions(role)), sessions.needs_totp(role)
            )
            for role in Role
        ],
        entities=[
            EntityMessage(
                entity,
                ENTITY_MEANINGS[entity],
                [each for each in Action if permission(entity, each) in every_permission()],
            )
            for entity in Entity
        ],
    )


class _Calls:
    """What the endpoints do."""

    def __init__(self, users: Users, sessions: ConsoleSessions) -> None:
        self._users = users
        self._sessions = sessions

    def message(self, user: User) -> UserMessage:
        return user_message(user, totp_required=self._sessions.needs_totp(user.role))

    async def list_users(
        self, _request: Request, _caller: ConsoleCaller, query: UserQuery
    ) -> UserList:
        found = [
            user
            for user in await self._users.all()
            if query.like.lower() in user.email and query.role in {None, user.role}
        ]
        try:
            page = page_of(
                found, key=lambda each: (each.email,), limit=query.limit, cursor=query.cursor
            )
        except ValueError as error:
            raise invalid_field(CURSOR_FIELD, str(error)) from None
        return UserList([self.message(each) for each in page.items], page_options(page))

    async def create_user(
        self, _request: Request, caller: ConsoleCaller, body: CreateUserRequest
    ) -> OneTimePasswordMessage:
        user, password = await self._users.create(caller, body.email or "", body.access())
        return OneTimePasswordMessage(user=self.message(user), one_time_password=password)

    async def get_user(self, request: Request, _caller: ConsoleCaller, _body: None) -> UserMessage:
        return self.message(await self._users.get(_user_id(request)))

    async def change_user(
        self, request: Request, caller: ConsoleCaller, body: ChangeUserRequest
    ) -> UserMessage:
        return self.message(await self._users.change(caller, _user_id(request), body.access()))

    async def delete_user(self, request: Request, caller: ConsoleCaller, _body: None) -> Empty:
        await self._users.remove(caller, _user_id(request))
        return EMPTY

    async def reset_password(
        self, request: Request, caller: ConsoleCaller, _body: None
    ) -> OneTimePasswordMessage:
        user, password = await self._users.reset_password(caller, _user_id(request))
        return OneTimePasswordMessage(user=self.message(user), one_time_password=password)

    async def remove_totp(
        self, request: Request, caller: ConsoleCaller, _body: None
    ) -> UserMessage:
        return self.message(await self._users.remove_totp(caller, _user_id(request)))

    async def list_sessions(
        self, request: Request, caller: ConsoleCaller, _body: None
    ) -> SessionList:
        user = await self._users.get(_user_id(request))
        found = await self._sessions.of_user(user.id)
        return SessionList([session_message(each, current_id=caller.session_id) for each in found])

    async def end_sessions(self, request: Request, caller: ConsoleCaller, _body: None) -> Empty:
        await self._users.end_sessions(
            caller, _user_id(request), request.params.get("session_id", "")
        )
        return EMPTY

    async def list_roles(self, _request: Request, _caller: ConsoleCaller, _body: None) -> RoleList:
        return role_list(self._sessions)


def routes(
    users: Users,
    sessions: ConsoleSessions,
    *,
    console_may: ConsoleMay,
    console: Auth[ConsoleCaller],
) -> list[Route[Any, Any]]:
    """The endpoints."""
    calls = _Calls(users, sessions)

    def route(
        method: str, path: str, needs: Action, handler: Any, operation: str, **rest: Any
    ) -> Route[Any, Any]:
        return Route(
            method=method,
            path=f"/v1/console/user{path}",
            auth=console_may(Entity.USER, needs),
            handler=handler,
            operation=f"console_{operation}",
            tag=_TAG,
            subject="user",
            **rest,
        )

    return [
        route(
            "GET",
            "",
            Action.READ,
            calls.list_users,
            "list_users",
            query_type=UserQuery,
            response_type=UserList,
            summary="People with access to the console",
        ),
        route(
            "POST",
            "",
            Action.WRITE,
            calls.create_user,
            "create_user",
            request_type=CreateUserRequest,
            response_type=OneTimePasswordMessage,
            summary="Give a person access to the console",
            description="The answer has a password, which has to be replaced at the first sign-in.",
        ),
        route(
            "GET",
            "/{id}",
            Action.READ,
            calls.get_user,
            "get_user",
            response_type=UserMessage,
            summary="One user",
        ),
        route(
            "PUT",
            "/{id}",
            Action.WRITE,
            calls.change_user,
            "update_user",
            request_type=ChangeUserRequest,
            response_type=UserMessage,
            summary="Change what a user may do",
            description=(
                "Nobody gives, or takes, more than they have, and one user who may do everything "
                "stays. The sessions of a user who is disabled end."
            ),
        ),
        route(
            "DELETE",
            "/{id}",
            Action.DELETE,
            calls.delete_user,
            "delete_user",
            response_type=Empty,
            summary="Remove a user",
        ),
        route(
            "POST",
            "/{id}/password",
            Action.WRITE,
            calls.reset_password,
            "reset_password",
            action="user.reset_password",
            response_type=OneTimePasswordMessage,
            summary="Give a user a password for one time",
            description="It has to be replaced at the sign-in with it. The user's sessions end.",
        ),
        route(
            "DELETE",
            "/{id}/totp",
            Action.WRITE,
            calls.remove_totp,
            "remove_totp_of_user",
            action="user.remove_totp",
            response_type=UserMessage,
            summary="Forget the second factor of a user who has lost it",
            description="Recovery codes go, too, and the user's sessions end.",
        ),
        route(
            "GET",
            "/{id}/session",
            Action.READ,
            calls.list_sessions,
            "list_sessions_of_user",
            response_type=SessionList,
            summary="Where a user is signed in, the newest first",
        ),
        route(
            "DELETE",
            "/{id}/session",
            Action.WRITE,
            calls.end_sessions,
            "end_sessions_of_user",
            action="user.end_session",
            response_type=Empty,
            summary="Sign a user out everywhere",
        ),
        route(
            "DELETE",
            "/{id}/session/{session_id}",
            Action.WRITE,
            calls.end_sessions,
            "end_session_of_user",
            action="user.end_session",
            response_type=Empty,
            summary="Sign a user out at one place",
        ),
        Route(
            method="GET",
            path="/v1/console/role",
            auth=console,
            handler=calls.list_roles,
            response_type=RoleList,
            operation="console_list_roles",
            summary="Roles and permissions",
            tag=_TAG,
        ),
    ]


def _user_id(request: Request) -> int:
    """The id in the path; raises ``NotFound`` for what is none."""
    text = request.params["id"]
    if not text.isascii() or not text.isdecimal() or len(text) > _ID_CHARS_MAX:
        raise NotFound(f"There is no user {text[:64]}")
    return min(int(text), INT64_MAX)
