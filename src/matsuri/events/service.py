"""Taking events in: check each, keep all of them durably, say what was refused and why."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from matsuri.errors import InvalidArgument, invalid_field
from matsuri.events.ingestion import EventCounts
from matsuri.events.log import LogAppender
from matsuri.events.model import (
    Entry,
    Event,
    EventBatch,
    RejectedEvent,
    Source,
    encode_entries,
)
from matsuri.events.sent import SentEvent, SentEvents
from matsuri.events.taxonomy import Taxonomy
from matsuri.events.validate import EventLimits, Rejection, check_session_id, no_identity, validate
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id
from matsuri.kit.timestamps import microseconds

_SHOWN_CHARS_MAX = 128


class Sender(msgspec.Struct, frozen=True):
    """Who sends events, and for whom; ``identity_id`` is empty for a back-end script.

    ``address`` is the player's IP address, empty where it is not known.
    """

    source: Source
    api_key: str
    identity_id: str = ""
    profile_key: int = 0
    session_id: str = ""
    address: str = ""


class RejectedLimits(msgspec.Struct, frozen=True):
    """How much of a refused event is kept: its texts, and its payload."""

    rejected_text_chars_max: int = 256
    rejected_payload_bytes_max: int = 16_384


class _Owner(NamedTuple):
    """Whose events: identity, session, and what a back-end script told of the session."""

    identity_id: str
    session_id: str
    issued_at: int
    expires_at: int


# With its place in the request.
_Accepted = tuple[int, SentEvent, Event]
_Refused = tuple[int, SentEvent, Rejection]


class IdentityKeys(Protocol):
    """Knows the profiles of identities."""

    async def keys_of(
        self, identity_ids: list[str], *, api_key: str, address: str
    ) -> dict[str, int]:
        """The profile key of each id, created if new; ids that can name nobody are left out.

        ``address`` tells where a new player is, if it is not empty.
        """
        ...

    async def known_keys_of(self, identity_ids: list[str]) -> dict[str, int]:
        """The profile keys of those ids that name an identity already."""
        ...


class Events:
    """The use cases of events."""

    def __init__(
        self,
        *,
        log: LogAppender,
        identities: IdentityKeys,
        clock: Clock,
        taxonomy: Callable[[], Taxonomy],
        limits: EventLimits,
        kept: RejectedLimits,
        counts: EventCounts,
    ) -> None:
        self._log = log
        self._identities = identities
        self._clock = clock
        self._taxonomy = taxonomy
        self._limits = limits
        self._kept = kept
        self._counts = counts

    async def publish(self, sender: Sender, request: SentEvents) -> None:
        """Keep the events of one request; returns when all of them are durable.

        Raises ``InvalidArgument`` after all valid events and all refused ones have been kept, for
        the refused ones: ``details`` has the index, id, name, reason and problem of each. Raises
        ``LogUnavailable`` with nothing kept. Identities are created only for accepted events.
        """
        count = len(request.events)
        if not count:
            return
        received_us = self._clock.now_us()
        accepted, refused = self._check(sender, request, received_us)
        keys = await self._profile_keys(sender, accepted, refused)
        if sender.identity_id:
            owner = _Owner(sender.identity_id, sender.session_id, 0, 0)
            batches = {owner: [event for _, _, event in accepted]} if accepted else {}
        else:
            batches = _by_owner(accepted, keys, refused)
        entries: list[Entry] = [
            EventBatch(
                received_us=received_us,
                source=sender.source,
                api_key=sender.api_key,
                identity_id=owner.identity_id,
                profile_key=keys.get(owner.identity_id, 0),
                session_id=owner.session_id,
                session_issued_at=owner.issued_at,
                session_expires_at=owner.expires_at,
                events=events,
            )
            for owner, events in batches.items()
        ]
        entries += [
            self._rejected(sender, event, why, keys, received_us) for _, event, why in refused
        ]
        await self._log.append(encode_entries(entries))
        self._counts.events_taken(
            sender.source.value,
            accepted=count - len(refused),
            rejected=[why.reason.value for _, _, why in refused],
        )
        if refused:
            raise InvalidArgument(
                "Event batch contained invalid events",
                details=[_detail(index, event, why) for index, event, why in refused],
            )

    def _check(
        self, sender: Sender, request: SentEvents, received_us: int
    ) -> tuple[list[_Accepted], list[_Refused]]:
        accepted: list[_Accepted] = []
        refused: list[_Refused] = []
        taxonomy = self._taxonomy()
        for index, event in enumerate(request.events):
            checked: Event | Rejection | None = None
            if not sender.identity_id:
                checked = check_session_id(event.session_id)
            if checked is None:
                checked = validate(
                    name=event.name,
                    event_id=event.id,
                    new_id=event.id or new_id(),
                    value=event.value,
                    metadata=event.metadata,
                    timestamp_us=_timestamp_us(index, event),
                    received_us=received_us,
                    taxonomy=taxonomy,
                    limits=self._limits,
                    known=request.known,
                )
            if isinstance(checked, Rejection):
                refused.append((index, event, checked))
            else:
                accepted.append((index, event, checked))
        return accepted, refused

    async def _profile_keys(
        self, sender: Sender, accepted: list[_Accepted], refused: list[_Refused]
    ) -> dict[str, int]:
        """The profiles of everyone in the request, made for those with an accepted event."""
        if sender.identity_id:
            if sender.profile_key:
                return {sender.identity_id: sender.profile_key}
            wanted = [sender.identity_id] if accepted else []
            others: list[str] = []
        else:
            wanted = list(dict.fromkeys(e.identity_id for _, e, _ in accepted if e.identity_id))
            others = [e.identity_id for _, e, _ in refused if e.identity_id]
        keys = {}
        if wanted:
            keys = await self._identities.keys_of(
                wanted, api_key=sender.api_key, address=sender.address
            )
        unknown = [identity_id for identity_id in others if identity_id not in keys]
        if unknown:
            keys |= await self._identities.known_keys_of(unknown)
        return keys

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
        chars_max = self._kept.rejected_text_chars_max
        return RejectedEvent(
            received_us=received_us,
            source=sender.source,
            api_key=sender.api_key,
            identity_id=identity_id[:chars_max],
            profile_key=profile_keys.get(identity_id, 0),
            session_id=session_id[:chars_max],
            event_id=event.id[:chars_max],
            name=event.name[:chars_max],
            reason=rejection.reason,
            problem=rejection.problem,
            payload=msgspec.json.encode(event)[: self._kept.rejected_payload_bytes_max],
        )


def _timestamp_us(index: int, event: SentEvent) -> int | None:
    if event.timestamp is None:
        return None
    try:
        return microseconds(event.timestamp)
    except ValueError as error:
        raise invalid_field(f"events[{index}].timestamp", str(error)) from None


def _by_owner(
    accepted: list[_Accepted], keys: Mapping[str, int], refused: list[_Refused]
) -> dict[_Owner, list[Event]]:
    """Server events by whose they are; those of ids that can name nobody join ``refused``."""
    batches: dict[_Owner, list[Event]] = {}
    for index, sent, event in accepted:
        if sent.identity_id and sent.identity_id not in keys:
            refused.append((index, sent, no_identity(sent.identity_id)))
            continue
        batches.setdefault(_owner(sent), []).append(event)
    refused.sort(key=lambda item: item[0])
    return batches


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
