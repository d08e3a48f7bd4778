"""Who may do what with which key, and what the audit log tells of keys. Pure."""

from collections.abc import Collection
from typing import Any, Protocol

from matsuri.console.model import DEFAULT_KEY, ConsoleCaller, Key, KeyKind
from matsuri.console.permissions import caller_permissions, every_permission
from matsuri.errors import FailedPrecondition, PermissionDenied, invalid_field
from matsuri.kit.clock import MICROSECONDS

EVERYTHING = "*"
"""Stands for all permissions, also those that come later, in requests."""

SETTING_OF = {KeyKind.API: "api_key", KeyKind.SERVER: "server_key"}
"""The setting that gives the value of the key ``default`` of each kind."""

_TITLE_OF = {KeyKind.API: "API key", KeyKind.SERVER: "Server key"}


class GivenValues(Protocol):
    """What the settings may give; empty texts where they leave it to the server."""

    @property
    def api_key(self) -> str:
        """Value of the API key ``default``."""
        ...

    @property
    def server_key(self) -> str:
        """Value of the server key ``default``."""
        ...


def kinds_with_setting(given: GivenValues) -> frozenset[KeyKind]:
    """The kinds of keys whose ``default`` has its value from the settings."""
    values = {KeyKind.API: given.api_key, KeyKind.SERVER: given.server_key}
    return frozenset(kind for kind, value in values.items() if value)


def setting_of(key: Key, kinds: Collection[KeyKind]) -> str:
    """The setting that the value of a key comes from; empty where it was made by the server."""
    return SETTING_OF[key.kind] if key.kind in kinds and key.name == DEFAULT_KEY else ""


def refuse_given(key: Key, setting: str, verb: str) -> None:
    """Raise ``FailedPrecondition`` for what the next start would undo."""
    if setting:
        variable = f"MATSURI_{setting.upper()}"
        raise FailedPrecondition(
            f"{title_of(key)} cannot be {verb} here: its value comes from the setting {setting} "
            f"({variable}). Change it there and start the server again",
            details=[{"setting": setting, "variable": variable}],
        )


def refuse_own(key: Key, by: ConsoleCaller, verb: str) -> None:
    """Raise ``FailedPrecondition`` for a server key that would lock itself out."""
    if by.is_key and key.kind is KeyKind.SERVER and key.name == by.name:
        raise FailedPrecondition(
            f"{title_of(key)} cannot be {verb} with itself: use another server key, or sign in"
        )


def refuse_stronger(key: Key, by: ConsoleCaller, verb: str) -> None:
    """Raise ``PermissionDenied`` for a server key that may do what the caller may not.

    Its value would let the caller do that.
    """
    if key.kind is KeyKind.SERVER:
        missing = _beyond(key.permissions, by)
        if missing:
            raise PermissionDenied(
                f"{title_of(key)} may do what you may not, so it cannot be {verb} by you",
                details=[{"permission": each} for each in missing],
            )


def granted(
    wanted: Collection[str] | None,
    by: ConsoleCaller,
    *,
    before: frozenset[str] | None = frozenset(),
) -> frozenset[str] | None:
    """The permissions that a server key gets; ``None`` for everything.

    Nobody gives what they do not have; what the key could do ``before`` may stay. Raises
    ``InvalidArgument`` for a name that is none, and ``PermissionDenied``.
    """
    if wanted is None or set(wanted) == {EVERYTHING}:
        permissions = None
    else:
        unknown = sorted(set(wanted) - every_permission())
        if unknown:
            allowed = f"{EVERYTHING} alone, or some of {', '.join(sorted(every_permission()))}"
            raise invalid_field("permissions", f"{unknown[0]!r} is no permission", allowed)
        permissions = frozenset(wanted)
    if before is None:
        return permissions
    missing = [each for each in _beyond(permissions, by) if each not in before]
    if missing:
        raise PermissionDenied(
            "You cannot give a server key what you may not do yourself",
            details=[{"permission": each} for each in missing],
        )
    return permissions


def _beyond(permissions: frozenset[str] | None, by: ConsoleCaller) -> list[str]:
    wanted = every_permission() if permissions is None else permissions
    return sorted(wanted - caller_permissions(by))


def told_to(by: ConsoleCaller) -> tuple[str, ...]:
    """Who may know the value of a key that a caller is told: also who knows the caller's own."""
    return (by.label, *by.holders)


def title_of(key: Key) -> str:
    """A key in a sentence."""
    return f"{_TITLE_OF[key.kind]} {key.name!r}"


def missing_key(kind: KeyKind, ref: str) -> str:
    """What is said where there is no such key."""
    return f"{_TITLE_OF[kind]} {ref!r} not found"


def subject_kind(kind: KeyKind) -> str:
    """The kind of a key as the audit log names it."""
    return f"{kind.value}_key"


def audited(key: Key) -> dict[str, Any]:
    """What the audit log tells of a key: nothing of its values but their times."""
    told: dict[str, Any] = {
        "name": key.name,
        "description": key.description,
        "disabled": key.disabled_us is not None,
        "values": [
            {
                "create_time_sec": str(each.created_us // MICROSECONDS),
                **({} if each.ends_us is None else {"end_time_sec": _end_sec(each.ends_us)}),
            }
            for each in key.values
        ],
    }
    if key.permissions is not None:
        told["permissions"] = sorted(key.permissions)
    if key.sessions_ended_us:
        told["sessions_end_time_sec"] = str(key.sessions_ended_us // MICROSECONDS)
    return told


def _end_sec(ends_us: int) -> str:
    return str(ends_us // MICROSECONDS)
