"""Who may do what with which user. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from matsuri.console.model import ConsoleCaller, User
from matsuri.console.permissions import caller_permissions, every_permission, user_permissions
from matsuri.errors import FailedPrecondition, PermissionDenied, invalid_field

EMAIL_CHARS_MAX = 320
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def checked_email(text: str) -> str:
    """An e-mail address as it is stored; raises ``InvalidArgument`` where it is none."""
    email = text.strip().lower()
    if not email:
        raise invalid_field("email", "is missing")
    if len(email) > EMAIL_CHARS_MAX:
        raise invalid_field("email", "is too long", f"at most {EMAIL_CHARS_MAX} characters")
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise invalid_field("email", "is no e-mail address", "name@example.com")
    return email


def checked_permissions(field: str, names: Sequence[str]) -> frozenset[str]:
    """Names of permissions; raises ``InvalidArgument`` for one that there is not."""
    for number, name in enumerate(names):
        if name not in every_permission():
            raise invalid_field(
                f"{field}[{number}]", "is no permission", "such as flag:write; see the roles"
            )
    return frozenset(names)


def permissions_of(user: User) -> frozenset[str]:
    """All that a user may do, when signed in."""
    return user_permissions(user.role, user.granted, user.taken)


def check_not_above(caller: ConsoleCaller, user: User) -> None:
    """Raise ``PermissionDenied`` for a user who may do, or will, what the caller may not.

    Who could change such a user could become them.
    """
    lacking = sorted(permissions_of(user) - caller_permissions(caller))
    if lacking:
        raise PermissionDenied(
            f"{user.email} has permissions that you have not, and nobody gives, or takes, more "
            "than they have",
            details=[{"permission": name} for name in lacking],
        )


def check_not_oneself(caller: ConsoleCaller, user: User, instead: str) -> None:
    """Raise ``FailedPrecondition`` for what people do to themselves in another way."""
    if caller.user_id == user.id:
        raise FailedPrecondition(f"This is for other users; for yourself, use {instead}")


def check_password_is_ours(user: User, given_email: str) -> None:
    """Raise ``FailedPrecondition`` for the user whose password comes from the settings.

    ``given_email`` is that user's, empty for none: each start would undo the change.
    """
    if given_email and user.email == given_email:
        raise FailedPrecondition(
            f"The password of {user.email} comes from the setting admin_password "
            "(MATSURI_ADMIN_PASSWORD). Change it there and start the server again",
            details=[{"setting": "admin_password", "variable": "MATSURI_ADMIN_PASSWORD"}],
        )


def is_administrator(user: User) -> bool:
    """Whether a user can sign in and do everything."""
    return not user.disabled and permissions_of(user) == every_permission()


def check_administrator_left(before: Iterable[User], after: Iterable[User]) -> None:
    """Raise ``FailedPrecondition`` where no administrator is left of those who were."""
    if any(map(is_administrator, before)) and not any(map(is_administrator, after)):
        raise FailedPrecondition(
            "This is the last user who may do everything: make somebody else an administrator first"
        )


def audited_user(user: User) -> dict[str, Any]:
    """What the audit log tells of a user."""
    return {
        "email": user.email,
        "role": user.role.value,
        "granted": sorted(user.granted),
        "taken": sorted(user.taken),
        "disabled": user.disabled,
    }
