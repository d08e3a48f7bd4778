"""The chain of the audit log: every entry is sealed with a digest over itself and the one before.

Whoever changes or takes out an entry in the file has to seal all that follow anew, and then the
newest digest is not the one that somebody may have written down elsewhere. What names a player is
in the digest only by a salted digest of its own, so that it can be emptied, salt and all, and the
chain still holds. Pure.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

_SALT_BYTES = 16
# Emptied when a player is erased.
_TOLD = ("subject_id", "subject_name", "note", "before", "after")
_LASTING = (
    "at_us",
    "actor",
    "actor_is_key",
    "action",
    "subject_kind",
    "revision",
    "address",
    "user_agent",
    "request_id",
    "operation",
    "outcome",
    "status",
    "message",
    "calls",
)


class Sealed(NamedTuple):
    """What is stored with an entry to keep it as it is."""

    salt: bytes
    told_digest: bytes
    digest: bytes


class Link(NamedTuple):
    """An entry as it is stored, by column."""

    number: int
    values: Mapping[str, Any]
    erased: bool


class Chain(NamedTuple):
    """How far entries were followed: the newest of them, its digest, and how many there were.

    ``broken_at`` is the number of the first that is not as it was noted, or does not follow the
    one before it; 0 if all are.
    """

    number: int = 0
    digest: bytes = b""
    entries: int = 0
    broken_at: int = 0


def seal(previous: bytes, values: Mapping[str, Any]) -> Sealed:
    """The seal of an entry that follows the one with the digest ``previous``."""
    salt = secrets.token_bytes(_SALT_BYTES)
    told = _told_digest(salt, values)
    return Sealed(salt, told, _digest(previous, told, values))


def followed(chain: Chain, links: Iterable[Link]) -> Chain:
    """The chain with the entries after it, until the first that is broken."""
    for number, values, erased in links:
        digest = values["digest"]
        # Entries that are older than the chain have no seals; after it there are none of these.
        if digest or chain.digest:
            told = values["told_digest"]
            as_told = erased or told == _told_digest(values["salt"], values)
            if not as_told or digest != _digest(chain.digest, told, values):
                return chain._replace(broken_at=number)
        chain = Chain(number, digest, chain.entries + 1)
    return chain


def _told_digest(salt: bytes, values: Mapping[str, Any]) -> bytes:
    return _hashed(salt, [values[name] for name in _TOLD])


def _digest(previous: bytes, told: bytes, values: Mapping[str, Any]) -> bytes:
    return _hashed(previous + told, [values[name] for name in _LASTING])


def _hashed(begin: bytes, values: list[Any]) -> bytes:
    return hashlib.sha256(begin + msgspec.json.encode(values)).digest()
