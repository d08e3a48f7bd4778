"""Who gets which variant: the same for ever, evenly, and in no experiment as in another."""

from pathlib import Path

import msgspec
import pytest

from matsuri.experiments.assign import (
    drawn,
    exclusion_salt,
    holdout_salt,
    permille_place,
    split_salt,
)
from matsuri.experiments.model import PERMILLE_ALL, SplitKey
from tests.unit.experiments.worlds import HALVES, phase, variant

PLAYERS = [f"player-{number:06}" for number in range(20_000)]
# The 99.99 % quantiles of chi-square with one and with nine degrees of freedom.
CHI_SQUARE_1 = 15.14
CHI_SQUARE_9 = 33.72


class Vector(msgspec.Struct, frozen=True):
    salt: str
    sample_key: str
    place: int


VECTORS = msgspec.json.decode(
    (Path(__file__).parent / "vectors" / "assignment_1.json").read_bytes(), type=list[Vector]
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each.salt}/{each.sample_key}")
def test_places_are_those_of_the_vectors(vector: Vector) -> None:
    assert permille_place(vector.salt, vector.sample_key) == vector.place


def test_salts_are_frozen() -> None:
    by_id = phase(split_key=SplitKey.ID)
    by_phase = phase(split_key=SplitKey.PHASE)
    assert split_salt("e", by_id) == "experiment-assignment:1:e"
    assert split_salt("e", by_phase) == "experiment-assignment:1:id of first"
    assert exclusion_salt("g") == "exclusion-group:1:g"
    assert holdout_salt("g") == "holdout-group:1:g"


def test_each_variant_has_as_many_places_as_its_weight() -> None:
    variants = (variant("a", 1), variant("none", 0), variant("b", 333), variant("c", 666))
    names = [drawn(variants, place).name for place in range(PERMILLE_ALL)]
    assert {name: names.count(name) for name in names} == {"a": 1, "b": 333, "c": 666}
    assert names == sorted(names)


def test_places_are_even() -> None:
    counts = [0] * 10
    for player in PLAYERS:
        counts[permille_place("experiment-assignment:1:even", player) // 100] += 1
    expected = len(PLAYERS) / 10
    assert sum((count - expected) ** 2 / expected for count in counts) < CHI_SQUARE_9


@pytest.mark.parametrize("pair", [("one", "two"), ("1", "2"), ("a", "aa"), ("x", "X")])
def test_two_experiments_are_independent(pair: tuple[str, str]) -> None:
    """Chi-square of the two by two table of their halves."""
    table = {(first, second): 0 for first in HALVES for second in HALVES}
    for player in PLAYERS:
        cell = tuple(
            drawn(HALVES, permille_place(f"experiment-assignment:1:{each}", player))
            for each in pair
        )
        table[cell] += 1  # type: ignore[index] # a pair
    rows = {each: sum(n for cell, n in table.items() if cell[0] == each) for each in HALVES}
    columns = {each: sum(n for cell, n in table.items() if cell[1] == each) for each in HALVES}
    found = sum(
        (n - rows[row] * columns[column] / len(PLAYERS)) ** 2
        / (rows[row] * columns[column] / len(PLAYERS))
        for (row, column), n in table.items()
    )
    assert found < CHI_SQUARE_1
