"""What makes a live event wrong, field by field."""

from typing import Any

import msgspec
import pytest

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Catalog, Definition, Kind, catalog_of
from matsuri.events.kinds import taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.flags.kinds import FlagLimits, flag_kind
from matsuri.flags.model import FLAG_KIND, FlagDefinition
from matsuri.live_events.kinds import (
    COLOR_ALLOWED,
    DESCRIPTION_CHARS_MAX,
    LIVE_EVENT_NAME_ALLOWED,
    TEXT_ALLOWED,
    LiveEventLimits,
    live_event_kind,
)
from matsuri.live_events.model import FlagOverride, FlagVariantValue, Schedule
from tests.unit.live_events.worlds import ON, live_event

LIMITS = LiveEventLimits(
    value_bytes_max=20, flags_max=2, variants_max=2, audiences_max=2, labels_max=2, metrics_max=2
)
KIND = live_event_kind(LIMITS)
THREE = ("a", "b", "c")


def flag(name: str, value: str, validator: str = "") -> Definition[Any]:
    body = FlagDefinition(value=value, validator=validator)
    return Definition(id=f"id of {name}", kind=FLAG_KIND, name=name, body=body)


def catalog() -> Catalog:
    """Two flags, and the core validators."""
    audience = Kind(
        name=AUDIENCE_KIND,
        body_type=AudienceDefinition,
        check=lambda *_: [],
        references=lambda _: (),
    )
    taxonomy = taxonomy_kinds(packs=(), limits=SchemaLimits())
    kinds: list[Kind[Any]] = [*taxonomy, audience, flag_kind(limits=FlagLimits()), KIND]
    flags = [flag("shop", "red"), flag("count", "1", "Number")]
    return catalog_of({each.name: each for each in kinds}, flags, version=1)


CATALOG = catalog()


def problems(name: str = "e", **fields: object) -> list[tuple[str, str, str]]:
    found = KIND.check(live_event(name, **fields), CATALOG)  # type: ignore[arg-type] # its fields
    return [(each.field, each.problem, each.allowed) for each in found]


def wrong(name: str = "e", **fields: object) -> list[str]:
    return [field for field, _, _ in problems(name, **fields)]


def variant(
    name: str = "v", value: str = "1", audiences: tuple[str, ...] = ("a",)
) -> FlagVariantValue:
    return FlagVariantValue(name=name, value=value, audiences=audiences)


def test_a_whole_live_event_is_right() -> None:
    whole = FlagOverride(flag="count", value="2", variants=(variant("a"), variant("b", "3")))
    assert (
        problems(
            "Summer festival 2026.v-1",
            description="d\n" * 9,
            template="Offer wall",
            color="#AbCdEf",
            labels=("one", "two"),
            value='{"a":1}',
            validator="Object",
            metrics=("revenue", "sessions per day"),
            audiences=("a", "b"),
            exclude_audiences=("c",),
            flags=(whole, FlagOverride(flag="shop", variants=(variant(value="x"),))),
            participants_max=10**12,
        )
        == []
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "is missing"),
        *(
            (name, "cannot be a name")
            for name in (" a", "a ", "a/b", "..", ".", "preview", "x" * 65, "a\n", "Fête")
        ),
    ],
)
def test_bad_names(name: str, told: str) -> None:
    assert problems(name) == [("name", told, LIVE_EVENT_NAME_ALLOWED)]


