"""Counting what happens to players, and which places are left."""

from collections.abc import Sequence

from matsuri.enrolments.model import Admission, Part, SubjectKind
from matsuri.flags.model import Override, OverrideType
from matsuri.planning.impact import FlagChange, Place, PlayerChanges, Standing
from matsuri.planning.impact_tally import Change, Limits, Sample, Tally

PART = Part("id of e", "first")
OTHER = Part("id of e", "second")


def value(text: str) -> Override:
    return Override(OverrideType.FLAG, "shop", "", text, 0)


def player(identity_id: str, before: str | None, after: str | None) -> PlayerChanges:
    was = None if before is None else value(before)
    comes = None if after is None else value(after)
    return PlayerChanges(identity_id, [FlagChange("shop", was, comes)])


def wanting(*parts: Part, before: Sequence[Part] = (), most: int = 10) -> PlayerChanges:
    def admissions(of: Sequence[Part]) -> list[Admission]:
        return [
            Admission(part=each, kind=SubjectKind.EXPERIMENT, participants_max=most) for each in of
        ]

    return PlayerChanges("somebody", limited=(admissions(before), admissions(parts)))


def test_the_most_frequent_changes_are_told_and_the_others_summed_up() -> None:
    tally = Tally(samples_max=2)
    tally.add([PlayerChanges("same")])
    for number in range(5):
        tally.add([player(f"b{number}", "red", "blue")])
    for number in range(3):
        tally.add([player(f"g{number}", "red", "green")])
    tally.add([player("n", None, "green"), player("o", "red", None)])
    assert (tally.looked, tally.changed) == (11, 10)
    changes = tally.flags["shop"]
    assert changes.players == 10
    told, others = changes.most(2)
    assert told == [
        Change("red", "blue", 5, [Sample(f"b{n}", value("red"), value("blue")) for n in range(2)]),
        Change(
            "red", "green", 3, [Sample(f"g{n}", value("red"), value("green")) for n in range(2)]
        ),
    ]
    assert others == 2
    everything, others = changes.most(10)
    assert ({(each.before, each.after) for each in everything[2:]}, others) == (
        {(None, "green"), ("red", None)},
        0,
    )


def test_more_changes_than_are_remembered_are_still_counted() -> None:
    tally = Tally(samples_max=0)
    for number in range(1500):
        tally.add([player("p", "old", str(number)), player("p", "old", str(number))])
    told, others = tally.flags["shop"].most(5000)
    assert len(told) == 1000
    assert others == 1000
    assert tally.changed == 3000


def test_experiments_and_live_events_are_counted_by_id() -> None:
    tally = Tally(samples_max=1)
    place = Place("first", "blue")
    tally.add(
        [
            PlayerChanges(
                "p",
                experiments={"e": (None, place)},
                live_events={"l": (Standing.MAY_JOIN, Standing.TAKES_PART)},
            )
        ]
    )
    assert tally.experiments["e"].most(1) == ([Change(None, place, 1, [Sample("p")])], 0)
    assert tally.live_events["l"].most(1) == (
        [Change(Standing.MAY_JOIN, Standing.TAKES_PART, 1, [Sample("p")])],
        0,
    )


def test_who_wants_a_limited_place_is_counted() -> None:
    tally = Tally(samples_max=0)
    tally.add([wanting(PART), wanting(PART, OTHER), wanting(before=[PART])])
    assert tally.wanted == {PART: 2, OTHER: 1}


def test_a_part_is_full_once_that_is_known() -> None:
    limits = Limits()
    some = [wanting(PART, OTHER, before=[PART])]
    assert set(limits.unknown(some)) == {PART, OTHER}
    assert limits.learn({PART: 10, OTHER: 4}, some), "one of them is full"
    assert limits.full == ({PART}, {PART})
    assert limits.left == {OTHER: 6}
    assert not limits.unknown(some)
    assert not limits.learn({}, some), "and stays so"


def test_a_part_may_be_full_on_one_side_only() -> None:
    limits = Limits()
    old, new = wanting(before=[PART], most=10), wanting(PART, most=20)
    assert limits.learn({PART: 10}, [old])
    assert limits.full == ({PART}, set())
    assert set(limits.unknown([new])) == {PART}
    assert not limits.learn({PART: 10}, [new])
    assert limits.left == {PART: 10}
