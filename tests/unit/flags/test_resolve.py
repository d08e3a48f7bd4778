"""What flags come to: the rules of precedence, and that all ways of asking agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import Entry, Listing
from matsuri.filters.compile import compile_filter
from matsuri.flags.model import Override, OverrideType, ScheduledChange, Variant
from matsuri.flags.resolve import defaults, overrides, resolve
from matsuri.flags.trace import FLAG_OFF, NOT_IN_AUDIENCES, NOT_IN_ROLLOUT, trace
from matsuri.kit.clock import MICROSECONDS
from tests.unit.flags.worlds import (
    NOW_S,
    NOW_US,
    SPAN_S,
    FakeSource,
    Given,
    World,
    flag,
    flag_set,
    player,
    target,
    worlds,
)

EXPERIMENT = OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG
LIVE_EVENT = OverrideType.LIVE_EVENT_FLAG
LIVE_EVENT_VARIANT = OverrideType.LIVE_EVENT_FLAG_VARIANT
FOREVER_US = 2 * NOW_US


def value_of(experience_flag: str, *definitions: object, now_us: int = NOW_US) -> str:
    """The value of one flag for the usual player."""
    flags = flag_set(*definitions)  # type: ignore[arg-type] # what ``flag`` makes
    return resolve(flags, (), player(now_us)).flags[experience_flag].override.value


def always(type_: OverrideType, name: str, defined_us: int = 1, variant: str = "") -> Given:
    override = Override(type_, name, variant, f"of {name}{variant}", defined_us)
    return Given("a", override, "all", 0, FOREVER_US)


@given(worlds)
def test_every_way_of_asking_tells_the_same(world: World) -> None:
    experience = resolve(world.flags, world.sources, world.player())
    traces = trace(world.flags, world.sources, world.player())
    holding = overrides(world.flags, world.sources, world.player())
    by_name = resolve(world.flags, world.sources, world.player(), list(world.flags.by_name))
    assert list(experience.flags) == list(traces) == list(holding) == list(world.flags.by_name)
    assert by_name.flags == experience.flags
    for name, resolution in experience.flags.items():
        candidates = traces[name].candidates
        assert resolution.override == traces[name].winner == holding[name][-1]
        assert [each.override for each in candidates if each.wins] == [resolution.override]
        applying = [each.override for each in candidates if each.applies]
        assert applying == list(reversed(holding[name]))
        assert resolution.changed == (resolution.override.type is not OverrideType.FLAG)
        assert all(each.problem or each.applies for each in candidates if not each.audiences)


@given(worlds, st.integers(0, 3 * SPAN_S * MICROSECONDS))
def test_time_alone_changes_nothing_before_it_is_told_to(world: World, later_us: int) -> None:
    experience = resolve(world.flags, world.sources, world.player())
    until_us = experience.changes_at_us
    assert until_us is None or until_us > world.now_us
    then_us = world.now_us + later_us
    if until_us is None or then_us < until_us:
        then = resolve(world.flags, world.sources, world.player(then_us))
        assert then.flags == experience.flags


@given(worlds)
def test_the_last_moment_before_a_change_is_as_now(world: World) -> None:
    experience = resolve(world.flags, world.sources, world.player())
    if experience.changes_at_us is not None:
        last = world.player(experience.changes_at_us - 1)
        assert resolve(world.flags, world.sources, last).flags == experience.flags


@given(worlds)
def test_defaults_are_what_nobody_overrides(world: World) -> None:
    experience = defaults(world.flags, world.now_us)
    traces = trace(world.flags, world.sources, world.player())
    for name, resolution in experience.flags.items():
        assert resolution.override == traces[name].candidates[-1].override
        assert resolution.override.type is OverrideType.FLAG
        assert not resolution.changed


class CountingFilter:
    """Lets nobody in, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.uses = compile_filter("true").uses

    def matches(self, _facts: object) -> bool:
        self.asked += 1
        return False


