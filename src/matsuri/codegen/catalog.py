"""The definitions that code is made of, as the console API tells them. Pure."""

import hashlib
from typing import Any

import msgspec

from matsuri.errors import MatsuriError

_DIGEST_CHARS = 16
_RESERVED_PREFIX = "_"


class CatalogUnreadable(MatsuriError):
    """A file holds no definitions."""


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value that a flag may have, as it goes on the wire; ``None`` where it stays as it was."""

    value: str | None = None


class Change(Value, frozen=True, omit_defaults=True):
    """A scheduled change of a flag."""

    variants: list[Value] | None = None


class Flag(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A flag with all values that it may have."""

    name: str
    description: str = ""
    value: str = ""
    validator: str = ""
    variants: list[Value] = []
    schedule: list[Change] = []

    def values(self) -> list[str]:
        """All of them, the default first."""
        found: list[Value] = [Value(self.value), *self.variants]
        for change in self.schedule:
            found += [change, *(change.variants or [])]
        return [each.value for each in found if each.value is not None]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that games may send."""

    name: str
    description: str = ""
    value_type: str = "any"
    value_validator: str = ""
    metadata_validator: str = ""
    pack: str = ""


class Property(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A property of players; ``core`` for default ones."""

    name: str
    description: str = ""
    value_type: str = "string"
    core: bool = False


class Validator(msgspec.Struct, frozen=True, kw_only=True):
    """A named JSON Schema."""

    name: str
    schema: dict[str, Any] | bool


class Named(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A definition of which code has the name only: an experiment, a live event."""

    name: str
    description: str = ""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """All definitions, each list as the console API answers it."""

    flags: list[Flag] = []
    events: list[Event] = []
    properties: list[Property] = []
    validators: list[Validator] = []
    experiments: list[Named] = []
    live_events: list[Named] = []


def decode_catalog(text: bytes) -> Catalog:
    """The catalog of a file, in the one form that code is made of; raises ``CatalogUnreadable``."""
    try:
        return tidied(msgspec.json.decode(text, type=Catalog))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CatalogUnreadable(f"these are no definitions: {error}") from None


def encode_catalog(catalog: Catalog) -> bytes:
    """What ``decode_catalog`` reads, for people and version control."""
    plain = msgspec.json.encode(catalog, order="deterministic")
    return msgspec.json.format(plain, indent=2) + b"\n"


def tidied(catalog: Catalog) -> Catalog:
    """The same without what games do not send, by name, each name once.

    Left out are reserved events, packs (their events are sent by servers) and default properties.
    """
    return Catalog(
        flags=_by_name(catalog.flags),
        events=_by_name(
            each
            for each in catalog.events
            if not each.pack and not each.name.startswith(_RESERVED_PREFIX)
        ),
        properties=_by_name(each for each in catalog.properties if not each.core),
        validators=_by_name(catalog.validators),
        experiments=_by_name(catalog.experiments),
        live_events=_by_name(catalog.live_events),
    )


def _by_name(definitions: Any) -> list[Any]:
    found = {each.name: each for each in definitions}
    return [found[name] for name in sorted(found)]


def version_of(catalog: Catalog) -> str:
    """A digest of the definitions: the same for the same ones, on whatever server they are."""
    return hashlib.sha256(encode_catalog(catalog)).hexdigest()[:_DIGEST_CHARS]
