"""The month of 100,000 players, gone through once for all tests of a process."""

import pytest

from tests.simulation.played import Played
from tests.simulation.population import population
from tests.simulation.world import Caps, editions

PLAYERS = 100_000


@pytest.fixture(scope="session")
def played() -> Played:
    caps = Caps()
    return Played(population(PLAYERS), editions(caps), caps)
