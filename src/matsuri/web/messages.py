"""What the messages of every API have in common (wire contract, section 0)."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.kit.texts import as_texts
from matsuri.kit.timestamps import parse_timestamp

INT64_MAX = 2**63 - 1
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

# Names the schema to publish in place of one that also tells of what is forgiven.
USUAL = "x-usual"
USUAL_TEXT_MAP = {"type": "object", "additionalProperties": {"type": "string"}}

# A map of texts as clients send it: null, or an empty array, stand for an empty one.
TextMap = Annotated[
    dict[str, str | int | float | bool | None] | list[Any],
    Meta(
        description="Texts by key.",
        extra_json_schema={USUAL: USUAL_TEXT_MAP},
    ),
]


class Empty(msgspec.Struct, frozen=True):
    """Nothing, which is ``{}`` on the wire."""


EMPTY = Empty()


class ErrorMessage(msgspec.Struct, frozen=True):
    """What every answer other than 200 carries."""

    code: Annotated[int, Meta(description="The gRPC code.")]
    message: Annotated[str, Meta(description="One sentence for a person.")]
    details: Annotated[
        list[dict[str, Any]], Meta(description="Which field or item was wrong, one each.")
    ]


def texts(given: Mapping[str, Any] | list[Any] | None, *, field: str) -> dict[str, str]:
    """A ``TextMap`` as a mapping of texts; numbers and booleans become their JSON texts."""
    if not given:
        return {}
    if isinstance(given, list):
        raise invalid_field(field, "is an array", "an object of texts")
    try:
        return as_texts(given)
    except (ValueError, RecursionError):
        raise invalid_field(field, "has a value that is nested too deeply or no text") from None


def int64(given: str | float | None, *place: str | int) -> int:
    """An int64 that came as a text or a number; 0 for none.

    Raises ``InvalidArgument`` that names ``place``, such as ``"events", 3, "session_issued_at"``.
    """
    if given is None or given == "":
        return 0
    try:
        number = int(given)
        # Python also reads digits of other scripts, and underscores between digits.
        exact = given.isascii() and "_" not in given if isinstance(given, str) else number == given
    except (ValueError, OverflowError):
        exact, number = False, 0
    if not exact or not -INT64_MAX - 1 <= number <= INT64_MAX:
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
        raise invalid_field(
            field.removeprefix("."), "is no whole number", "an int64, as text or number"
        )
    return number


def moment_us(field: str, text: str) -> int | None:
    """The time in a query, in microseconds since the epoch; ``None`` for an empty text.

    A date is its beginning in UTC. Raises ``InvalidArgument`` for what is neither a date, nor RFC
    3339, nor a number of seconds.
    """
    if not text:
        return None
    if _DATE.fullmatch(text):
        text += "T00:00:00Z"
    is_number = text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()
    try:
        return parse_timestamp(float(text) if is_number else text)
    except ValueError as error:
        raise invalid_field(
            field, str(error), "RFC 3339, a date, or seconds since the epoch"
        ) from None
