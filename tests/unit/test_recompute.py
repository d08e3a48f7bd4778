"""Profiles computed again from history are those that the pipeline made as it came."""

import random
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.analytics import EventRow, Merge
from matsuri.events.model import Event, EventBatch, ProfileMerged, Source
from matsuri.identities.apply_batch import apply_batch
from matsuri.identities.computed import EMPTY, merge
from matsuri.identities.model import Profile
from matsuri.identities.recompute import recompute, root_of

GRACE_US = 30_000_000
NAMES_MAX = 3

keys = st.integers(1, 4)
events = st.builds(
    Event,
    id=st.uuids().map(str),
    name=st.sampled_from(["gameStarted", "purchaseCompleted", "_sessionStart", "a", "b"]),
    # Few instants, so that there are many ties.
    timestamp_us=st.integers(0, 5).map(lambda seconds: seconds * 1_000_000),
    value=st.sampled_from([None, "1", "2.5", "-3", "text", "0.1"]),
    metadata=st.none() | st.just({"countryCode": "JP"}),
)
batches = st.builds(
    EventBatch,
    received_us=st.integers(0, 100).map(lambda seconds: seconds * 1_000_000),
    source=st.sampled_from(list(Source)),
    api_key=st.just("default"),
    identity_id=st.just("player-0001"),
    profile_key=keys,
    session_id=st.sampled_from(["", "", "s1", "s2"]),
    session_issued_at=st.just(0),
    session_expires_at=st.just(0),
    events=st.lists(events, min_size=1, max_size=4),
)
merges = st.builds(ProfileMerged, at_us=st.just(0), from_key=keys, into_key=keys)


def as_it_came(
    entries: Sequence[EventBatch | ProfileMerged],
) -> tuple[dict[int, Profile], list[EventRow], list[Merge]]:
    """What the pipeline makes of ``entries``, and what it gives to the analytics store."""
    profiles: dict[int, Profile] = {}
    rows: list[EventRow] = []
    done: list[Merge] = []
    gone: dict[int, int] = {}
    for position, entry in enumerate(entries):
        if isinstance(entry, ProfileMerged):
            from_key, into_key = root_of(entry.from_key, gone), root_of(entry.into_key, gone)
            if from_key != into_key:
                gone[from_key] = into_key
                taken = profiles.pop(from_key, EMPTY)
                profiles[into_key] = merge(profiles.get(into_key, EMPTY), taken)
                done.append(Merge(position, 0, from_key, into_key))
            continue
        key = root_of(entry.profile_key, gone)
        batch = msgspec.structs.replace(entry, profile_key=key)
        profiles[key], session_id = apply_batch(
            profiles.get(key, EMPTY),
            batch,
            session_grace_us=GRACE_US,
            computed_names_max=NAMES_MAX,
        )
        rows += [
            EventRow(
                position=position,
                place=place,
                profile_key=key,
                time_us=event.timestamp_us,
                received_us=batch.received_us,
                identity_id=batch.identity_id,
                session_id=session_id,
                event_id=event.id,
                name=event.name,
                value=event.value,
                metadata=event.metadata,
                source=batch.source.value,
                api_key=batch.api_key,
            )
            for place, event in enumerate(batch.events)
        ]
    return profiles, rows, done


@given(st.lists(batches | batches | batches | merges, max_size=12), st.randoms())
def test_recomputed_equals_folded_as_it_came(
    entries: list[EventBatch | ProfileMerged], chance: random.Random
) -> None:
    profiles, rows, done = as_it_came(entries)
    chance.shuffle(rows)
    found = recompute(rows, done, session_grace_us=GRACE_US, computed_names_max=NAMES_MAX)
    assert found == profiles


def test_a_merge_goes_before_the_events_at_its_place() -> None:
    batch = EventBatch(
        received_us=1,
        source=Source.SESSION,
        api_key="default",
        identity_id="player-0001",
        profile_key=2,
        session_id="",
        session_issued_at=0,
        session_expires_at=0,
        events=[Event(id="e", name="a", timestamp_us=5, value="later")],
    )
    first = msgspec.structs.replace(
        batch, profile_key=1, events=[Event(id="d", name="a", timestamp_us=5, value="earlier")]
    )
    merged = ProfileMerged(at_us=0, from_key=1, into_key=2)
    profiles, rows, done = as_it_came([first, merged, batch])
    assert profiles[2].events["a"].value_last == "later"
    # In the log the merge and the event after it share a record.
    rows[1] = msgspec.structs.replace(rows[1], position=done[0].position, place=0)
    found = recompute(rows, done, session_grace_us=GRACE_US, computed_names_max=NAMES_MAX)
    assert found == profiles
