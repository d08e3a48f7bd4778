"""What OpenFeature is told where experiments and live events set values."""

import json
from typing import Any

import pytest

from matsuri.definitions.model import Definition
from matsuri.events.schemas import Schemas
from matsuri.flags.answers import Answers
from matsuri.flags.compile import compile_flag
from matsuri.flags.evaluation import Evaluations, NewestEvaluations
from matsuri.flags.model import (
    FLAG_KIND,
    FlagDefinition,
    Override,
    OverrideType,
    Resolution,
    ScheduledChange,
)
from matsuri.flags.resolve import FlagSet


def evaluate(body: FlagDefinition, override: Override | None = None) -> tuple[Any, bool]:
    """What is told of a flag that has that override, and whether it is a failure."""
    flag = compile_flag(Definition(id="1", kind=FLAG_KIND, name="f", body=body))
    found = flag.states[0].default
    if override is not None:
        found = Resolution(override, (), changed=True)
    evaluations = Evaluations(FlagSet({"f": flag}), Schemas({}))
    answer = Answers().of({"f": found})
    assert evaluations.bulk(answer) == evaluations.one(answer, "f")
    return json.loads(evaluations.one(answer, "f")), evaluations.is_failure(answer, "f")


@pytest.mark.parametrize(
    ("kind", "variant", "reason", "source", "told_variant"),
    [
        (OverrideType.LIVE_EVENT_FLAG, "", "TARGETING_MATCH", "live_event", "summer"),
        (OverrideType.LIVE_EVENT_FLAG_VARIANT, "vip", "TARGETING_MATCH", "live_event", "vip"),
        (OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG, "red", "SPLIT", "experiment", "red"),
    ],
)
def test_reasons_of_what_is_not_the_flags_own(
    kind: OverrideType, variant: str, reason: str, source: str, told_variant: str
) -> None:
    told, failed = evaluate(FlagDefinition(value="1"), Override(kind, "summer", variant, "2", 0))
    assert not failed
    assert told == {
        "key": "f",
        "value": 2,
        "reason": reason,
        "variant": told_variant,
        "metadata": {"source": source, "sourceName": "summer"},
    }


def test_evaluations_are_the_same_as_long_as_flags_and_validators_are() -> None:
    flags, other_flags = FlagSet({}), FlagSet({})
    one = {"v": {"const": 1}}
    now = (flags, Schemas(one))
    newest = NewestEvaluations(lambda: now[0], lambda: now[1])
    first = newest()
    now = (flags, Schemas({"v": {"const": 1}}))
    assert newest() is newest() is first
    now = (flags, Schemas({"v": {"const": True}}))
    second = newest()
    assert second is not first
    now = (other_flags, now[1])
    assert newest() is not second


def test_a_value_of_another_type_is_a_failure() -> None:
    override = Override(OverrideType.LIVE_EVENT_FLAG, "summer", "", "many", 0)
    told, failed = evaluate(FlagDefinition(value="1"), override)
    assert failed
    assert (told["key"], told["errorCode"]) == ("f", "PARSE_ERROR")
    assert "number" in told["errorDetails"]
    told, failed = evaluate(FlagDefinition(value="one"), override)
    assert (told["value"], failed) == ("many", False)


def test_scheduled_values_count_for_the_type() -> None:
    schedule = (ScheduledChange(at_time_sec=2, value="many"),)
    assert evaluate(FlagDefinition(value="1", schedule=schedule))[0]["value"] == "1"
    schedule = (ScheduledChange(at_time_sec=2, value="2"),)
    assert evaluate(FlagDefinition(value="1", schedule=schedule))[0]["value"] == 1
