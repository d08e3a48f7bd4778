"""``fold``: a player's history becomes a profile with computed properties. Pure.

Contract: reference ``satori-players-and-events`` section 2.4. For every event name there are
``<name>Count``, ``<name>SeenFirst`` and ``<name>SeenLast`` (seconds since the epoch), and where
values came ``<name>ValueFirst`` and ``<name>ValueLast``, for numbers also ``ValueSum``,
``ValueHigh``, ``ValueLow`` and ``ValueAverage``. Reserved events lose their leading underscore.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from matsuri.events.model import RESERVED_PREFIX, Event
from matsuri.identities.model import CurrentSession, EventStats, Profile
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.numbers import EXACT, average, format_number, parse_number

EMPTY = Profile()
# What the names of computed properties have behind that of the event.
COMPUTED_SUFFIXES = (
    *("Count", "SeenFirst", "SeenLast", "ValueFirst", "ValueLast"),
    *("ValueSum", "ValueAverage", "ValueHigh", "ValueLow"),
)


def fold(
    profile: Profile,
    events: Iterable[Event],
    *,
    session_id: str = "",
    received_us: int = 0,
    computed_names_max: int = 1000,
) -> Profile:
    """The profile after ``events``, which came together at ``received_us`` in ``session_id``.

    Event times may be in any order: every figure is the same for every order of the same events,
    but for ties in time, where the first to arrive is ``ValueFirst`` and the last ``ValueLast``,
    and for names beyond ``computed_names_max``, where those that arrive first are kept.
    """
    stats = dict(profile.events)
    dropped = profile.names_dropped
    updated_us = profile.updated_us
    for event in events:
        known = stats.get(event.name)
        if known is None and len(stats) >= computed_names_max:
            dropped += 1
            continue
        stats[event.name] = _count(known, event)
        updated_us = max(updated_us, event.timestamp_us)
    session = profile.session
    if session_id and (session is None or received_us >= session.active_us):
        session = CurrentSession(id=session_id, active_us=received_us)
    return Profile(events=stats, session=session, updated_us=updated_us, names_dropped=dropped)


def _count(known: EventStats | None, event: Event) -> EventStats:
    at = event.timestamp_us
    one = EventStats(count=1, seen_first_us=at, seen_last_us=at)
    if event.value is not None and event.value != "":
        number = parse_number(event.value)
        one = EventStats(
            count=1,
            seen_first_us=at,
            seen_last_us=at,
            numeric_count=0 if number is None else 1,
            value_sum=number,
            value_high=number,
            value_low=number,
            value_first=event.value,
            value_first_us=at,
            value_last=event.value,
            value_last_us=at,
        )
    return one if known is None else _add(known, one)


def _add(earlier: EventStats, later: EventStats) -> EventStats:
    """Both together; on equal times ``earlier`` is taken to have arrived first."""
    takes_first = later.value_first is not None and (
        earlier.value_first is None or later.value_first_us < earlier.value_first_us
    )
    takes_last = later.value_last is not None and (
        earlier.value_last is None or later.value_last_us >= earlier.value_last_us
    )
    first, last = (later if takes_first else earlier), (later if takes_last else earlier)
    return EventStats(
        count=earlier.count + later.count,
        seen_first_us=min(earlier.seen_first_us, later.seen_first_us),
        seen_last_us=max(earlier.seen_last_us, later.seen_last_us),
        numeric_count=earlier.numeric_count + later.numeric_count,
        value_sum=_sum(earlier.value_sum, later.value_sum),
        value_high=_extreme(earlier.value_high, later.value_high, highest=True),
        value_low=_extreme(earlier.value_low, later.value_low, highest=False),
        value_first=first.value_first,
        value_first_us=first.value_first_us,
        value_last=last.value_last,
        value_last_us=last.value_last_us,
    )


def _sum(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    if a is None or b is None:
        return b if a is None else a
    return EXACT.add(a, b)


def _extreme(a: Decimal | None, b: Decimal | None, *, highest: bool) -> Decimal | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b) if highest else min(a, b)


def merge(profile: Profile, other: Profile) -> Profile:
    """One profile of two histories (``PUT /v1/identify``): counters add up, extremes combine.

    On equal times, ``profile`` counts as the earlier one. The names of both are kept, so the
    result may have more than ``fold`` would have let in.
    """
    stats = dict(profile.events)
    for name, added in other.events.items():
        known = stats.get(name)
        stats[name] = added if known is None else _add(known, added)
    # ``max`` takes the first of equals: ``other`` stands first because it counts as the later.
    sessions = [session for session in (other.session, profile.session) if session is not None]
    return Profile(
        events=stats,
        session=max(sessions, key=lambda session: session.active_us, default=None),
        updated_us=max(profile.updated_us, other.updated_us),
        names_dropped=profile.names_dropped + other.names_dropped,
    )


def computed_properties(profile: Profile) -> dict[str, str]:
    """The computed properties as the wire carries them: every value a text.

    A reserved event hides a declared one of the same name without the underscore.
    """
    properties: dict[str, str] = {}
    for name, stats in profile.events.items():
        if RESERVED_PREFIX + name not in profile.events:
            properties |= properties_of_event(name.removeprefix(RESERVED_PREFIX), stats)
    return properties


def properties_of_event(prefix: str, stats: EventStats) -> dict[str, str]:
    """The computed properties of one event, whose names begin with ``prefix``."""
    properties = {
        f"{prefix}Count": str(stats.count),
        f"{prefix}SeenFirst": str(stats.seen_first_us // MICROSECONDS),
        f"{prefix}SeenLast": str(stats.seen_last_us // MICROSECONDS),
    }
    if stats.value_first is not None and stats.value_last is not None:
        properties[f"{prefix}ValueFirst"] = stats.value_first
        properties[f"{prefix}ValueLast"] = stats.value_last
    if stats.value_sum is not None:
        properties[f"{prefix}ValueSum"] = format_number(stats.value_sum)
        properties[f"{prefix}ValueAverage"] = format_number(
            average(stats.value_sum, stats.numeric_count)
        )
    if stats.value_high is not None:
        properties[f"{prefix}ValueHigh"] = format_number(stats.value_high)
    if stats.value_low is not None:
        properties[f"{prefix}ValueLow"] = format_number(stats.value_low)
    return properties


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Profile)


def encode_profile(profile: Profile) -> bytes:
    """The stored form of a profile."""
    return _encoder.encode(profile)


def decode_profile(state: bytes) -> Profile:
    """The profile of a stored form; raises ``msgspec.MsgspecError`` where it is none."""
    try:
        return _decoder.decode(state)
    except (UnicodeDecodeError, RecursionError) as error:
        # msgspec lets these two through as they are.
        raise msgspec.DecodeError(f"not a profile: {error}") from error
