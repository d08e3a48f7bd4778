"""What makes a flag wrong, field by field."""

from typing import Any

import msgspec
import pytest

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Catalog, Definition, Kind, catalog_of
from matsuri.events.kinds import taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.events.taxonomy import LABEL_KIND, VALIDATOR_KIND, ValidatorDefinition
from matsuri.flags.compile import FlagCompiler
from matsuri.flags.kinds import FlagLimits, flag_kind
from matsuri.flags.model import FlagDefinition, ScheduledChange, Variant
from matsuri.flags.predefined import DEFAULT_FLAGS
from tests.unit.flags.worlds import flag

LIMITS = FlagLimits(value_bytes_max=10, variants_max=3, audiences_max=2, changes_max=2)
KIND = flag_kind(limits=LIMITS)


def catalog(*flags: Definition[Any], **schemas: Any) -> Catalog:
    """These flags, the core validators, and some of these schemas."""
    taxonomy = taxonomy_kinds(packs=(), limits=SchemaLimits())
    audience = Kind(
        name=AUDIENCE_KIND,
        body_type=AudienceDefinition,
        check=lambda *_: [],
        references=lambda _: (),
    )
    kinds = {each.name: each for each in (*taxonomy, audience, KIND)}
    validators = [
        Definition(
            id=f"id of {name}",
            kind=VALIDATOR_KIND,
            name=name,
            body=ValidatorDefinition(schema=schema),
        )
        for name, schema in schemas.items()
    ]
    return catalog_of(kinds, [*validators, *flags], version=1)


def wrong(name: str = "a", **body: Any) -> list[str]:
    """The fields that are wrong, one for each problem."""
    return [problem.field for problem in KIND.check(flag(name, **body), catalog())]


def variant(name: str = "v", **fields: Any) -> Variant:
    return Variant(name=name, **fields)


def change(at_time_sec: int, **fields: Any) -> ScheduledChange:
    return ScheduledChange(at_time_sec=at_time_sec, **{"value": "", **fields})


@pytest.mark.parametrize("name", ["a", "Z", "a1", "a.b_c-d", "a" * 64, "Min-Build-Number"])
def test_good_names(name: str) -> None:
    assert wrong(name) == []


@pytest.mark.parametrize(
    "name", ["", "1a", "-a", "a-", "a.", "a_", "a b", "ä", "a" * 65, "a\n", "_a", "stale", "a/b"]
)
def test_bad_names(name: str) -> None:
    assert wrong(name) == ["name"]


def test_flags_of_which_none_changed_are_the_same_set() -> None:
    compiler = FlagCompiler()
    assert not compiler(catalog()).by_name
    one = compiler(catalog(flag("a"), flag("b")))
    # A schema is no flag.
    assert compiler(catalog(flag("a"), flag("b"), more={"type": "string"})) is one
    two = compiler(catalog(flag("a"), flag("b", value="1")))
    assert two is not one
    assert two.by_name["a"] is one.by_name["a"]
    assert two.by_name["b"].definition.body.value == "1"
    assert list(compiler(catalog(flag("a"))).by_name) == ["a"]


