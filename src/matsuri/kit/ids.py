"""Identifiers and secrets."""

import hashlib
import secrets
import uuid

import uuid_utils


def new_id() -> str:
    """A UUIDv7 as text: unique, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())


def derived_id(scope: str, name: str) -> str:
    """The same UUID for the same ``scope`` and ``name``, always; others have others (UUIDv5)."""
    # The length keeps ("a:b", "c") apart from ("a", "b:c").
    text = f"matsuri:{len(scope)}:{scope}:{name}".encode("utf-8", "surrogatepass")
    digest = hashlib.sha1(uuid.NAMESPACE_OID.bytes + text, usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def new_key() -> str:
    """A random UUIDv4 as text: the form of API keys and server keys (122 random bits)."""
    return str(uuid.uuid4())


def new_secret() -> str:
    """A random URL-safe secret of 256 bits."""
    return secrets.token_urlsafe(32)


def secret_digest(secret: str) -> bytes:
    """The SHA-256 digest under which a random secret is stored.

    Right for secrets with at least 122 random bits; passwords need a slow hash instead.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
