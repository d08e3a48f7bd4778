"""What the console API says of users and their sessions."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.console.model import ConsoleSession, Role, SignInMethod, User
from matsuri.console.user_rules import permissions_of
from matsuri.kit.clock import MICROSECONDS

Seconds = Annotated[str, Meta(description="Seconds since the epoch, as text.")]
Code = Annotated[str, Meta(description="The six digits that the app shows now.")]
RecoveryCode = Annotated[str, Meta(description="A recovery code, in place of `code`.")]
Permissions = Annotated[
    list[Annotated[str, Meta(max_length=64)]],
    Meta(max_length=256, description="Names of permissions, such as `flag:write`."),
]


class UserMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A person with access to the console."""

    id: Annotated[str, Meta(description="Tells the user from all others, for good.")]
    email: Annotated[str, Meta(description="E-mail address, in lower case: the name to sign in.")]
    role: Annotated[Role, Meta(description="What the user may usually do.")]
    granted: Annotated[list[str], Meta(description="What the user may do beyond the role.")]
    taken: Annotated[list[str], Meta(description="What the user may not, in spite of the role.")]
    permissions: Annotated[list[str], Meta(description="All that the user may do.")]
    disabled: Annotated[bool, Meta(description="Whether the user cannot sign in.")]
    totp_enabled: Annotated[bool, Meta(description="Whether there is a second factor.")]
    totp_required: Annotated[bool, Meta(description="Whether the role must have one.")]
    has_password: Annotated[bool, Meta(description="Whether there is a password to sign in with.")]
    password_change_required: Annotated[
        bool, Meta(description="Whether the password has to be replaced at the next sign-in.")
    ]
    create_time_sec: Seconds
    sign_in_time_sec: Annotated[
        str, Meta(description="The last sign-in, in seconds since the epoch; empty for none yet.")
    ]


class SessionMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A user signed in at one place."""

    id: Annotated[str, Meta(description="Tells the session from all others; opens nothing.")]
    method: Annotated[SignInMethod, Meta(description="How the user proved who they are.")]
    address: Annotated[str, Meta(description="IP address at the sign-in.")]
    user_agent: Annotated[str, Meta(description="What the browser said it is, at the sign-in.")]
    create_time_sec: Seconds
    seen_time_sec: Annotated[
        str, Meta(description="The last call, to the minute, in seconds since the epoch.")
    ]
    expire_time_sec: Annotated[
        str, Meta(description="When it is over at the latest, in seconds since the epoch.")
    ]
    current: Annotated[bool, Meta(description="Whether it is the one that asks.")]


class SessionList(msgspec.Struct, frozen=True):
    """A user's sessions, the newest first."""

    sessions: list[SessionMessage]


class RecoveryCodesMessage(msgspec.Struct, frozen=True):
    """Recovery codes; each opens once. They are told here and nowhere else."""

    recovery_codes: list[str]


def user_message(user: User, *, totp_required: bool) -> UserMessage:
    """A user as the API tells it."""
    return UserMessage(
        id=str(user.id),
        email=user.email,
        role=user.role,
        granted=sorted(user.granted),
        taken=sorted(user.taken),
        permissions=sorted(permissions_of(user)),
        disabled=user.disabled,
        totp_enabled=user.totp_since_us is not None,
        totp_required=totp_required,
        has_password=bool(user.password_hash),
        password_change_required=user.one_time_until_us is not None,
        create_time_sec=_seconds(user.created_us),
        sign_in_time_sec=seconds_or_empty(user.signed_in_us),
    )


def session_message(session: ConsoleSession, *, current_id: str) -> SessionMessage:
    """A session as the API tells it."""
    return SessionMessage(
        id=session.id,
        method=session.method,
        address=session.address,
        user_agent=session.user_agent,
        create_time_sec=_seconds(session.created_us),
        seen_time_sec=_seconds(session.seen_us),
        expire_time_sec=_seconds(session.expires_us),
        current=session.id == current_id,
    )


def seconds_or_empty(at_us: int | None) -> str:
    """A time on the wire; empty for none."""
    return "" if at_us is None else _seconds(at_us)


def _seconds(at_us: int) -> str:
    return str(at_us // MICROSECONDS)
