"""Console users, API keys and server keys."""

import re
from enum import StrEnum

import msgspec

# The name travels in token claims, where some clients read no other characters.
KEY_NAME_ALLOWED = "1 to 64 characters of A-Z, a-z, 0-9, space and _ . -"
_KEY_NAME = re.compile(r"[A-Za-z0-9_.-](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?", re.ASCII)


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


class Key(msgspec.Struct, frozen=True):
    """A key as stored: its value only as a digest. Times in microseconds since the epoch."""

    id: int
    kind: KeyKind
    name: str
    digest: bytes
    created_us: int


class User(msgspec.Struct, frozen=True):
    """A person with access to the console."""

    id: int
    email: str
    password_hash: str
    role: Role
    created_us: int


class ConsoleCaller(msgspec.Struct, frozen=True):
    """Who calls the console API: a user by e-mail, or a server key by name."""

    name: str
    role: Role | None
    is_key: bool


def is_key_name(text: str) -> bool:
    """Whether ``text`` can name a key."""
    return bool(_KEY_NAME.fullmatch(text))
