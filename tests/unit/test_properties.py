import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.errors import InvalidArgument
from matsuri.events.taxonomy import DEFAULT_PROPERTIES, Taxonomy, ValueType
from matsuri.identities.properties import (
    NOWHERE,
    Place,
    PropertyLimits,
    first_default_properties,
    merge_custom,
    merge_default,
)
from tests.unit.strategies import any_text

SMALL = PropertyLimits(property_value_chars_max=8, properties_max=3)
CUSTOM = {"clan": ValueType.STRING, "rank": ValueType.NUMERIC, "mood": ValueType.ANY}


def taxonomy(*, accept_undeclared: bool = False) -> Taxonomy:
    return Taxonomy(
        events={},
        default_properties=DEFAULT_PROPERTIES,
        custom_properties=CUSTOM,
        accept_undeclared=accept_undeclared,
    )


def default(stored: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    return merge_default(stored, given, taxonomy=taxonomy(), limits=SMALL)


def custom(
    stored: dict[str, str], given: dict[str, str], *, accept_undeclared: bool = False
) -> dict[str, str]:
    return merge_custom(
        stored, given, taxonomy=taxonomy(accept_undeclared=accept_undeclared), limits=SMALL
    )


def test_what_a_new_identity_has() -> None:
    place = Place(country_code="GB", city="Leeds")
    assert first_default_properties(
        api_key="game", place=place, created_us=1_700_000_000_999_999
    ) == {
        "apiKeyName": "game",
        "city": "Leeds",
        "countryCode": "GB",
        "firstOpen": "1700000000",
        "region": "",
        "state": "",
        "subRegion": "",
    }


def test_what_is_derived_is_allowed() -> None:
    first = first_default_properties(api_key="game", place=NOWHERE, created_us=0)
    assert merge_default(first, first, taxonomy=taxonomy(), limits=PropertyLimits()) == first


def test_given_values_are_laid_over_stored_ones() -> None:
    stored = {"clan": "red", "rank": "1"}
    assert custom(stored, {"rank": "2", "mood": "glad"}) == {
        "clan": "red",
        "rank": "2",
        "mood": "glad",
    }
    assert stored == {"clan": "red", "rank": "1"}


def test_numeric_properties_may_be_emptied() -> None:
    assert custom({"rank": "1"}, {"rank": ""}) == {"rank": ""}


@pytest.mark.parametrize(
    ("given_properties", "field"),
    [
        ({"height": "2"}, "custom.height"),
        ({"email": "a@b.c"}, "custom.email"),
        ({"rank": "first"}, "custom.rank"),
        ({"clan": "x" * 9}, "custom.clan"),
        ({"clan": "a\x00"}, "custom.clan"),
        ({"clan": "\ud800"}, "custom.clan"),
        ({"\ud800": "a"}, "custom.\\ud800"),
        ({"": "a"}, "custom."),
        ({"x" * 200: "a"}, "custom." + "x" * 128),
    ],
)
def test_what_is_refused_is_named(given_properties: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        custom({}, given_properties)
    assert caught.value.details[0]["field"] == field
    assert caught.value.message.startswith(f"Invalid property {field}: ")


@pytest.mark.parametrize("name", ["", "x" * 129, "a\x00", "\udfff"])
def test_undeclared_names_have_a_form(name: str) -> None:
    assert custom({}, {"height": "2"}, accept_undeclared=True) == {"height": "2"}
    with pytest.raises(InvalidArgument, match="names have 1 to 128 characters"):
        custom({}, {name: "2"}, accept_undeclared=True)


def test_there_are_only_so_many() -> None:
    three = {"a": "1", "b": "2", "c": "3"}
    assert custom({}, three, accept_undeclared=True) == three
    with pytest.raises(InvalidArgument, match="at most 3 of these"):
        custom(three, {"d": "4"}, accept_undeclared=True)


def test_a_lowered_limit_still_lets_values_change() -> None:
    four = {"a": "1", "b": "2", "c": "3", "d": "4"}
    assert custom(four, {"a": "5"}, accept_undeclared=True) == {**four, "a": "5"}


@pytest.mark.parametrize("name", ["apiKeyName", "firstOpen"])
def test_what_the_server_owns_may_only_be_repeated(name: str) -> None:
    assert default({name: "1"}, {name: "1"}) == {name: "1"}
    with pytest.raises(InvalidArgument, match="is set by the server"):
        default({name: "1"}, {name: "2"})
    with pytest.raises(InvalidArgument, match="is set by the server"):
        default({}, {name: "1"})


def test_the_field_is_said_as_the_caller_calls_it() -> None:
    with pytest.raises(InvalidArgument) as caught:
        merge_default({}, {"no": ""}, taxonomy=taxonomy(), limits=SMALL, field="default_properties")
    assert caught.value.details[0]["field"] == "default_properties.no"


some_properties = st.dictionaries(
    st.sampled_from([*CUSTOM, *DEFAULT_PROPERTIES]) | any_text, any_text, max_size=5
)


@given(stored=some_properties, given_properties=some_properties, accept=st.booleans())
def test_properties_are_merged_or_refused_with_an_answer(
    *, stored: dict[str, str], given_properties: dict[str, str], accept: bool
) -> None:
    for merge in (merge_default, merge_custom):
        refused = None
        try:
            merged = merge(
                stored,
                given_properties,
                taxonomy=taxonomy(accept_undeclared=accept),
                limits=SMALL,
            )
        except InvalidArgument as error:
            refused = error
        if refused is not None:
            assert msgspec.json.encode([refused.message, refused.details])
        else:
            assert merged == {**stored, **given_properties}
            assert len(merged) <= max(SMALL.properties_max, len(stored))
            assert all(len(value) <= 8 for value in given_properties.values())
            assert "\x00" not in "".join(given_properties.values())
            assert msgspec.msgpack.encode(given_properties)
