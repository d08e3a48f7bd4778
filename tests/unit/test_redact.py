"""Redaction takes the entries of erased players, whole, and touches nothing else."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import (
    Dismissed,
    Event,
    EventBatch,
    LogEntry,
    ProfileErased,
    ProfileMerged,
    Reason,
    Redacted,
    RejectedEvent,
    Replay,
    Source,
    decode_entries,
    encode_entries,
)
from matsuri.events.redact import Erased, redact, redacted_bytes
from matsuri.events.replays import place_entries, places_of

OWNER = 7
CANARY = "canary-0f1e2d"
KEYS = st.integers(0, 6)
ERASED = Erased({1: OWNER, 3: OWNER}, {CANARY: OWNER})
# Texts in which the canary never stands by chance.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
sizes = st.sampled_from([0, 1, 30, 200, 230, 245, 255, 256, 300, 66_000])
int64 = st.integers(-(2**63), 2**63 - 1)


@st.composite
def batches(draw: st.DrawFn) -> EventBatch:
    key = draw(KEYS)
    mine = key in ERASED.keys
    name = CANARY if mine else draw(texts)
    padding = "x" * draw(sizes)
    return EventBatch(
        received_us=draw(int64),
        source=draw(st.sampled_from(Source)),
        api_key="default",
        identity_id=name,
        profile_key=key,
        session_id=name,
        session_issued_at=0,
        session_expires_at=0,
        events=[
            Event(id=name, name=name, timestamp_us=1, value=padding, metadata={name: name})
            for _ in range(draw(st.integers(0, 3)))
        ],
    )


@st.composite
def rejections(draw: st.DrawFn) -> RejectedEvent:
    key = draw(KEYS)
    # Of no profile, they name the player in a field, or only in what was sent.
    named = draw(st.sampled_from(["", "field", "payload"])) if key == 0 else ""
    mine = key in ERASED.keys
    payload = draw(st.binary(max_size=30))
    if mine or named == "payload":
        payload = b'{"identity_id":"' + CANARY.encode() + b'"}'
    return RejectedEvent(
        received_us=1,
        source=Source.SERVER,
        api_key="default",
        identity_id=CANARY if mine or named == "field" else draw(texts),
        profile_key=key,
        session_id="",
        event_id="",
        name=CANARY if mine else "unknown",
        reason=Reason.INVALID_NAME,
        problem="",
        payload=payload + b" " * draw(sizes),
    )


@st.composite
def replays(draw: st.DrawFn) -> Replay:
    inner = draw(st.lists(batches(), max_size=3))
    count = sum(len(batch.events) for batch in inner)
    refs = draw(st.lists(st.integers(1, 2**40), min_size=count, max_size=count, unique=True))
    return Replay(1, refs, 0, encode_entries(inner))


numbers = st.one_of(
    st.builds(ProfileMerged, at_us=int64, from_key=KEYS, into_key=KEYS),
    st.builds(ProfileErased, at_us=int64, profile_key=KEYS),
    st.builds(Dismissed, at_us=int64, rejected_ids=st.lists(int64), dead_letter_ids=st.just([])),
)
records = st.lists(st.one_of(batches(), rejections(), replays(), numbers), max_size=20)


def is_mine(entry: LogEntry) -> bool:
    if isinstance(entry, EventBatch):
        return entry.profile_key in ERASED.keys
    if isinstance(entry, RejectedEvent):
        named = entry.identity_id == CANARY or CANARY.encode() in entry.payload
        return entry.profile_key in ERASED.keys or (entry.profile_key == 0 and named)
    return False


def count_mine(entries: list[LogEntry]) -> int:
    total = 0
    for entry in entries:
        if isinstance(entry, Replay):
            total += count_mine(decode_entries(entry.entries))
        else:
            total += is_mine(entry)
    return total


def check(before: list[LogEntry], after: list[LogEntry]) -> None:
    """Each entry is redacted, or is as it was; and all stand in the places where they stood."""
    assert [p.origin for p in place_entries(0, before)] == [
        p.origin for p in place_entries(0, after)
    ]
    for old, new in zip(before, after, strict=True):
        if is_mine(old):
            assert isinstance(new, Redacted)
            assert new.places == places_of(old)
            assert not any(new.padding)
        elif isinstance(old, Replay) and isinstance(new, Replay):
            assert new.rejected_ids == old.rejected_ids
            check(decode_entries(old.entries), decode_entries(new.entries))
        else:
            assert new == old


@given(records)
def test_a_redacted_record_keeps_its_length_and_the_entries_of_others(
    entries: list[LogEntry],
) -> None:
    payload = encode_entries(entries)
    done = redact(payload, ERASED)
    mine = count_mine(entries)
    if done is None:
        assert mine == 0
        return
    assert len(done.payload) == len(payload)
    assert dict(done.entries) == {OWNER: mine}
    check(entries, decode_entries(done.payload))
    assert CANARY.encode() not in done.payload
    assert redact(done.payload, ERASED) is None


@given(st.integers(14, 70_000), st.integers(0, 2**31))
def test_a_redacted_entry_of_every_size_can_be_made(size: int, places: int) -> None:
    size += len(msgspec.msgpack.encode(places))
    made = redacted_bytes(size, places)
    assert len(made) == size
    (entry,) = decode_entries(b"\x91" + made)
    assert isinstance(entry, Redacted)
    assert entry.places == places


@pytest.mark.parametrize("size", [255 + 12, 256 + 12, 257 + 12, 65_535 + 14, 65_536 + 14])
def test_sizes_at_which_the_header_grows(size: int) -> None:
    assert len(redacted_bytes(size, 1)) == size


def test_longer_ids_of_others_are_not_the_id() -> None:
    payload = b'{"identity_id":"' + CANARY.encode() + b'-2"}'
    other = RejectedEvent(
        1, Source.SERVER, "", f"{CANARY}-2", 0, "", "", "x", Reason.INVALID_NAME, "", payload
    )
    assert redact(encode_entries([other]), ERASED) is None


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        redact(b"\x91\x01", ERASED)
