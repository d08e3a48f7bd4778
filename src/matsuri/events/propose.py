"""What could an undeclared event be? Inferred from events that were sent. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from matsuri.events.sent import SentEvent
from matsuri.events.taxonomy import ValueType
from matsuri.kit.numbers import parse_number
from matsuri.kit.texts import as_texts

# So many events at least must tell the values of a key before they are taken to be all there are.
_ENUM_EVENTS_MIN = 20
_ENUM_VALUES_MAX = 8
_ENUM_CHARS_MAX = 64
_SAMPLES_MAX = 10
_KEYS_MAX = 100
_KEY_CHARS_MAX = 128
_VALIDATOR_NAME_CHARS_MAX = 64
_VALIDATOR_SUFFIX = "-metadata"

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_BOOLEANS = frozenset({"true", "false"})


class Proposal(msgspec.Struct, frozen=True):
    """A definition that accepts every one of the ``events`` it was inferred from.

    ``metadata_schema`` is a JSON Schema of the metadata, ``None`` where none of them had any.
    ``sample_values`` are the commonest values.
    """

    value_type: ValueType
    metadata_schema: dict[str, Any] | None
    events: int
    sample_values: list[str]


def propose(events: Iterable[SentEvent]) -> Proposal:
    """The definition that these events of one name suggest."""
    events = list(events)
    values = Counter(event.value for event in events if event.value)
    metadata = [as_texts(event.metadata or {}) for event in events]
    return Proposal(
        value_type=_value_type(values),
        metadata_schema=_metadata_schema(metadata) if any(metadata) else None,
        events=len(events),
        sample_values=[value for value, _ in values.most_common(_SAMPLES_MAX)],
    )


def validator_name(event_name: str) -> str:
    """A name for the validator of an event's metadata."""
    begin = event_name.replace(":", "-")[: _VALIDATOR_NAME_CHARS_MAX - len(_VALIDATOR_SUFFIX)]
    return begin + _VALIDATOR_SUFFIX


def _value_type(values: Mapping[str, int]) -> ValueType:
    numeric = sum(parse_number(value) is not None for value in values)
    if values and numeric == len(values):
        return ValueType.NUMERIC
    # Numbers among texts, or no value at all: nothing can be said.
    return ValueType.STRING if values and not numeric else ValueType.ANY


def _metadata_schema(metadata: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    seen: dict[str, Counter[str]] = {}
    for texts in metadata:
        for key, text in texts.items():
            # Keys that differ from event to event are none that a schema could name.
            if key in seen or (len(seen) < _KEYS_MAX and len(key) <= _KEY_CHARS_MAX):
                seen.setdefault(key, Counter())[text] += 1
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key: _text_schema(seen[key]) for key in sorted(seen)},
        "additionalProperties": True,
    }
    always = sorted(key for key, texts in seen.items() if texts.total() == len(metadata))
    if always:
        schema["required"] = always
    return schema


def _text_schema(texts: Counter[str]) -> dict[str, Any]:
    """The schema of the texts of one key."""
    if _BOOLEANS.issuperset(texts):
        return {"type": "boolean"}
    if all(map(_INTEGER.fullmatch, texts)):
        return {"type": "integer"}
    if all(map(_NUMBER.fullmatch, texts)):
        return {"type": "number"}
    few = len(texts) <= _ENUM_VALUES_MAX and max(map(len, texts)) <= _ENUM_CHARS_MAX
    if few and texts.total() >= _ENUM_EVENTS_MIN and len(texts) * 4 <= texts.total():
        return {"type": "string", "enum": sorted(texts)}
    return {"type": "string"}
