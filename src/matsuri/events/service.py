"""Taking events in: check each, keep all of them durably, say what was refused and why."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from matsuri.errors import InvalidArgument, invalid_field
from matsuri.events.log import LogAppender
from matsuri.events.model import (
    Entry,
    Event,
    EventBatch,
    Reason,
    RejectedEvent,
    Source,
    encode_entries,
)
from matsuri.events.sent import SentEvent, SentEvents
from matsuri.events.taxonomy import Taxonomy
from matsuri.events.validate import EventLimits, Rejection, validate
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id
from matsuri.kit.texts import NOT_STORABLE, is_storable
from matsuri.kit.timestamps import microseconds

_SHOWN_CHARS_MAX = 128


class Sender(msgspec.Struct, frozen=True):
    """Who sends events, and for whom; ``identity_id`` is empty for a back-end script."""

    source: Source
    api_key: str
    identity_id: str = ""
    profile_key: int = 0
    session_id: str = ""


class _Owner(NamedTuple):
    """Whose events: identity, session, and what a back-end script told of the session."""

    identity_id: str
    session_id: str
    issued_at: int
    expires_at: int


class IdentityKeys(Protocol):
    """Knows the profiles of identities."""

    async def keys_of(self, identity_ids: list[str], *, api_key: str) -> dict[str, int]:
        """The profile key of each id, created if new; ids that can name nobody are left out."""
        ...


class EventCounts(Protocol):
    """Counts what comes in."""

    def events_taken(self, source: str, *, accepted: int, rejected: Sequence[str]) -> None:
        """So many events were accepted, and these were refused, by reason."""
        ...


class Events:
    """The use cases of events."""

    def __init__(
        self,
        *,
        log: LogAppender,
        identities: IdentityKeys,
        clock: Clock,
        taxonomy: Taxonomy,
        limits: EventLimits,
        batch_events_max: int,
        counts: EventCounts,
    ) -> None:
        self._log = log
        self._identities = identities
        self._clock = clock
        self._taxonomy = taxonomy
        self._limits = limits
        self._batch_events_max = batch_events_max
        self._counts = counts

    async def publish(self, sender: Sender, request: SentEvents) -> None:
        """Keep the events of one request; returns when all of them are durable.

        Raises ``InvalidArgument`` for too many events, with nothing kept; and, after all valid
        events and all refused ones have been kept, for the refused ones: ``details`` has the
        index, id, name, reason and problem of each. Raises ``LogUnavailable`` with nothing kept.
        """
        sent = request.events
        if len(sent) > self._batch_events_max:
            raise invalid_field(
                "events", f"{len(sent)} events in one request", f"at most {self._batch_events_max}"
            )
        if not sent:
            return
        received_us = self._clock.now_us()
        profile_keys = await self._profile_keys(sender, sent)
        batches: dict[_Owner, list[Event]] = {}
        refused: list[tuple[int, SentEvent, Rejection]] = []
        own: list[Event] | None = None
        if sender.identity_id:
            own = batches[_Owner(sender.identity_id, sender.session_id, 0, 0)] = []
        for index, event in enumerate(sent):
            checked: Event | Rejection | None = None
            if own is None:
                checked = _check_owner(event, profile_keys)
            if checked is None:
                checked = validate(
                    name=event.name,
                    event_id=event.id,
                    new_id=event.id or new_id(),
                    value=event.value,
                    metadata=event.metadata,
                    timestamp_us=_timestamp_us(index, event),
                    received_us=received_us,
                    taxonomy=self._taxonomy,
                    limits=self._limits,
                    known=request.known,
                )
            if isinstance(checked, Rejection):
                refused.append((index, event, checked))
            else:
                batch = own if own is not None else batches.setdefault(_owner(event), [])
                batch.append(checked)
        entries: list[Entry] = [
            EventBatch(
                received_us=received_us,
                source=sender.source,
                api_key=sender.api_key,
                identity_id=identity_id,
                profile_key=profile_keys.get(identity_id, 0),
                session_id=session_id,
                session_issued_at=issued_at,
                session_expires_at=expires_at,
                events=events,
            )
            for (identity_id, session_id, issued_at, expires_at), events in batches.items()
            if events
        ]
        for _, event, rejection in refused:
            entries.append(self._rejected(sender, event, rejection, profile_keys, received_us))
        await self._log.append(encode_entries(entries))
        self._counts.events_taken(
            sender.source.value,
            accepted=len(sent) - len(refused),
            rejected=[rejection.reason.value for _, _, rejection in refused],
        )
        if refused:
            raise InvalidArgument(
                "Event batch contained invalid events",
                details=[_detail(index, event, why) for index, event, why in refused],
            )

    async def _profile_keys(self, sender: Sender, sent: Sequence[SentEvent]) -> dict[str, int]:
        if sender.identity_id:
            if sender.profile_key:
                return {sender.identity_id: sender.profile_key}
            wanted = [sender.identity_id]
        else:
            wanted = list(dict.fromkeys(event.identity_id for event in sent if event.identity_id))
        if not wanted:
            return {}
        return await self._identities.keys_of(wanted, api_key=sender.api_key)

    def _rejected(
        self,
        sender: Sender,
        event: SentEvent,
        rejection: Rejection,
        profile_keys: Mapping[str, int],
        received_us: int,
    ) -> RejectedEvent:
        identity_id = sender.identity_id or event.identity_id
        session_id = sender.session_id if sender.identity_id else event.session_id
        return RejectedEvent(
            received_us=received_us,
            source=sender.source,
            api_key=sender.api_key,
            identity_id=identity_id,
            profile_key=profile_keys.get(identity_id, 0),
            session_id=session_id,
            event_id=event.id,
            name=event.name,
            reason=rejection.reason,
            problem=rejection.problem,
            payload=msgspec.json.encode(event),
        )


def _timestamp_us(index: int, event: SentEvent) -> int | None:
    if event.timestamp is None:
        return None
    try:
        return microseconds(event.timestamp)
    except ValueError as error:
        raise invalid_field(f"events[{index}].timestamp", str(error)) from None


def _check_owner(event: SentEvent, profile_keys: Mapping[str, int]) -> Rejection | None:
    """Whether identity and session of a server event can be what they say."""
    if event.identity_id and event.identity_id not in profile_keys:
        shown = event.identity_id[:_SHOWN_CHARS_MAX]
        return Rejection(Reason.INVALID_ID, f"Identity id {shown!r} cannot name an identity")
    if event.session_id and (
        len(event.session_id) > _SHOWN_CHARS_MAX or not is_storable(event.session_id)
    ):
        return Rejection(
            Reason.INVALID_ID,
            f"Session id must be at most {_SHOWN_CHARS_MAX} characters, without {NOT_STORABLE}",
        )
    return None


def _owner(event: SentEvent) -> _Owner:
    return _Owner(
        event.identity_id,
        event.session_id,
        event.session_issued_at,
        event.session_expires_at,
    )


def _detail(index: int, event: SentEvent, why: Rejection) -> dict[str, Any]:
    return {
        "index": index,
        "id": event.id[:_SHOWN_CHARS_MAX],
        "name": event.name[:_SHOWN_CHARS_MAX],
        "reason": why.reason.value,
        "problem": why.problem,
    }
