"""Computed properties asked for one by one are those made all at once."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from matsuri.identities.computed import COMPUTED_SUFFIXES, computed_properties
from matsuri.identities.computed_lookup import ComputedLookup
from matsuri.identities.model import EventStats, Profile

NAMES = st.sampled_from(["a", "_a", "__a", "b", "_b", "Count", "aCount", "_aValueLast", "aValue"])
NUMBERS = st.none() | st.decimals(-1000, 1000, places=2)
STATS = st.builds(
    EventStats,
    count=st.integers(1, 9),
    seen_first_us=st.integers(0, 10**13),
    seen_last_us=st.integers(0, 10**13),
    numeric_count=st.integers(1, 9),
    value_sum=NUMBERS,
    value_high=NUMBERS,
    value_low=NUMBERS,
    value_first=st.none() | st.text(max_size=3),
    value_last=st.none() | st.text(max_size=3),
)
PROFILES = st.builds(Profile, events=st.dictionaries(NAMES, STATS, max_size=6))


@given(PROFILES, st.lists(NAMES, max_size=8), st.data())
def test_each_is_the_same(profile: Profile, prefixes: list[str], data: st.DataObject) -> None:
    wanted, lookup = computed_properties(profile), ComputedLookup(profile)
    for prefix in prefixes:
        name = prefix + data.draw(st.sampled_from(COMPUTED_SUFFIXES))
        assert lookup.get(name) == wanted.get(name)
        assert (name in lookup) == (name in wanted)
    assert dict(lookup) == wanted
    assert len(lookup) == len(wanted)
    assert lookup == wanted


def test_what_is_no_computed_property() -> None:
    profile = Profile(events={"a": EventStats(1, 0, 0, value_sum=Decimal(1))})
    lookup = ComputedLookup(profile)
    assert lookup.get("a") is None
    assert lookup.get("aMedian") is None
    assert lookup.get("", "none") == "none"


def test_no_suffix_ends_with_another() -> None:
    for one in COMPUTED_SUFFIXES:
        assert not any(one != other and one.endswith(other) for other in COMPUTED_SUFFIXES)
