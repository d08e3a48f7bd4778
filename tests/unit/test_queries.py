"""Query strings: which fields take many values."""

from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from matsuri.errors import InvalidArgument
from matsuri.web.queries import query_decoder


class Wanted(msgspec.Struct, kw_only=True):
    plain: list[str] = []
    described: Annotated[list[str], Meta(description="Names.")] = []
    optional: Annotated[list[str] | None, Meta(description="Names.")] = None
    one: Annotated[str, Meta(description="A name.")] = ""


@pytest.mark.parametrize("name", ["plain", "described", "optional"])
def test_a_list_takes_every_value_given(name: str) -> None:
    wanted = query_decoder(Wanted)(f"{name}=a&{name}=b".encode())
    assert getattr(wanted, name) == ["a", "b"]


def test_what_is_no_list_takes_one() -> None:
    with pytest.raises(InvalidArgument, match="given twice"):
        query_decoder(Wanted)(b"one=a&one=b")


class Runs(msgspec.Struct, frozen=True):
    past_run_count: int = 0
    names: list[str] = []


@pytest.mark.parametrize("name", ["past_run_count", "pastRunCount"])
def test_names_as_in_protobufs_json(name: str) -> None:
    assert query_decoder(Runs)(f"{name}=3".encode()) == Runs(past_run_count=3)


def test_both_names_of_a_parameter_are_one() -> None:
    with pytest.raises(InvalidArgument, match="past_run_count: is given twice"):
        query_decoder(Runs)(b"past_run_count=1&pastRunCount=2")
