"""Console users, API keys and server keys."""

import re
from enum import StrEnum

import msgspec

# The name travels in token claims, where some clients read no other characters.
KEY_NAME_ALLOWED = "1 to 64 characters of A-Z, a-z, 0-9, space and _ . -"
_KEY_NAME = re.compile(r"[A-Za-z0-9_.-](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?", re.ASCII)


DEFAULT_KEY = "default"
"""The name of the keys that a server makes at its first start, or is given by its settings."""


class KeyKind(StrEnum):
    """What a key opens: API keys are for games, server keys for the console API."""

    API = "api"
    SERVER = "server"


class Role(StrEnum):
    """What a console user may do, in Satori's words."""

    ADMIN = "admin"
    DEBUGGER = "debugger"
    DEVELOPER = "developer"
    GAME_DESIGNER = "game_designer"
    SUPPORT = "support"


class KeyValue(msgspec.Struct, frozen=True):
    """One value of a key, as its digest. Times in microseconds since the epoch.

    ``ends_us`` tells until when a value works that another one has replaced; ``None`` for the
    present one. ``told_to`` are all who may know it: who made it, and, where that was a server key,
    who knew that one's. As ``user:`` or ``server_key:`` with a name.
    """

    digest: bytes
    created_us: int
    ends_us: int | None = None
    told_to: tuple[str, ...] = ()


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as stored, its values only as digests. Times in microseconds since the epoch.

    ``permissions`` is ``None`` where a server key may do everything, and for API keys.
    ``disabled_us`` and ``deleted_us`` tell since when it is so, if it is; what is deleted has no
    values and keeps its name for good. Sessions of players that were opened with the key by
    ``sessions_ended_us`` are over; 0 where none were ended. ``created_by`` is ``user:`` or
    ``server_key:`` with a name, or ``system``.
    """

    id: int
    kind: KeyKind
    name: str
    description: str
    created_by: str
    created_us: int
    values: tuple[KeyValue, ...]
    permissions: frozenset[str] | None = None
    disabled_us: int | None = None
    deleted_us: int | None = None
    sessions_ended_us: int = 0
    last_used_us: int | None = None

    @property
    def opens(self) -> bool:
        """Whether its values open anything now."""
        return self.disabled_us is None and self.deleted_us is None

    @property
    def value(self) -> KeyValue | None:
        """The present value; ``None`` where the key is deleted."""
        return next((each for each in self.values if each.ends_us is None), None)

    @property
    def holders(self) -> tuple[str, ...]:
        """Who may know a value of it, in the words of ``created_by``."""
        return tuple(sorted({name for each in self.values for name in each.told_to}))

    def grace_end_us(self, now_us: int) -> int | None:
        """Until when an earlier value works beside the present one; ``None`` if none does."""
        ends = (each.ends_us for each in self.values if each.ends_us is not None)
        latest = max(ends, default=0)
        return latest if latest > now_us else None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with access to the console. Times in microseconds since the epoch.

    ``granted`` and ``taken`` are permissions that the user has beyond the role, or has not in spite
    of it. ``password_hash`` is empty for who has no password. A password that is to be replaced at
    the next sign-in opens nothing after ``one_time_until_us``. ``totp_since_us`` tells since when
    there is a second factor.
    """

    id: int
    email: str
    password_hash: str
    role: Role
    created_us: int
    granted: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    disabled: bool = False
    one_time_until_us: int | None = None
    totp_since_us: int | None = None
    signed_in_us: int | None = None


class SignInMethod(StrEnum):
    """How a user proved who they are."""

    PASSWORD = "password"  # noqa: S105 # the name of a method, not one
    TOTP = "password+totp"
    RECOVERY_CODE = "password+recovery_code"
    OIDC = "oidc"
    # The provider has told that there was a second factor.
    OIDC_TRUSTED = "oidc+mfa"
    OIDC_TOTP = "oidc+totp"

    @property
    def has_second_factor(self) -> bool:
        """Whether a second factor was proven."""
        return self not in {SignInMethod.PASSWORD, SignInMethod.OIDC}

    @property
    def with_totp(self) -> "SignInMethod":
        """The method once a code of an app was proven, too."""
        after = {
            SignInMethod.PASSWORD: SignInMethod.TOTP,
            SignInMethod.RECOVERY_CODE: SignInMethod.TOTP,
            SignInMethod.OIDC: SignInMethod.OIDC_TOTP,
        }
        return after.get(self, self)

    @property
    def without_totp(self) -> "SignInMethod":
        """The method once there is no second factor of ours any more."""
        after = {
            SignInMethod.TOTP: SignInMethod.PASSWORD,
            SignInMethod.RECOVERY_CODE: SignInMethod.PASSWORD,
            SignInMethod.OIDC_TOTP: SignInMethod.OIDC,
        }
        return after.get(self, self)


class ConsoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """A user signed in at one place. Times in microseconds since the epoch.

    ``seen_us`` is when it was used last, to the minute or so.
    """

    id: str
    user_id: int
    method: SignInMethod
    created_us: int
    seen_us: int
    expires_us: int
    address: str
    user_agent: str


class ConsoleCaller(msgspec.Struct, frozen=True):
    """Who calls the console API: a user by e-mail, or a server key by name.

    ``permissions`` are the names of all that the caller may do, such as ``flag:write``; ``None``
    leaves it to the role, and lets a key do everything. ``user_id`` and ``session_id`` are those of
    a signed-in user. ``holders`` are who may know the value of a key (``Key.holders``).
    """

    name: str
    role: Role | None
    is_key: bool
    permissions: frozenset[str] | None = None
    user_id: int | None = None
    session_id: str = ""
    holders: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """``user:`` or ``server_key:`` with the name."""
        return f"{'server_key' if self.is_key else 'user'}:{self.name}"


def is_key_name(text: str) -> bool:
    """Whether ``text`` can name a key."""
    return bool(_KEY_NAME.fullmatch(text))
