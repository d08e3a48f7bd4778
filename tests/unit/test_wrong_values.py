"""What callers are told of bodies that cannot be decoded."""

from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec
import pytest

from matsuri.errors import InvalidArgument
from matsuri.web.bodies import decode


class Key(StrEnum):
    ID = "ID"
    PHASE = "PHASE"


class Channel(IntEnum):
    PUSH = 1
    EMAIL = 2


class Part(msgspec.Struct):
    name: str
    key: Key | None = None
    by_name: dict[str, Key] = {}


class Request(msgspec.Struct):
    parts: Annotated[list[Part], msgspec.Meta(max_length=3)] | None = None
    channel: Channel = Channel.PUSH
    limit: int = msgspec.field(name="page.limit", default=1)


DECODER = msgspec.json.Decoder(Request)
KEYS = "ID, PHASE"


@pytest.mark.parametrize(
    ("body", "field", "problem", "allowed"),
    [
        ('{"parts": [{}]}', "parts[0].name", "is missing", ""),
        ('{"parts": [{"name": "a", "key": "id"}]}', "parts[0].key", "cannot be 'id'", KEYS),
        (
            '{"parts": [{"name": "a", "by_name": {"x": ""}}]}',
            "parts[0].by_name[...]",
            "cannot be ''",
            KEYS,
        ),
        ('{"channel": 7}', "channel", "cannot be 7", "1, 2"),
        ('{"parts": [{"name": 5}]}', "parts[0].name", "Expected `str`, got `int`", ""),
        ('{"page.limit": "x"}', "page.limit", "Expected `int`, got `str`", ""),
        ("[]", "", "Expected `object`, got `array`", ""),
    ],
)
def test_the_field_the_problem_and_what_is_allowed(
    body: str, field: str, problem: str, allowed: str
) -> None:
    with pytest.raises(InvalidArgument) as refused:
        decode(DECODER, body.encode())
    detail = {"field": field, "problem": problem}
    assert refused.value.details == [{**detail, "allowed": allowed} if allowed else detail]


def test_what_is_missing_at_the_top_is_named_alone() -> None:
    with pytest.raises(InvalidArgument, match=r"^name: is missing$"):
        decode(msgspec.json.Decoder(Part), b"")


def test_of_a_long_value_the_beginning_is_shown() -> None:
    body = b'{"name": "a", "key": "' + b"x" * 100_000 + b'"}'
    with pytest.raises(InvalidArgument) as refused:
        decode(msgspec.json.Decoder(Part), body)
    assert len(str(refused.value)) < 200
