"""What the simulation shows with places in memory holds with the read path and places in SQLite."""

from collections import Counter
from pathlib import Path

import pytest

from matsuri.enrolments.model import Enrolment, Part
from tests.simulation.book import MemoryBook
from tests.simulation.kept import kept_server
from tests.simulation.month import play
from tests.simulation.players import Players
from tests.simulation.population import population
from tests.simulation.server import MemoryServer
from tests.simulation.world import Caps, editions

pytestmark = pytest.mark.slow

PLAYERS = 3_000
# So few that every cap is come to by that many players.
CAPS = Caps(capped=150, capped_later=240, roomy=1800, cup=6, rush=90)


async def test_a_smaller_month_is_the_same_in_sqlite(tmp_path: Path) -> None:
    people, declared = population(PLAYERS), editions(CAPS)
    book, players = MemoryBook(), Players(people)
    in_memory = await play(people, players, declared, MemoryServer(players, book))
    players = Players(people)
    async with kept_server(tmp_path / "control.db", people, players) as (server, kept, log):
        in_sqlite = await play(people, players, declared, server)
        ids = [each.id for each in people.people]
        held = await kept.of_many(ids)
        counts: Counter[Part] = Counter()
        for subject in {part.subject_id for part in book.counts}:
            for (part, _variant), number in (await kept.counts(subject)).items():
                counts[part] += number
    assert in_memory.problems == in_sqlite.problems == []
    assert in_sqlite.seen == in_memory.seen
    assert in_sqlite.live == in_memory.live
    places: dict[str, dict[Part, Enrolment]] = {
        ids[person]: those for person, those in book.held.items() if those
    }
    assert {each: of.held for each, of in held.items() if of.held} == places
    assert counts == book.counts
    assert log.exposures() == [
        (ids[each.person], each.part.part, each.variant) for each in book.exposures
    ]
    full = sum(
        number in (CAPS.capped_later, CAPS.cup, CAPS.rush) for number in book.counts.values()
    )
    assert full > 10
