"""What the console API says of players."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.events.event_records import EventRecord
from matsuri.identities.computed import computed_properties
from matsuri.identities.model import Identity
from matsuri.identities.players import Portrait
from matsuri.identities.profile_store import StoredSession
from matsuri.identities.session_activity import session_duration_us
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.lists import PageOptions

TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text.")]
IsTest = Annotated[bool, Meta(description="Whether it is a test device, and in no metric.")]


class IdentitySummary(msgspec.Struct, frozen=True):
    """An identity in a list."""

    id: str
    create_time_sec: TimeSec
    update_time_sec: Annotated[
        str, Meta(description="The last change of its properties, in seconds since the epoch.")
    ]
    active_time_sec: Annotated[
        str, Meta(description="When it was last seen, seconds since the epoch; 0 for never.")
    ]
    country_code: str
    platform: str
    api_key: Annotated[str, Meta(description="Name of the API key that it was created with.")]
    is_test: IsTest


class IdentityListMessage(msgspec.Struct, frozen=True):
    """A page of identities."""

    identities: list[IdentitySummary]
    page_options: PageOptions


class AliasMessage(msgspec.Struct, frozen=True):
    """An id that was merged into this identity."""

    id: str
    merge_time_sec: TimeSec


class CurrentSessionMessage(msgspec.Struct, frozen=True):
    """The session in which the player was last seen."""

    session_id: str
    active_time_sec: Annotated[
        str, Meta(description="When its last events were received, in seconds since the epoch.")
    ]
    ended: Annotated[bool, Meta(description="Whether logging out or a merge has ended it.")]


class IdentityMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """An identity with its properties."""

    id: str
    create_time_sec: TimeSec
    update_time_sec: TimeSec
    default: dict[str, str]
    computed: dict[str, str]
    custom: dict[str, str]
    aliases: list[AliasMessage]
    current_session: CurrentSessionMessage | None = None
    merged_id: Annotated[
        str, Meta(description="The id that was asked for, if it was merged into this identity.")
    ] = ""
    is_test: IsTest = False
    clock_offset_sec: Annotated[
        str, Meta(description="How far the clock of a test device is ahead, in seconds as text.")
    ] = ""


class PlayerSessionMessage(msgspec.Struct, frozen=True):
    """A session as its events tell it."""

    session_id: str
    start_time_sec: TimeSec
    end_time_sec: Annotated[
        str, Meta(description="The time of its last event, in seconds since the epoch.")
    ]
    duration_sec: Annotated[str, Meta(description="From its start to its last event, as text.")]
    event_count: Annotated[int, Meta(description="Events in it; the start itself is none.")]
    country_code: str
    api_key: str


class PlayerSessionListMessage(msgspec.Struct, frozen=True):
    """A page of sessions."""

    sessions: list[PlayerSessionMessage]
    page_options: PageOptions


class PlayerEventListMessage(msgspec.Struct, frozen=True):
    """A page of events. Pages go from the latest back: `prev_cursor` is always empty."""

    events: list[EventRecord]
    page_options: PageOptions


def identity_summary(identity: Identity, active_us: int) -> IdentitySummary:
    """An identity as lists show it; ``active_us`` is when it was last seen, 0 for never."""
    default = identity.default_properties
    return IdentitySummary(
        id=identity.id,
        create_time_sec=_seconds(identity.created_us),
        update_time_sec=_seconds(identity.updated_us),
        active_time_sec=_seconds(active_us),
        country_code=default.get("countryCode", ""),
        platform=default.get("platform", ""),
        api_key=default.get("apiKeyName", ""),
        is_test=identity.is_test,
    )


def identity_message(portrait: Portrait) -> IdentityMessage:
    """An identity as it is shown alone."""
    identity, last = portrait.identity, portrait.profile.session
    return IdentityMessage(
        id=identity.id,
        create_time_sec=_seconds(identity.created_us),
        update_time_sec=_seconds(identity.updated_us),
        default=identity.default_properties,
        computed=computed_properties(portrait.profile),
        custom=identity.custom_properties,
        aliases=[AliasMessage(one.id, _seconds(one.retired_us)) for one in portrait.aliases],
        current_session=None
        if last is None
        else CurrentSessionMessage(last.id, _seconds(last.active_us), portrait.session_ended),
        merged_id="" if portrait.asked_id == identity.id else portrait.asked_id,
        is_test=identity.is_test,
        clock_offset_sec="" if identity.clock_offset_s is None else str(identity.clock_offset_s),
    )


def session_message(session: StoredSession) -> PlayerSessionMessage:
    """A session as it is listed."""
    start_us, _ = session.place
    duration_us = session_duration_us(
        started_us=session.started_us,
        first_event_us=session.first_event_us,
        last_event_us=session.last_event_us,
    )
    return PlayerSessionMessage(
        session_id=session.session_id,
        start_time_sec=_seconds(start_us),
        end_time_sec=_seconds(start_us + duration_us),
        duration_sec=str(round(duration_us / MICROSECONDS)),
        event_count=session.event_count,
        country_code=session.country,
        api_key=session.api_key,
    )


def _seconds(moment_us: int) -> str:
    return str(moment_us // MICROSECONDS)
