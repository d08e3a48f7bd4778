"""Columns of files become fields of events and identities. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from matsuri.events.model import RESERVED_PREFIX
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.numbers import format_number
from matsuri.kit.texts import is_storable
from matsuri.kit.timestamps import format_timestamp, microseconds, parse_timestamp
from matsuri.transfer.rows import INVALID_FIELD, Refusal

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)

EVENT_TEXTS = ("name", "id", "identity_id", "session_id")
EVENT_SECONDS = ("session_issued_at", "session_expires_at")
EVENT_FIELDS = frozenset({*EVENT_TEXTS, *EVENT_SECONDS, "value", "metadata", "timestamp"})
EVENT_GROUPS = frozenset({"metadata"})
IDENTITY_FIELDS = frozenset({"id", "default", "custom", "create_time"})
IDENTITY_GROUPS = frozenset({"default", "custom"})
_OTHER_NAMES = {
    "identityId": "identity_id",
    "sessionId": "session_id",
    "sessionIssuedAt": "session_issued_at",
    "sessionExpiresAt": "session_expires_at",
    "createTime": "create_time",
    "create_time_sec": "create_time",
}


# JSON objects may have other names in every row; so many are remembered.
COLUMNS_KNOWN_MAX = 1000


class _Problem(Exception):
    """A value that cannot be what its field takes."""


class FieldMap:
    """Which column is which field.

    A column goes to the field of its name, ``metadata.x`` and the like included, unless ``given``
    (column to field) says otherwise. Raises ``ValueError`` for a field that there is not.
    """

    def __init__(
        self, fields: frozenset[str], groups: frozenset[str], given: Mapping[str, str]
    ) -> None:
        self._fields = fields
        self._groups = groups
        self._given = dict(given)
        self._taken = frozenset(given.values())
        self._known: dict[str, str | None] = {}
        for field in given.values():
            if self._named(field) != field:
                allowed = sorted(fields) + [f"{group}.<name>" for group in sorted(groups)]
                raise ValueError(f"{field} is no field; there are {', '.join(allowed)}")

    def place(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a row by field."""
        placed: dict[str, Any] = {}
        for column, value in fields.items():
            field = self._known[column] if column in self._known else self._field_of(column)
            if len(self._known) < COLUMNS_KNOWN_MAX:
                self._known[column] = field
            if field is not None and value is not None:
                placed[field] = value
        return placed

    def ignored(self) -> list[str]:
        """The columns, of the rows placed so far, that are no field; of very many, the first."""
        return sorted(column for column, field in self._known.items() if field is None)

    def _field_of(self, column: str) -> str | None:
        if column in self._given:
            return self._given[column]
        field = self._named(_OTHER_NAMES.get(column, column))
        return None if field in self._taken else field

    def _named(self, name: str) -> str | None:
        group, dot, rest = name.partition(".")
        known = name in self._fields or (bool(dot) and bool(rest) and group in self._groups)
        return name if known else None


def event_map(given: Mapping[str, str]) -> FieldMap:
    """The map of events; raises ``ValueError``."""
    return FieldMap(EVENT_FIELDS, EVENT_GROUPS, given)


def identity_map(given: Mapping[str, str]) -> FieldMap:
    """The map of identities; raises ``ValueError``."""
    return FieldMap(IDENTITY_FIELDS, IDENTITY_GROUPS, given)


def event_of(placed: Mapping[str, Any], *, derived_id: str) -> dict[str, Any] | Refusal | None:
    """The event to send, ``None`` for one of the server's own, or why there is none.

    ``derived_id`` is taken where the row has no id.
    """
    try:
        event: dict[str, Any] = {name: _text(placed, name) for name in EVENT_TEXTS}
        if event["name"].startswith(RESERVED_PREFIX):
            return None
        event["id"] = event["id"] or derived_id
        event["value"] = _text(placed, "value")
        event["metadata"] = _texts(placed, "metadata")
        moment_us = _moment_us(placed, "timestamp")
        if moment_us is not None:
            event["timestamp"] = format_timestamp(moment_us)
        for name in EVENT_SECONDS:
            event[name] = (_moment_us(placed, name) or 0) // MICROSECONDS
    except _Problem as problem:
        return Refusal(INVALID_FIELD, str(problem))
    return {name: value for name, value in event.items() if value or name == "name"}


