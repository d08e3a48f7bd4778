"""Which flags may have had their day."""

from typing import Any

from matsuri.flags.compile import compile_flag
from matsuri.flags.model import FlagReads, ScheduledChange, Variant
from matsuri.flags.stale import StaleReason, findings
from matsuri.kit.clock import MICROSECONDS
from tests.unit.flags.worlds import NOW_S, NOW_US, flag

DAY_US = 86_400 * MICROSECONDS
LONG_AGO = NOW_US - 40 * DAY_US
LATELY = NOW_US - 2 * DAY_US
ASKED = FlagReads("id", read_us=LATELY, reads=9, asked_us=LATELY, asked=3)


def found(
    reads: FlagReads = ASKED, *, created_us: int = LONG_AGO, updated_us: int = 0, **body: Any
) -> list[tuple[StaleReason, str]]:
    definition = flag(created_us=created_us, **body)
    changed = type(definition)(
        id=definition.id,
        kind=definition.kind,
        name=definition.name,
        body=definition.body,
        created_us=created_us,
        updated_us=updated_us or created_us,
    )
    every = findings(compile_flag(changed), reads, {"fans"}, now_us=NOW_US, after_us=30 * DAY_US)
    assert all(each.detail for each in every)
    return [(each.reason, each.variant) for each in every]


def test_a_flag_in_use_is_not_stale() -> None:
    assert found() == []
    assert found(variants=(Variant(name="v", audiences=("fans",)),)) == []
    assert found(variants=(Variant(name="v", rollout_percent=99),)) == []


def test_reads() -> None:
    long_ago = FlagReads("id", read_us=LONG_AGO, reads=9, asked_us=LONG_AGO, asked=3)
    assert found(FlagReads("id")) == [(StaleReason.UNREAD, "")]
    assert found(long_ago) == [(StaleReason.UNREAD, "")]
    assert found(FlagReads("id"), created_us=LATELY) == []
    never_asked = FlagReads("id", read_us=LATELY, reads=9)
    assert found(never_asked) == [(StaleReason.NEVER_ASKED, "")]
    # Who asks by name reads.
    assert found(FlagReads("id", asked_us=LATELY, asked=1)) == []


def test_a_flag_that_is_off_has_variants_for_nothing() -> None:
    variants = (Variant(name="v", rollout_percent=0), Variant(name="w"))
    assert found(enabled=False, variants=variants) == [(StaleReason.OFF, "")]
    assert found(enabled=False) == []


def test_variants_that_nobody_or_everybody_has() -> None:
    never, rolled_out = StaleReason.NEVER_APPLIES, StaleReason.ROLLED_OUT
    assert found(variants=(Variant(name="v", rollout_percent=0),)) == [(never, "v")]
    assert found(variants=(Variant(name="v", audiences=("gone",)),)) == [(never, "v")]
    assert found(variants=(Variant(name="v", audiences=("gone", "fans")),)) == []
    assert found(variants=(Variant(name="v"),)) == [(rolled_out, "v")]
    assert found(
        variants=(
            Variant(name="first", audiences=("fans",)),
            Variant(name="all"),
            Variant(name="behind", audiences=("fans",)),
            Variant(name="last"),
        )
    ) == [(rolled_out, "all"), (never, "behind"), (never, "last")]


def test_what_was_changed_lately_or_will_be_has_time() -> None:
    variants = (Variant(name="v"),)
    assert found(updated_us=LATELY, variants=variants) == []
    later = ScheduledChange(at_time_sec=NOW_S + 100, value="x")
    assert found(schedule=(later,), variants=variants) == []
    lately = ScheduledChange(at_time_sec=LATELY // MICROSECONDS, variants=variants)
    assert found(schedule=(lately,)) == []
    long_ago = ScheduledChange(at_time_sec=LONG_AGO // MICROSECONDS + 1, variants=variants)
    assert found(schedule=(long_ago,)) == [(StaleReason.ROLLED_OUT, "v")]
