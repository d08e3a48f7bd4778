import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import (
    Entry,
    Event,
    EventBatch,
    ProfileErased,
    ProfileMerged,
    Reason,
    RejectedEvent,
    Source,
    decode_entries,
    encode_entries,
)
from tests.unit.strategies import event_lists

text = st.text()
int64 = st.integers(-(2**63), 2**63 - 1)
batches = st.builds(
    EventBatch,
    received_us=int64,
    source=st.sampled_from(Source),
    api_key=text,
    identity_id=text,
    profile_key=int64,
    session_id=text,
    session_issued_at=int64,
    session_expires_at=int64,
    events=event_lists(events_max=4)
    | st.lists(
        st.builds(
            Event,
            id=text,
            name=text,
            timestamp_us=int64,
            value=st.none() | text,
            metadata=st.none() | st.dictionaries(text, text, max_size=3),
            id_given=st.booleans(),
        ),
        max_size=3,
    ),
)
rejected = st.builds(
    RejectedEvent,
    received_us=int64,
    source=st.sampled_from(Source),
    api_key=text,
    identity_id=text,
    profile_key=int64,
    session_id=text,
    event_id=text,
    name=text,
    reason=st.sampled_from(Reason),
    problem=text,
    payload=st.binary(),
)
merges = st.builds(ProfileMerged, at_us=int64, from_key=int64, into_key=int64)
erasures = st.builds(ProfileErased, at_us=int64, profile_key=int64)
entry_lists: st.SearchStrategy[list[Entry]] = st.lists(
    batches | rejected | merges | erasures, max_size=4
)

BATCH = EventBatch(
    received_us=5,
    source=Source.SESSION,
    api_key="game",
    identity_id="player-1",
    profile_key=7,
    session_id="s1",
    session_issued_at=0,
    session_expires_at=0,
    events=[Event(id="e1", name="gameStarted", timestamp_us=4, metadata={"mode": "blitz"})],
)


@given(entry_lists)
def test_entries_round_trip(entries: list[Entry]) -> None:
    payload = encode_entries(entries)
    assert decode_entries(payload) == entries
    assert decode_entries(memoryview(payload)) == entries


def test_the_payload_of_a_refused_event_is_kept_byte_by_byte() -> None:
    payload = b'{"name": "no\\u00e9", "value": 1}'
    entry = RejectedEvent(
        5, Source.SERVER, "game", "", 0, "", "", "no", Reason.INVALID_NAME, "undeclared", payload
    )
    (decoded,) = decode_entries(encode_entries([entry]))
    assert isinstance(decoded, RejectedEvent)
    assert decoded.payload == payload


@given(entry_lists, st.binary(min_size=1, max_size=5))
def test_what_follows_the_entries_is_refused(entries: list[Entry], garbage: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_entries(encode_entries(entries) + garbage)


@given(entry_lists, st.data())
def test_a_cut_record_is_refused(entries: list[Entry], data: st.DataObject) -> None:
    payload = encode_entries(entries)
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(msgspec.MsgspecError):
        decode_entries(payload[:cut])


@given(st.binary() | st.tuples(st.binary(), st.integers(0, 200)))
def test_no_bytes_raise_anything_else(damage: bytes | tuple[bytes, int]) -> None:
    payload = encode_entries([BATCH])
    if isinstance(damage, bytes):
        damaged = damage
    else:
        inserted, at = damage
        damaged = payload[:at] + inserted + payload[at + len(inserted) :]
    try:
        entries = decode_entries(damaged)
    except msgspec.MsgspecError:
        return
    assert isinstance(entries, list)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_entries(encode_entries([BATCH]).replace(b"e1", b"\xff\xff"))


def test_bytes_without_a_bottom_are_refused() -> None:
    encoded = encode_entries([BATCH])
    longer = b"\x91" + bytes([encoded[1] + 1]) + encoded[2:]
    with pytest.raises(msgspec.MsgspecError):
        decode_entries(longer + b"\x91" * 100_000 + b"\x90")


def test_a_record_of_a_later_version_with_more_fields_can_be_read() -> None:
    encoded = encode_entries([BATCH])
    longer = b"\x91" + bytes([encoded[1] + 1]) + encoded[2:] + msgspec.msgpack.encode({"new": 1})
    assert decode_entries(longer) == [BATCH]


def test_an_entry_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_entries(msgspec.msgpack.encode([["unknown", 1, 2]]))
