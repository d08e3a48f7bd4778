"""Chunks for analytics stores: built by hand, and random ones."""

from collections.abc import Sequence

from hypothesis import strategies as st

from matsuri.events.analytics import DAY_US, Chunk, Item
from matsuri.events.model import (
    SESSION_START,
    Entry,
    Event,
    EventBatch,
    ProfileErased,
    ProfileMerged,
    Source,
)

DAY = 20_000
NOON_US = DAY * DAY_US + DAY_US // 2
HARD_TEXTS = (
    "",
    "plain",
    "O'Brien",
    'say "hi"',
    "back\\slash \\N \\n \\",
    "100%_",
    "tab\tnew\nline\rbell\x07 \x01\x1f\x7f",
    "line\u2028paragraph\u2029mark\ufeff",
    "😀👩‍👩‍👧 ÄÖÜ Ωμέγα день 日本",
    "null",
    "{}",
    "{name:String} $1 ? :a %(x)s",
    "'; DROP TABLE events; --",
    "long " * 3000,
)


def event(
    name: str = "tap",
    time_us: int = NOON_US,
    value: str | None = None,
    metadata: dict[str, str] | None = None,
    event_id: str = "e",
) -> Event:
    return Event(event_id, name, time_us, value, metadata)


def batch(
    key: int,
    *events: Event,
    session: str = "",
    issued_at: int = 0,
    api_key: str = "default",
    is_test: bool = False,
) -> EventBatch:
    return EventBatch(
        received_us=max(event.timestamp_us for event in events) + 1000,
        source=Source.SESSION if key else Source.SERVER,
        api_key=api_key,
        identity_id=f"player-{key}" if key else "",
        profile_key=key,
        session_id=session,
        session_issued_at=issued_at,
        session_expires_at=0,
        events=list(events),
        is_test=is_test,
    )


def merged(from_key: int, into_key: int) -> ProfileMerged:
    return ProfileMerged(NOON_US, from_key, into_key)


def erased(key: int) -> ProfileErased:
    return ProfileErased(NOON_US, key)


class History:
    """Numbers chunks and gives their entries positions, as the pipeline does."""

    def __init__(self) -> None:
        self._position = 0
        self._seq = 0

    def chunk(self, *entries: Entry, records: int = 3) -> Chunk:
        """``entries`` as the next chunk: each in a record of its own, numbered from 1."""
        items = []
        for entry in entries:
            self._position += 100
            items.append(Item(self._position, 0, entry))
        self._seq += records
        return Chunk(self._seq - records + 1, self._seq, items)


_TIMES_US = st.builds(
    lambda day, of_day_us: day * DAY_US + of_day_us,
    st.sampled_from([-719_162, -1, 0, DAY - 400, DAY, DAY, DAY + 1, DAY + 31, 60_000]),
    st.sampled_from([0, 0, 1, DAY_US // 2, DAY_US - 1]),
)
_VALUES = st.none() | st.sampled_from(["", "a", "b", "Ä", "10", "9", "😀", "O'B\\"])
_EVENTS = st.builds(
    event,
    st.sampled_from(["tap", "buy", "Zap", SESSION_START]),
    _TIMES_US,
    _VALUES,
    st.none()
    | st.dictionaries(
        st.sampled_from(["level", "q'\"\\", "Ä"]), st.sampled_from(["1", "", '"b"', "ä\\"])
    ),
    st.sampled_from(["e1", "e2", "E1"]),
)
# Chosen so that equal starts meet; the client's words for a session are seconds.
_SESSIONS = st.sampled_from(["", "", "s1", "s2", "s3"])
_ISSUED_AT = st.sampled_from([0, 0, 1, NOON_US // 1_000_000])


@st.composite
def random_chunks(draw: st.DrawFn) -> Sequence[Chunk]:
    """A history of a few players who send, merge and are erased."""
    history = History()
    living = {1, 2, 3, 4, 5}
    parts: dict[int, int] = {}
    chunks = []
    for _ in range(draw(st.integers(1, 5))):
        entries: list[Entry] = []
        for _ in range(draw(st.integers(1, 6))):
            kind = draw(st.sampled_from(["events"] * 6 + ["merge"] * 2 + ["erase"]))
            if kind == "merge" and len(living) > 1:
                from_key, into_key = draw(st.permutations(sorted(living)))[:2]
                living.discard(from_key)
                parts[from_key] = into_key
                entries.append(merged(from_key, into_key))
            elif kind == "erase" and living:
                key = draw(st.sampled_from(sorted(living)))
                living.discard(key)
                parts = {part: whole for part, whole in parts.items() if _root(whole, parts) != key}
                entries.append(erased(key))
            else:
                # What was sent under a key before a merge may be told after it.
                key = draw(st.sampled_from([0, *sorted(living), *sorted(parts)]))
                entries.append(
                    batch(
                        key,
                        *draw(st.lists(_EVENTS, min_size=1, max_size=4)),
                        session=draw(_SESSIONS),
                        issued_at=draw(_ISSUED_AT),
                        is_test=draw(st.sampled_from([False, False, True])),
                    )
                )
        chunks.append(history.chunk(*entries))
    return chunks


def _root(key: int, parts: dict[int, int]) -> int:
    while key in parts:
        key = parts[key]
    return key
