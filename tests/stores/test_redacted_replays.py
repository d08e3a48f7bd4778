"""A replay of which a player's events were redacted still knows which of the others are which."""

from pathlib import Path

from matsuri.adapters.database import sqlite_engine
from matsuri.adapters.schema import history
from matsuri.events.model import Event, EventBatch, Replay, Source, decode_entries, encode_entries
from matsuri.events.redact import Erased, redact
from matsuri.events.replays import open_replays, place_entries


def batch(key: int, *ids: str) -> EventBatch:
    events = [Event(id=name, name="gameStarted", timestamp_us=1) for name in ids]
    return EventBatch(1, Source.SESSION, "default", f"player-000{key}", key, "", 0, 0, events)


def test_the_ids_of_refused_events_stay_with_their_events(tmp_path: Path) -> None:
    inner = encode_entries([batch(1, "a"), batch(2, "b", "c"), batch(3, "d")])
    record = encode_entries([Replay(1, [11, 12, 13, 14], 0, inner), batch(3, "e")])
    redaction = redact(record, Erased({2: 2}, {}))
    assert redaction is not None
    engine = sqlite_engine(tmp_path / "history.db")
    with engine.begin() as connection:
        history.create_all(connection)
        # The first event of the third player came back before: it does not do so again.
        earlier = [Replay(1, [14], 0, encode_entries([batch(3, "d")]))]
        assert list(open_replays(connection, place_entries(0, earlier), now_us=1))
        placed = place_entries(500, decode_entries(redaction.payload))
        opened = list(open_replays(connection, placed, now_us=2))
    engine.dispose()
    assert [(origin.place, entry) for origin, entry in opened] == [
        (0, batch(1, "a")),
        (4, batch(3, "e")),
    ]
