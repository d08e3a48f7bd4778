"""Is this event acceptable? Pure: the taxonomy, the limits and the time are arguments."""

import re
from typing import Any

import msgspec

from matsuri.events.apply_validators import metadata_problem, value_problem
from matsuri.events.model import EVENT_ID_CHARS_MAX, RESERVED_PREFIX, Event, Reason
from matsuri.events.sent import NOTHING_KNOWN, TextsKnown
from matsuri.events.taxonomy import EventValidators, Taxonomy, ValueType
from matsuri.kit.numbers import parse_number
from matsuri.kit.texts import NOT_STORABLE, as_texts, is_storable

_ID_CHARS_MAX = 128
_UNDECLARED_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,127}", re.ASCII)


class EventLimits(msgspec.Struct, frozen=True):
    """How large an event may be, and how far in the future."""

    value_chars_max: int = 1024
    metadata_keys_max: int = 32
    metadata_bytes_max: int = 4096
    event_future_us_max: int = 300_000_000


class Rejection(msgspec.Struct, frozen=True):
    """Why an event was refused: one of the closed list, and a sentence for a person."""

    reason: Reason
    problem: str


def validate(  # noqa: PLR0913 # an event's fields, and what pure code must be given
    *,
    name: str,
    event_id: str,
    new_id: str,
    value: str | None,
    metadata: dict[str, Any] | None,
    timestamp_us: int | None,
    received_us: int,
    taxonomy: Taxonomy,
    limits: EventLimits,
    known: TextsKnown = NOTHING_KNOWN,
) -> Event | Rejection:
    """The event as it will be kept, or why it is refused.

    ``new_id`` is taken where the producer gave no id; an empty value is no value. Metadata values
    that are not texts become the JSON text of what they are, nulls are left out. A time further
    in the future than ``limits.event_future_us_max`` becomes the receive time; any past time is
    kept. ``known`` spares a look at texts of which the request as a whole tells enough.
    """
    kind = taxonomy.events.get(name)
    if kind is None or name[:1] == RESERVED_PREFIX:
        rejection = _undeclared(name, taxonomy)
        if rejection is not None:
            return rejection
        kind = ValueType.ANY
    if event_id and (len(event_id) > EVENT_ID_CHARS_MAX or not _storable(event_id, known)):
        return Rejection(
            Reason.INVALID_ID,
            f"Event id must be at most {EVENT_ID_CHARS_MAX} characters, without {NOT_STORABLE}",
        )
    if value:
        rejection = _check_value(name, value, kind, limits, known)
        if rejection is not None:
            return rejection
    texts = None
    if metadata:
        checked = _check_metadata(metadata, limits, known)
        if isinstance(checked, Rejection):
            return checked
        texts = checked or None
    if timestamp_us is None or timestamp_us > received_us + limits.event_future_us_max:
        timestamp_us = received_us
    event = Event(
        id=event_id or new_id,
        name=name,
        timestamp_us=timestamp_us,
        value=value or None,
        metadata=texts,
        id_given=bool(event_id),
    )
    if name in taxonomy.validators:
        return _apply(taxonomy.validators[name], event, kind)
    return event


def check_session_id(session_id: str) -> Rejection | None:
    """Whether the session that a server event names can be one; empty names none."""
    if not session_id or (len(session_id) <= _ID_CHARS_MAX and is_storable(session_id)):
        return None
    return Rejection(
        Reason.INVALID_ID,
        f"Session id must be at most {_ID_CHARS_MAX} characters, without {NOT_STORABLE}",
    )


def no_identity(identity_id: str) -> Rejection:
    """What is said of a server event whose identity id can name nobody."""
    shown = identity_id[:_ID_CHARS_MAX]
    return Rejection(Reason.INVALID_ID, f"Identity id {shown!r} cannot name an identity")


def _undeclared(name: str, taxonomy: Taxonomy) -> Rejection | None:
    if name.startswith(RESERVED_PREFIX):
        return Rejection(
            Reason.INVALID_NAME, f"Event name {name[:128]!r} is reserved for the server"
        )
    if not taxonomy.accept_undeclared:
        what = f"Event name {name[:128]!r} is not declared in the taxonomy"
        return Rejection(Reason.INVALID_NAME, what if name else "Event name is missing")
    if not _UNDECLARED_NAME.fullmatch(name):
        return Rejection(
            Reason.INVALID_NAME,
            "Event name must be 1 to 128 of A-Z a-z 0-9 _ . : - and begin with a letter",
        )
    return None


def _check_value(
    name: str, value: str, kind: ValueType, limits: EventLimits, known: TextsKnown
) -> Rejection | None:
    if len(value) > limits.value_chars_max:
        return Rejection(
            Reason.VALUE_LENGTH_EXCEEDED,
            f"Event value has {len(value)} characters, at most {limits.value_chars_max} are kept",
        )
    if not _storable(value, known):
        return Rejection(Reason.INVALID_VALUE, f"Event value must not contain {NOT_STORABLE}")
    if kind is ValueType.NUMERIC and parse_number(value) is None:
        return Rejection(
            Reason.INVALID_VALUE,
            f"Event {name} takes a number as value, with at most 18 digits before the point",
        )
    return None


def _check_metadata(
    metadata: dict[str, Any], limits: EventLimits, known: TextsKnown
) -> dict[str, str] | Rejection:
    if (
        known.storable
        and known.bytes_max <= limits.metadata_bytes_max
        and len(metadata) <= limits.metadata_keys_max
    ):
        return metadata
    try:
        # Texts alone are by far the commonest; joined, one look is enough for all of them.
        joined = "".join(metadata) + "".join(metadata.values())
        texts = dict(metadata)
    except TypeError:
        try:
            texts = as_texts(metadata)
        except (TypeError, ValueError, RecursionError):
            return Rejection(Reason.INVALID_METADATA, "Event metadata must be made of JSON values")
        joined = "".join(texts) + "".join(texts.values())
    if not is_storable(joined):
        return Rejection(Reason.INVALID_METADATA, f"Event metadata must not contain {NOT_STORABLE}")
    if len(texts) > limits.metadata_keys_max:
        return Rejection(
            Reason.METADATA_SIZE_EXCEEDED,
            f"Event metadata has {len(texts)} keys, at most {limits.metadata_keys_max} are kept",
        )
    size = len(joined) if joined.isascii() else len(joined.encode())
    if size > limits.metadata_bytes_max:
        return Rejection(
            Reason.METADATA_SIZE_EXCEEDED,
            f"Event metadata has {size} bytes, at most {limits.metadata_bytes_max} are kept",
        )
    return texts


def _apply(validators: EventValidators, event: Event, kind: ValueType) -> Event | Rejection:
    if event.value and validators.value_name:
        numeric = kind is ValueType.NUMERIC
        problem = value_problem(validators.value, event.value, numeric=numeric)
        if problem:
            return Rejection(
                Reason.INVALID_VALUE,
                f"Event {event.name}, value: {problem} (validator {validators.value_name})",
            )
    if validators.metadata_name:
        problem = metadata_problem(validators.metadata, event.metadata or {})
        if problem:
            return Rejection(
                Reason.INVALID_METADATA,
                f"Event {event.name}, metadata{problem} (validator {validators.metadata_name})",
            )
    return event


def _storable(text: str, known: TextsKnown) -> bool:
    return known.storable or is_storable(text)