@pytest.mark.parametrize("name", ["a", "x" * 64, "previews", "...", "a  b"])
def test_good_names(name: str) -> None:
    assert problems(name) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"template": " x"}, ("template", "cannot be a template", TEXT_ALLOWED)),
        ({"template": "x" * 65}, ("template", "cannot be a template", TEXT_ALLOWED)),
        ({"color": "red"}, ("color", "is no colour", COLOR_ALLOWED)),
        ({"color": "#12345"}, ("color", "is no colour", COLOR_ALLOWED)),
        ({"participants_max": -1}, ("participants_max", "is out of range", f"0 to {10**12}")),
        (
            {"participants_max": 10**12 + 1},
            ("participants_max", "is out of range", f"0 to {10**12}"),
        ),
        (
            {"description": "x" * (DESCRIPTION_CHARS_MAX + 1)},
            ("description", "has 2001 characters", "at most 2000"),
        ),
        ({"metrics": ("a\tb",)}, ("metrics[0]", "cannot be a metric", TEXT_ALLOWED)),
        ({"metrics": ("a", "a")}, ("metrics[1]", "is there twice", "")),
        ({"labels": ("a", "a")}, ("labels[1]", "is there twice", "")),
        ({"audiences": ("a", "a")}, ("audiences[1]", "is there twice", "")),
        ({"exclude_audiences": ("a", "a")}, ("exclude_audiences[1]", "is there twice", "")),
        (
            {"audiences": ("a",), "exclude_audiences": ("b", "a")},
            ("exclude_audiences[1]", "is one of the audiences, too", ""),
        ),
        ({"labels": THREE}, ("labels", "has 3 entries", "at most 2")),
        ({"metrics": THREE}, ("metrics", "has 3 entries", "at most 2")),
        ({"audiences": THREE}, ("audiences", "has 3 entries", "at most 2")),
        ({"exclude_audiences": THREE}, ("exclude_audiences", "has 3 entries", "at most 2")),
        ({"value": "x" * 21}, ("value", "has 21 bytes", "at most 20")),
        # Limits are of bytes, as values go on the wire.
        ({"value": "é" * 11}, ("value", "has 22 bytes", "at most 20")),
    ],
)
def test_what_is_wrong(fields: dict[str, object], expected: tuple[str, str, str]) -> None:
    assert problems(**fields) == [expected]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (
            (FlagOverride(flag="shop"),),
            ("flags[0]", "gives the flag no value", "value or variants"),
        ),
        (
            (FlagOverride(flag="shop", value="1"), FlagOverride(flag="shop", value="2")),
            ("flags[1].flag", "is there twice", ""),
        ),
        (
            (FlagOverride(flag="shop", value="x" * 21),),
            ("flags[0].value", "has 21 bytes", "at most 20"),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant(value="x" * 21),)),),
            ("flags[0].variants[0].value", "has 21 bytes", "at most 20"),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant("v"), variant("v"))),),
            ("flags[0].variants[1].name", "is the name of an earlier variant", ""),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant(""),)),),
            ("flags[0].variants[0].name", "is missing", TEXT_ALLOWED),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant("x "),)),),
            ("flags[0].variants[0].name", "cannot be a name", TEXT_ALLOWED),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant(audiences=()),)),),
            (
                "flags[0].variants[0].audiences",
                "must name at least one: the flag's value is for everybody else",
                "",
            ),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant(audiences=("a", "a")),)),),
            ("flags[0].variants[0].audiences[1]", "is there twice", ""),
        ),
        (
            (FlagOverride(flag="shop", variants=(variant(audiences=THREE),)),),
            ("flags[0].variants[0].audiences", "has 3 entries", "at most 2"),
        ),
        (
            (FlagOverride(flag="shop", variants=tuple(map(variant, THREE))),),
            ("flags[0].variants", "has 3 entries", "at most 2"),
        ),
        (
            tuple(FlagOverride(flag=each, value="1") for each in THREE),
            ("flags", "has 3 entries", "at most 2"),
        ),
    ],
)
def test_what_is_wrong_with_flags(
    flags: tuple[FlagOverride, ...], expected: tuple[str, str, str]
) -> None:
    assert problems(flags=flags) == [expected]


def test_values_please_the_validators() -> None:
    (found,) = problems(value="text", validator="Object")
    assert found[0] == "value"
    assert found[1].startswith("is not what validator Object asks for: ")
    count = FlagOverride(flag="count", value="many", variants=(variant(value="more"),))
    assert wrong(flags=(count,)) == ["flags[0].value", "flags[0].variants[0].value"]
    # What is archived gives nobody a value.
    assert wrong(flags=(count,), archived=True) == []


def test_values_that_cannot_be_stored() -> None:
    ((field, problem, _),) = problems(value="\ud800")
    assert field == "value"
    assert problem.startswith("must not contain ")


def test_the_schedule_is_looked_at_as_well() -> None:
    assert wrong(schedule=Schedule(start_time_sec=0)) == [
        "schedule.start_time_sec",
        "schedule.end_time_sec",
    ]
    assert wrong("", color="x", schedule=msgspec.structs.replace(ON, time_zone="x")) == [
        "name",
        "color",
        "schedule.time_zone",
    ]


def test_what_it_refers_to() -> None:
    definition = live_event(
        labels=("l",),
        validator="Object",
        audiences=("a",),
        exclude_audiences=("b",),
        flags=(FlagOverride(flag="shop", variants=(variant(),)),),
    )
    assert [(each.name, each.field) for each in KIND.references(definition.body)] == [
        ("l", "labels[0]"),
        ("Object", "validator"),
        ("a", "audiences[0]"),
        ("b", "exclude_audiences[0]"),
        ("a", "flags[0].variants[0].audiences[0]"),
        ("shop", "flags[0].flag"),
    ]
    archived = msgspec.structs.replace(definition.body, archived=True)
    assert list(KIND.references(archived)) == []