def test_the_default_flag_is_right() -> None:
    for name, body in DEFAULT_FLAGS.items():
        usual = flag_kind(limits=FlagLimits())
        assert usual.check(msgspec.structs.replace(flag(name), body=body), catalog()) == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"description": "d" * 128}, []),
        ({"description": "d" * 129}, ["description"]),
        ({"description": "\x00"}, ["description"]),
        ({"value": "0123456789"}, []),
        ({"value": "01234567890"}, ["value"]),
        ({"value": "ä" * 6}, ["value"]),
        ({"value": "\ud800"}, ["value"]),
        ({"variants": (variant(value="01234567890"),)}, ["variants[0].value"]),
        ({"schedule": (change(1, value="01234567890"),)}, ["schedule[0].value"]),
        ({"variants": (variant("a"), variant("b"), variant("c"))}, []),
        ({"variants": tuple(map(variant, "abcd"))}, ["variants"]),
        ({"variants": (variant("a"), variant("b"), variant("a"))}, ["variants[2].name"]),
        ({"variants": (variant(""),)}, ["variants[0].name"]),
        ({"variants": (variant("v" * 64),)}, []),
        ({"variants": (variant("v" * 65),)}, ["variants[0].name"]),
        ({"variants": (variant(" v"),)}, ["variants[0].name"]),
        ({"variants": (variant("v/w"),)}, ["variants[0].name"]),
        ({"variants": (variant(".."),)}, ["variants[0].name"]),
        ({"variants": (variant("v\x07"),)}, ["variants[0].name"]),
        ({"variants": (variant("für Käufer"),)}, []),
        ({"variants": (variant(description="d" * 129),)}, ["variants[0].description"]),
        ({"variants": (variant(rollout_percent=100.0),)}, []),
        ({"variants": (variant(rollout_percent=-0.1),)}, ["variants[0].rollout_percent"]),
        ({"variants": (variant(rollout_percent=100.1),)}, ["variants[0].rollout_percent"]),
        ({"variants": (variant(rollout_percent=float("nan")),)}, ["variants[0].rollout_percent"]),
        ({"variants": (variant(audiences=("x", "x")),)}, ["variants[0].audiences[1]"]),
        ({"variants": (variant(audiences=("x", "y", "z")),)}, ["variants[0].audiences"]),
        ({"schedule": (change(1), change(2))}, []),
        ({"schedule": (change(1), change(2), change(3))}, ["schedule"]),
        ({"schedule": (change(2), change(2))}, ["schedule[1].at_time_sec"]),
        ({"schedule": (change(2), change(1))}, ["schedule[1].at_time_sec"]),
        ({"schedule": (change(0),)}, ["schedule[0].at_time_sec"]),
        ({"schedule": (change(10**12),)}, ["schedule[0].at_time_sec"]),
        ({"schedule": (change(1, value=None),)}, ["schedule[0]"]),
        ({"schedule": (change(1, value=None, enabled=False),)}, []),
        ({"schedule": (change(1, variants=(variant(""),)),)}, ["schedule[0].variants[0].name"]),
        (
            {"schedule": (change(1, variants=(variant("a"), variant("a"))),)},
            ["schedule[0].variants[1].name"],
        ),
        (
            {"schedule": (change(1, variants=tuple(map(variant, "abcd"))),)},
            ["schedule[0].variants"],
        ),
    ],
)
def test_what_is_wrong_is_said_of_its_field(body: dict[str, Any], fields: list[str]) -> None:
    assert wrong(**body) == fields


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = wrong(
        "1",
        description="d" * 200,
        validator="Number",
        value="x",
        variants=(variant("", rollout_percent=200, value="y"),),
        schedule=(change(0, value="z"),),
    )
    assert found == [
        "name",
        "description",
        "variants[0].name",
        "variants[0].rollout_percent",
        "schedule[0].at_time_sec",
        "value",
        "schedule[0].value",
        "variants[0].value",
    ]


def test_every_value_there_is_and_will_be_fits_the_validator() -> None:
    body: dict[str, Any] = {
        "value": "1",
        "validator": "Number",
        "variants": (variant("a", value="2"), variant("b", value="b")),
        "schedule": (
            change(1, value="3", variants=(variant("c", value="4"), variant("d", value="d"))),
            change(2, value="e"),
        ),
    }
    assert wrong(**body) == [
        "schedule[1].value",
        "variants[1].value",
        "schedule[0].variants[1].value",
    ]
    assert wrong(**{**body, "validator": ""}) == []


def test_references_are_labels_validator_and_audiences() -> None:
    body = FlagDefinition(
        labels=("l",),
        validator="V",
        variants=(variant(audiences=("a", "b")),),
        schedule=(change(1, variants=(variant(audiences=("c",)),)),),
    )
    assert [(each.kind, each.name, each.field) for each in KIND.references(body)] == [
        (LABEL_KIND, "l", "labels[0]"),
        (VALIDATOR_KIND, "V", "validator"),
        (AUDIENCE_KIND, "a", "variants[0].audiences[0]"),
        (AUDIENCE_KIND, "b", "variants[0].audiences[1]"),
        (AUDIENCE_KIND, "c", "schedule[0].variants[0].audiences[0]"),
    ]


def test_those_that_depend_on_a_definition_are_found_by_way_of_others() -> None:
    uses_price = flag("uses-price", validator="Price")
    there = catalog(uses_price, flag("free"), Price={"$ref": "Amount"}, Amount={}, Other={})

    def dependants(name: str) -> list[Definition[Any]]:
        definition = there.find(VALIDATOR_KIND, name)
        assert definition is not None
        return there.dependants_of(definition)

    assert dependants("Price") == dependants("Amount") == [uses_price]
    assert dependants("Other") == []