def test_an_audience_is_looked_at_once() -> None:
    counting = CountingFilter()
    asked = Audience("id", "asked", counting)  # type: ignore[arg-type] # a fake of a filter
    members = Memberships(AudienceSet({"asked": asked}), target(), NOW_US)
    variants = tuple(
        Variant(name=str(index), audiences=("asked",), rollout_percent=percent)
        for index, percent in enumerate([100, 50, 100])
    )
    flags = flag_set(flag("a", variants=variants), flag("b", variants=variants[:1]))
    resolve(flags, [FakeSource([always(EXPERIMENT, "e")._replace(audience="asked")])], members)
    assert counting.asked == 1


def test_the_first_variant_goes_before_the_others() -> None:
    variants = [
        Variant(name="no", value="no", audiences=("none",)),
        Variant(name="first", value="first", audiences=("none", "new")),
        Variant(name="second", value="second", audiences=("all",)),
    ]
    assert value_of("a", flag(variants=tuple(variants))) == "first"
    assert value_of("a", flag(variants=tuple(reversed(variants)))) == "second"
    assert value_of("a", flag(value="own", variants=(variants[0],))) == "own"


def test_a_variant_without_audiences_is_for_everybody() -> None:
    assert value_of("a", flag(variants=(Variant(name="v", value="for all"),))) == "for all"


def test_an_audience_that_is_not_there_lets_nobody_in() -> None:
    variant = Variant(name="v", value="gone", audiences=("of no audience",))
    assert value_of("a", flag(value="own", variants=(variant,))) == "own"


def test_lists_of_an_audience_count_until_they_end() -> None:
    flags = flag_set(flag(variants=(Variant(name="v", audiences=("listed",)),)))
    entry = Entry("id of listed", Listing.INCLUDE, "player-1", NOW_US + 5)
    experience = resolve(flags, (), player(entries=[entry]))
    assert experience.flags["a"].changed
    assert experience.changes_at_us == NOW_US + 5
    assert not resolve(flags, (), player(NOW_US + 5, entries=[entry])).flags["a"].changed


def test_experiments_before_live_events_before_variants_before_the_default() -> None:
    flags = flag_set(flag(value="own", variants=(Variant(name="v", value="variant"),)))
    experiment, event = always(EXPERIMENT, "experiment", 1), always(LIVE_EVENT, "event", 2)

    def winner(*given: Given) -> str:
        sources = [FakeSource([each]) for each in given]
        (last,) = {
            resolve(flags, sources, player()).flags["a"].override,
            overrides(flags, sources, player())["a"][-1],
            trace(flags, sources, player())["a"].winner,
        }
        return last.value

    assert winner() == "variant"
    assert winner(event) == "of event"
    assert winner(event, experiment) == winner(experiment, event) == "of experiment"


@pytest.mark.parametrize("type_", [EXPERIMENT, LIVE_EVENT])
def test_the_latest_defined_of_a_level_goes_first(type_: OverrideType) -> None:
    early, late = always(type_, "z", 1), always(type_, "a", 2)
    for given_ in ([early, late], [late, early]):
        for split in (FakeSource(given_),), tuple(FakeSource([each]) for each in given_):
            experience = resolve(flag_set(flag()), split, player())
            assert experience.flags["a"].override.name == "a"


def test_ties_are_told_apart_always_in_the_same_way() -> None:
    one, two = always(LIVE_EVENT, "one"), always(LIVE_EVENT, "two")
    plain = always(LIVE_EVENT, "same")
    variant = always(LIVE_EVENT_VARIANT, "same", variant="v")
    first, second = (always(LIVE_EVENT_VARIANT, "same", variant=each) for each in "yx")
    for given_, wins in (
        ([one, two], two),
        ([two, one], two),
        ([plain, variant], variant),
        ([variant, plain], variant),
        ([first, second], second),
        ([second, first], first),
    ):
        flags = flag_set(flag())
        sources = [FakeSource(given_)]
        assert resolve(flags, sources, player()).flags["a"].override is wins.override
        assert trace(flags, sources, player())["a"].winner is wins.override


