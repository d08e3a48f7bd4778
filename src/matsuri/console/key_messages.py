"""What the console API says of keys, and is told of them."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.key_desk import KeyState
from matsuri.console.key_rules import EVERYTHING
from matsuri.console.model import KEY_NAME_ALLOWED
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.definitions import Description
from matsuri.web.lists import PageOptions, PageQuery

_Seconds = Annotated[str, Meta(description="Seconds since the epoch, as text.")]
_Value = Annotated[str, Meta(description="The value: a UUID. It is not told again.")]


class KeyQuery(PageQuery, frozen=True, kw_only=True):
    """Which keys."""

    like: Annotated[str, Meta(description="A part of the name, in any case.")] = msgspec.field(
        name="search.name.like", default=""
    )


class CreateApiKeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new API key, or what is to change of one."""

    name: Annotated[str, Meta(description=f"Unique name: {KEY_NAME_ALLOWED}.")] | None = None
    description: Description | None = None


class CreateServerKeyRequest(CreateApiKeyRequest, frozen=True, kw_only=True):
    """A new server key, or what is to change of one."""

    permissions: (
        Annotated[
            list[Annotated[str, Meta(max_length=64)]],
            Meta(
                max_length=256,
                description=(
                    "What it may do, such as `flag:read`: some of what the caller may do. "
                    f"`{EVERYTHING}` alone is everything, also what comes later; so is a new key "
                    "without this field."
                ),
            ),
        ]
        | None
    ) = None


class RotateRequest(msgspec.Struct, frozen=True):
    """How long the value before goes on to work."""

    grace_sec: (
        Annotated[
            str | int | float,
            Meta(
                description=(
                    "Seconds, also as text; 0 for not at all. Without it, `key_grace_seconds`."
                )
            ),
        ]
        | None
    ) = None


class DisableApiKeyRequest(msgspec.Struct, frozen=True):
    """What becomes of players' sessions."""

    end_sessions: (
        Annotated[bool, Meta(description="End players' sessions that it opened at once.")] | None
    ) = None


class DeleteApiKeyQuery(msgspec.Struct, frozen=True):
    """What becomes of players' sessions."""

    end_sessions: Annotated[
        bool, Meta(description="End players' sessions that it opened at once.")
    ] = False


class ApiKeyMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An API key. What is missing has never been, or is not so."""

    id: str
    name: str
    description: str
    created_by: Annotated[
        str, Meta(description="`user:` or `server_key:` with a name, or `system`.")
    ]
    create_time_sec: _Seconds
    rotate_time_sec: Annotated[
        str, Meta(description="When it got its present value; epoch seconds as text.")
    ]
    last_used_time_sec: Annotated[
        str, Meta(description="When it was used last, to the minute; epoch seconds as text.")
    ] = ""
    disabled: bool
    disable_time_sec: Annotated[str, Meta(description="Since when; epoch seconds as text.")] = ""
    grace_end_time_sec: Annotated[
        str,
        Meta(description="Until when a value before this works, too; epoch seconds as text."),
    ] = ""
    managed_by: Annotated[
        str,
        Meta(
            description=(
                "The setting that its value comes from, such as `api_key`, which "
                "`MATSURI_API_KEY` sets. Such a key is not rotated or deleted here."
            )
        ),
    ] = ""
    sessions_end_time_sec: Annotated[
        str,
        Meta(description="Players' sessions that it opened by then are over; epoch seconds."),
    ] = ""


class NewApiKeyMessage(ApiKeyMessage, frozen=True, kw_only=True):
    """An API key with its value."""

    value: _Value


class ServerKeyMessage(ApiKeyMessage, frozen=True, kw_only=True):
    """A server key. What is missing has never been, or is not so."""

    permissions: (
        Annotated[list[str], Meta(description="What it may do; missing where it is everything.")]
        | None
    ) = None


class NewServerKeyMessage(ServerKeyMessage, frozen=True, kw_only=True):
    """A server key with its value."""

    value: _Value


class ApiKeyList(msgspec.Struct, frozen=True):
    """A page of API keys, by name."""

    api_keys: list[ApiKeyMessage]
    page_options: PageOptions


class ServerKeyList(msgspec.Struct, frozen=True):
    """A page of server keys, by name."""

    server_keys: list[ServerKeyMessage]
    page_options: PageOptions


def api_key(state: KeyState, value: str = "") -> ApiKeyMessage:
    """An API key as it is answered, with its value where it is new."""
    fields = _fields(state)
    return NewApiKeyMessage(**fields, value=value) if value else ApiKeyMessage(**fields)


def server_key(state: KeyState, value: str = "") -> ServerKeyMessage:
    """A server key as it is answered, with its value where it is new."""
    fields = _fields(state)
    if state.key.permissions is not None:
        fields["permissions"] = sorted(state.key.permissions)
    return NewServerKeyMessage(**fields, value=value) if value else ServerKeyMessage(**fields)


def _fields(state: KeyState) -> dict[str, Any]:
    key = state.key
    return {
        "id": str(key.id),
        "name": key.name,
        "description": key.description,
        "created_by": key.created_by,
        "create_time_sec": _seconds(key.created_us),
        "rotate_time_sec": _seconds(key.value.created_us if key.value else key.created_us),
        "last_used_time_sec": _seconds(state.last_used_us),
        "disabled": key.disabled_us is not None,
        "disable_time_sec": _seconds(key.disabled_us),
        "grace_end_time_sec": _seconds(state.grace_end_us),
        "managed_by": state.setting,
        "sessions_end_time_sec": _seconds(key.sessions_ended_us or None),
    }


def _seconds(at_us: int | None) -> str:
    return "" if at_us is None else str(at_us // MICROSECONDS)
