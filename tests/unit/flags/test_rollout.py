"""Percentages: even, for ever, growing with those who are in, and each flag with its own order."""

from hypothesis import given
from hypothesis import strategies as st

from matsuri.flags.model import Variant
from matsuri.flags.resolve import resolve
from matsuri.flags.trace import trace
from tests.unit.flags.worlds import flag, flag_set, player

PLAYERS = [f"player-{number}" for number in range(2000)]
FIVE_SIGMA = 5 * (0.25 / len(PLAYERS)) ** 0.5


def those_in(percent: float, name: str = "a", identity_ids: list[str] = PLAYERS) -> set[str]:
    flags = flag_set(flag(name, variants=(Variant(name="v", rollout_percent=percent),)))
    return {
        each
        for each in identity_ids
        if resolve(flags, (), player(identity_id=each)).flags[name].changed
    }


@given(st.floats(0, 100), st.floats(0, 100))
def test_whoever_has_it_keeps_it_when_the_percentage_grows(one: float, other: float) -> None:
    few, many = sorted([one, other])
    assert those_in(few, identity_ids=PLAYERS[:50]) <= those_in(many, identity_ids=PLAYERS[:50])


def test_as_many_have_it_as_the_percentage_says() -> None:
    for percent in (0, 1, 10, 50, 90, 100):
        share = len(those_in(percent)) / len(PLAYERS)
        assert abs(share - percent / 100) < FIVE_SIGMA, percent
    assert those_in(0) == set()
    assert those_in(100) == set(PLAYERS)


def test_flags_are_independent_of_one_another() -> None:
    both = those_in(50, "a") & those_in(50, "b")
    assert abs(len(both) / len(PLAYERS) - 0.25) < FIVE_SIGMA


def test_a_rename_moves_nobody() -> None:
    variants = (Variant(name="v", rollout_percent=50),)
    before = flag("a", variants=variants)
    after = type(before)(
        id=before.id, kind=before.kind, name="renamed", body=before.body, created_us=5
    )

    def has(definition: object, name: str) -> list[bool]:
        flags = flag_set(definition)  # type: ignore[arg-type] # a definition of a flag
        return [
            resolve(flags, (), player(identity_id=each)).flags[name].changed
            for each in PLAYERS[:200]
        ]

    assert has(before, "a") == has(after, "renamed")


def test_variants_of_a_flag_share_its_order() -> None:
    """The second one begins where the first one ends, so that the two make 60 % together."""
    definition = flag(
        variants=(
            Variant(name="first", value="first", rollout_percent=10),
            Variant(name="second", value="second", rollout_percent=60),
        )
    )
    flags = flag_set(definition)
    values = [
        resolve(flags, (), player(identity_id=each)).flags["a"].override.value for each in PLAYERS
    ]
    for value, share in (("first", 0.1), ("second", 0.5), ("", 0.4)):
        assert abs(values.count(value) / len(PLAYERS) - share) < FIVE_SIGMA


def test_why_tells_the_place() -> None:
    flags = flag_set(flag(variants=(Variant(name="v", rollout_percent=30),)))
    for each in PLAYERS[:50]:
        variant = trace(flags, (), player(identity_id=each))["a"].candidates[0]
        assert variant.place_percent is not None
        assert variant.applies == (variant.place_percent < 30)
        assert variant.rollout_percent == 30