def identity_of(placed: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """The identity to send, or why there is none."""
    try:
        identity: dict[str, Any] = {
            "id": _text(placed, "id"),
            "default": _texts(placed, "default"),
            "custom": _texts(placed, "custom"),
        }
        created_us = _moment_us(placed, "create_time")
        if created_us is not None:
            identity["create_time"] = format_timestamp(created_us)
    except _Problem as problem:
        return Refusal(INVALID_FIELD, str(problem))
    return identity


def parse_maps(given: Iterable[str]) -> dict[str, str]:
    """``column=field`` texts; raises ``ValueError``."""
    maps: dict[str, str] = {}
    for text in given:
        column, equals, field = text.rpartition("=")
        if not equals or not column or not field:
            raise ValueError(f"{text!r} is not column=field")
        if column in maps or field in maps.values():
            raise ValueError(f"{text!r}: each column and each field can be mapped once")
        maps[column] = field
    return maps


def _text(placed: Mapping[str, Any], field: str) -> str:
    value = placed.get(field)
    return "" if value is None else _as_text(field, value)


def _as_text(field: str, value: Any) -> str:
    text = value
    if isinstance(value, datetime):
        text = format_timestamp(microseconds(value))
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, Decimal) and value.is_finite():
        text = format_number(value)
    elif isinstance(value, bytes | bytearray | memoryview):
        raise _Problem(f"{field} has bytes, not a text")
    elif isinstance(value, float | Decimal) and not math.isfinite(value):
        # JSON has no such numbers: it would become the text null.
        raise _Problem(f"{field} is {value}, which is no number")
    elif not isinstance(value, str):
        try:
            # UUIDs and the like come as JSON texts, which have quotes around them.
            text = msgspec.json.encode(value, order="deterministic").decode().strip('"')
        except (TypeError, ValueError, RecursionError) as error:
            raise _Problem(f"{field} can be no text: {error}") from None
    if not is_storable(text):
        raise _Problem(f"{field} has NUL characters or lone surrogates")
    return str(text)


def _texts(placed: Mapping[str, Any], group: str) -> dict[str, str]:
    """An object of texts, from one column and from those named ``group.x``."""
    given = placed.get(group)
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given) if given.strip() else {}
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise _Problem(f"{group} is no JSON: {error}") from None
    if given is not None and not isinstance(given, Mapping):
        raise _Problem(f"{group} is no JSON object")
    prefix = f"{group}."
    values = {str(name): value for name, value in (given or {}).items()}
    values |= {
        field.removeprefix(prefix): value
        for field, value in placed.items()
        if field.startswith(prefix)
    }
    return {
        name: _as_text(f"{prefix}{name}", value)
        for name, value in values.items()
        if value is not None
    }


def _moment_us(placed: Mapping[str, Any], field: str) -> int | None:
    value = placed.get(field)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, datetime):
            return microseconds(value if value.tzinfo else value.replace(tzinfo=UTC))
        if isinstance(value, date):
            return parse_timestamp(f"{value.isoformat()}T00:00:00Z")
        if isinstance(value, Decimal):
            value = float(value)
        if isinstance(value, str):
            return parse_timestamp(value.strip() if (number := _number(value)) is None else number)
        if isinstance(value, int | float):
            return parse_timestamp(value)
    except (ValueError, OverflowError) as error:
        raise _Problem(f"{field} is no time: {error}") from None
    raise _Problem(f"{field} is no time")


def _number(text: str) -> float | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)
