"""Identities that come from another system, many at once."""

from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import InvalidArgument, invalid_field
from matsuri.events.model import Entry
from matsuri.identities import store
from matsuri.identities.model import IDENTITY_ID_ALLOWED, Identity, is_identity_id
from matsuri.identities.outbox import Outbox
from matsuri.identities.player_news import NoNews, PlayerNews
from matsuri.identities.properties import NOWHERE, SERVER_OWNED
from matsuri.identities.reserved_events import identity_created
from matsuri.identities.rows import IdentityRows
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.texts import NOT_STORABLE, is_storable

_API_KEY_NAME = "apiKeyName"
_FIRST_OPEN = "firstOpen"
_API_KEY_NAME_CHARS_MAX = 128


class GivenIdentity(msgspec.Struct, frozen=True):
    """One identity to take over; ``created_us`` is ``None`` where that is not known."""

    id: str
    default: dict[str, str]
    custom: dict[str, str]
    created_us: int | None


class Refusal(msgspec.Struct, frozen=True):
    """Why the identity at ``index`` was not taken."""

    index: int
    id: str
    field: str
    problem: str


class ImportResult(msgspec.Struct):
    """How many identities were made and changed, and those that were refused."""

    created: int = 0
    updated: int = 0
    refused: list[Refusal] = []


class IdentityImport:
    """Creates identities, or lays properties over those that are there."""

    def __init__(
        self,
        *,
        database: Database,
        outbox: Outbox,
        rows: IdentityRows,
        clock: Clock,
        identities_max: int,
        news: PlayerNews | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._rows = rows
        self._clock = clock
        self._identities_max = identities_max
        self._news = news or NoNews()

    async def take(self, given: list[GivenIdentity]) -> ImportResult:
        """Take all that can be taken, in one transaction.

        Of two times of creation the older is kept, and ``firstOpen`` follows it; ``apiKeyName``
        counts for new identities. The same again changes nothing. Raises ``InvalidArgument`` for
        too many at once.
        """
        if len(given) > self._identities_max:
            problem = f"{len(given)} identities in one request"
            raise invalid_field("identities", problem, f"at most {self._identities_max}")
        now_us = self._clock.now_us()

        updated: list[int] = []

        def work(connection: Connection) -> tuple[ImportResult, int, bytes]:
            result = ImportResult(refused=[])
            known = store.find_identities(
                connection, [one.id for one in given if is_identity_id(one.id)]
            )
            entries: list[Entry] = []
            for index, one in enumerate(given):
                try:
                    _check(one, now_us=now_us)
                    before = known.get(one.id)
                    if before is None:
                        known[one.id] = self._create(connection, one, now_us=now_us)
                        entries.append(_created(known[one.id], now_us=now_us))
                        result.created += 1
                    else:
                        known[one.id] = self._update(connection, before, one, now_us=now_us)
                        result.updated += 1
                        updated.append(before.key)
                except InvalidArgument as error:
                    result.refused += [_refusal(index, one, detail) for detail in error.details]
            return result, *(store.put_in_outbox(connection, entries) if entries else (0, b""))

        result, outbox_id, payload = await self._database.write(work)
        if outbox_id:
            await self._outbox.deliver(outbox_id, payload)
        # Of new ones, the pipeline hears.
        self._news.changed(updated)
        return result

    def _create(self, connection: Connection, given: GivenIdentity, *, now_us: int) -> Identity:
        return self._rows.create(
            connection,
            given.id,
            _of_the_game(given.default),
            given.custom,
            api_key=given.default.get(_API_KEY_NAME, ""),
            place=NOWHERE,
            now_us=now_us if given.created_us is None else given.created_us,
        )

    def _update(
        self, connection: Connection, before: Identity, given: GivenIdentity, *, now_us: int
    ) -> Identity:
        older = before
        if given.created_us is not None and given.created_us < before.created_us:
            first_open = str(given.created_us // MICROSECONDS)
            older = msgspec.structs.replace(
                before,
                created_us=given.created_us,
                default_properties={**before.default_properties, _FIRST_OPEN: first_open},
            )
        return self._rows.update(
            connection,
            older,
            _of_the_game(given.default),
            given.custom,
            place=NOWHERE,
            now_us=now_us,
            save=older is not before,
        )


def _check(given: GivenIdentity, *, now_us: int) -> None:
    if not is_identity_id(given.id):
        problem = f"cannot name an identity ({IDENTITY_ID_ALLOWED})"
        raise InvalidArgument(problem, details=[{"field": "id", "problem": problem}])
    if given.created_us is not None and given.created_us > now_us:
        problem = "is in the future"
        raise InvalidArgument(problem, details=[{"field": "create_time", "problem": problem}])
    api_key = given.default.get(_API_KEY_NAME, "")
    if len(api_key) > _API_KEY_NAME_CHARS_MAX or not is_storable(api_key):
        problem = f"has at most {_API_KEY_NAME_CHARS_MAX} characters, without {NOT_STORABLE}"
        raise InvalidArgument(
            problem, details=[{"field": "default.apiKeyName", "problem": problem}]
        )


def _of_the_game(default: dict[str, str]) -> dict[str, str]:
    """Without what the server itself says of an identity."""
    return {name: value for name, value in default.items() if name not in SERVER_OWNED}


def _created(identity: Identity, *, now_us: int) -> Entry:
    api_key = identity.default_properties.get(_API_KEY_NAME, "")
    # It happened then, and is heard of now.
    return msgspec.structs.replace(identity_created(identity, api_key=api_key), received_us=now_us)


def _refusal(index: int, given: GivenIdentity, detail: dict[str, Any]) -> Refusal:
    return Refusal(
        index, given.id[:128], str(detail.get("field", "")), str(detail.get("problem", ""))
    )