def test_what_a_source_has_for_no_flag_is_left_out() -> None:
    source = FakeSource([always(EXPERIMENT, "e")._replace(flag="of no flag")])
    assert not resolve(flag_set(flag()), [source], player()).flags["a"].changed
    assert list(trace(flag_set(flag()), [source], player())) == ["a"]


def test_a_flag_that_is_off_has_its_default_whatever_would_change_it() -> None:
    definition = flag(value="own", enabled=False, variants=(Variant(name="v", value="other"),))
    flags, sources = flag_set(definition), [FakeSource([always(EXPERIMENT, "e")])]
    assert resolve(flags, sources, player()).flags["a"].override.value == "own"
    why = trace(flags, sources, player())["a"]
    assert not why.enabled
    assert [each.problem for each in why.candidates] == [FLAG_OFF, FLAG_OFF, ""]


def test_scheduled_changes_take_effect_at_their_time_and_last() -> None:
    definition = flag(
        value="0",
        variants=(Variant(name="v", value="variant"),),
        enabled=False,
        schedule=(
            ScheduledChange(at_time_sec=NOW_S + 10, value="1"),
            ScheduledChange(at_time_sec=NOW_S + 20, enabled=True),
            ScheduledChange(at_time_sec=NOW_S + 30, variants=()),
        ),
    )
    flags = flag_set(definition)

    def seen(after_us: int) -> tuple[str, int | None]:
        experience = resolve(flags, (), player(NOW_US + after_us))
        changes = experience.changes_at_us
        return experience.flags["a"].override.value, changes and (changes - NOW_US) // MICROSECONDS

    assert seen(0) == ("0", 10)
    assert seen(10 * MICROSECONDS - 1) == ("0", 10)
    assert seen(10 * MICROSECONDS) == ("1", 20)
    assert seen(20 * MICROSECONDS) == ("variant", 30)
    assert seen(30 * MICROSECONDS) == ("1", None)
    assert defaults(flags, NOW_US).changes_at_us == (NOW_S + 10) * MICROSECONDS
    assert defaults(flags, NOW_US + 10 * MICROSECONDS).flags["a"].override.value == "1"


def test_names_that_no_flag_has_are_left_out() -> None:
    flags = flag_set(flag("a"), flag("b"))
    assert list(resolve(flags, (), player(), ["b", "x"]).flags) == ["b"]
    assert list(defaults(flags, NOW_US, ["x", "a"]).flags) == ["a"]
    assert list(overrides(flags, (), player(), ["a"])) == ["a"]
    assert list(trace(flags, (), player(), ["a", "x"])) == ["a"]


def test_why_tells_what_let_somebody_in_and_kept_others_out() -> None:
    definition = flag(
        variants=(
            Variant(name="high", audiences=("high", "none")),
            Variant(name="never", audiences=("all",), rollout_percent=0),
            Variant(name="new", audiences=("new",)),
        )
    )
    why = trace(flag_set(definition), (), player(custom={"level": "5"}))["a"]
    high, never, new, default = why.candidates
    assert [each.applies for each in why.candidates] == [False, False, True, True]
    assert (high.problem, never.problem, new.problem) == (NOT_IN_AUDIENCES, NOT_IN_ROLLOUT, "")
    assert new.wins
    assert why.winner.variant_name == "new"
    assert [each.audience for each in high.audiences] == ["high", "none"]
    clause = high.audiences[0].filter
    assert clause is not None
    assert clause.value == "false"
    assert [(each.text, each.value) for each in clause.seen] == [
        ('PropertiesCustom("level", 0)', "5")
    ]
    assert never.place_percent is not None
    assert new.place_percent is None
    assert not default.audiences
