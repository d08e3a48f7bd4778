"""What events tell of their session, in whatever order they come."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import SESSION_START, Event, EventBatch, Source
from matsuri.identities.model import SessionActivity
from matsuri.identities.session_activity import (
    combine_activity,
    session_activity,
    session_duration_us,
)

US = 1_000_000


def batch(*events: Event, issued_at: int = 0, api_key: str = "default") -> EventBatch:
    return EventBatch(
        received_us=0,
        source=Source.SERVER,
        api_key=api_key,
        identity_id="player-0001",
        profile_key=7,
        session_id="s1",
        session_issued_at=issued_at,
        session_expires_at=0,
        events=list(events),
    )


def event(at_us: int, name: str = "play") -> Event:
    return Event(id=f"{name}-{at_us}", name=name, timestamp_us=at_us)


def start(at_us: int, country: str = "") -> Event:
    metadata = {"countryCode": country} if country else None
    return Event(id="start", name=SESSION_START, timestamp_us=at_us, metadata=metadata)


def activity(*batches: EventBatch) -> SessionActivity:
    [combined] = combine_activity(session_activity(each, "s1", 7) for each in batches)
    return combined


def test_a_senders_word_is_a_start_in_seconds() -> None:
    told = activity(batch(event(50 * US), issued_at=40))
    assert (told.started_us, told.opened_here, told.event_count) == (40 * US, False, 1)


def test_memory_that_was_never_set_is_no_start() -> None:
    for issued_at in (0, -1, 2**62):
        assert activity(batch(event(50 * US), issued_at=issued_at)).started_us is None


def test_the_start_itself_corrects_what_was_told_in_every_order() -> None:
    parts = [
        batch(event(60 * US), issued_at=5, api_key="script"),
        batch(start(41 * US, "JP")),
        batch(event(30 * US), event(90 * US)),
    ]
    for order in permutations(parts):
        facts = activity(*order)
        assert facts == SessionActivity(
            session_id="s1",
            profile_key=7,
            started_us=41 * US,
            first_event_us=30 * US,
            last_event_us=90 * US,
            event_count=3,
            country="JP",
            api_key="default",
            opened_here=True,
        )


def test_the_first_word_counts_where_the_start_is_not_known() -> None:
    facts = activity(
        batch(event(60 * US)),
        batch(event(61 * US), issued_at=40),
        batch(event(62 * US), issued_at=50),
    )
    assert (facts.started_us, facts.opened_here) == (40 * US, False)


def test_sessions_of_other_profiles_stay_apart() -> None:
    one = session_activity(batch(event(1)), "s1", 7)
    other = session_activity(batch(event(2)), "s1", 8)
    assert combine_activity([one, other]) == [one, other]


def test_no_duration_is_negative() -> None:
    assert session_duration_us(started_us=10, first_event_us=2, last_event_us=5) == 0
    assert session_duration_us(started_us=None, first_event_us=2, last_event_us=5) == 3
    assert session_duration_us(started_us=1, first_event_us=2, last_event_us=5) == 4


@given(st.lists(st.integers(0, 10**15), min_size=1), st.data())
def test_how_events_are_cut_into_batches_does_not_matter(
    times: list[int], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(times)))
    whole = activity(batch(*(event(at) for at in times)))
    parts = [batch(*(event(at) for at in part)) for part in (times[:cut], times[cut:]) if part]
    assert activity(*parts) == whole
