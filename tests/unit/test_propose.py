"""What is proposed of events accepts every one of them, and says what a person would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import Event
from matsuri.events.propose import propose, validator_name
from matsuri.events.schemas import SchemaLimits, schema_problems
from matsuri.events.sent import SentEvent
from matsuri.events.taxonomy import (
    EventDefinition,
    Taxonomy,
    ValueType,
    core_taxonomy,
    with_event,
    with_validator,
)
from matsuri.events.validate import EventLimits, Rejection, validate

NAME = "gameStart"
LIMITS = EventLimits(metadata_bytes_max=10**6, metadata_keys_max=1000)

texts = st.one_of(
    st.sampled_from(["true", "false", "easy", "hard", "", "null", "[1]", '{"a": 1}', '"x"']),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=True).map(str),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
)
keys = st.sampled_from(["level", "mode", "score", "Ünicode", "$ref", "a.b", ""]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10
)
events = st.builds(
    SentEvent,
    name=st.just(NAME),
    value=st.none() | texts,
    metadata=st.none() | st.dictionaries(keys, texts, max_size=6),
)


def declared(sent: list[SentEvent]) -> Taxonomy:
    """The taxonomy with what is proposed of these events."""
    found = propose(sent)
    taxonomy = core_taxonomy()
    validator = ""
    if found.metadata_schema is not None:
        validator = validator_name(NAME)
        assert schema_problems(validator, found.metadata_schema, {}, SchemaLimits()) == []
        taxonomy = with_validator(taxonomy, validator, found.metadata_schema)
    definition = EventDefinition(value_type=found.value_type, metadata_validator=validator)
    return with_event(taxonomy, NAME, definition)


def check(event: SentEvent, taxonomy: Taxonomy) -> Event | Rejection:
    return validate(
        name=event.name,
        event_id=event.id,
        new_id="new",
        value=event.value,
        metadata=event.metadata,
        timestamp_us=None,
        received_us=0,
        taxonomy=taxonomy,
        limits=LIMITS,
    )


@given(st.lists(events, min_size=1, max_size=30))
def test_what_is_proposed_accepts_what_it_was_made_from(sent: list[SentEvent]) -> None:
    taxonomy = declared(sent)
    for event in sent:
        assert isinstance(check(event, taxonomy), Event)


def sent_with(*values: str | None) -> list[SentEvent]:
    return [SentEvent(name=NAME, value=value) for value in values]


@pytest.mark.parametrize(
    ("values", "value_type"),
    [
        (["1", "2.5", None], ValueType.NUMERIC),
        (["easy", "hard"], ValueType.STRING),
        (["easy", "1"], ValueType.ANY),
        ([None, ""], ValueType.ANY),
    ],
)
def test_the_type_of_values(values: list[str | None], value_type: ValueType) -> None:
    assert propose(sent_with(*values)).value_type is value_type


def test_metadata_is_described_by_what_was_seen() -> None:
    sent = [
        SentEvent(
            name=NAME,
            metadata={
                "level": str(number),
                "share": f"0.{number + 1}",
                "first": "true" if number else "false",
                "mode": ["easy", "hard"][number % 2],
                "player": f"player {number}",
                **({"rare": "x"} if number == 7 else {}),
            },
        )
        for number in range(40)
    ]
    found = propose(sent)
    assert found.events == 40
    assert found.metadata_schema == {
        "type": "object",
        "properties": {
            "first": {"type": "boolean"},
            "level": {"type": "integer"},
            "mode": {"type": "string", "enum": ["easy", "hard"]},
            "player": {"type": "string"},
            "rare": {"type": "string"},
            "share": {"type": "number"},
        },
        "additionalProperties": True,
        "required": ["first", "level", "mode", "player", "share"],
    }


def test_few_events_do_not_tell_all_values() -> None:
    sent = [SentEvent(name=NAME, metadata={"mode": "easy"}) for _ in range(5)]
    schema = propose(sent).metadata_schema
    assert schema is not None
    assert schema["properties"] == {"mode": {"type": "string"}}


def test_the_commonest_values_are_shown_first() -> None:
    assert propose(sent_with("b", "a", "a")).sample_values == ["a", "b"]


def test_keys_without_end_do_not_make_a_schema_without_end() -> None:
    sent = [SentEvent(name=NAME, metadata={f"{n}": "1", "k" * 500: "1"}) for n in range(500)]
    schema = propose(sent).metadata_schema
    assert schema is not None
    assert len(schema["properties"]) == 100
    assert all(isinstance(check(event, declared(sent)), Event) for event in sent)


def test_a_validator_is_named_after_its_event() -> None:
    assert validator_name("shop:open") == "shop-open-metadata"
    assert len(validator_name("x" * 128)) == 64
