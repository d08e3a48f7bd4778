"""Which profile is whose: what events need to know of identities."""

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.events.model import Entry
from matsuri.identities import store
from matsuri.identities.model import Identity, is_identity_id
from matsuri.identities.outbox import Outbox
from matsuri.identities.properties import NOWHERE, Locator
from matsuri.identities.reserved_events import identity_created
from matsuri.identities.rows import IdentityRows
from matsuri.kit.clock import Clock


class IdentityDirectory:
    """Finds the profiles of ids, and makes those that are missing: see ``IdentityKeys``."""

    def __init__(
        self,
        *,
        database: Database,
        outbox: Outbox,
        locator: Locator,
        clock: Clock,
        rows: IdentityRows,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._locator = locator
        self._clock = clock
        self._rows = rows

    async def keys_of(
        self, identity_ids: list[str], *, api_key: str, address: str
    ) -> dict[str, int]:
        """The profile key of each id, aliases followed; unknown ones are created.

        Ids that can name nobody are left out.
        """
        valid = [identity_id for identity_id in identity_ids if is_identity_id(identity_id)]
        found = await self._database.read(lambda c: store.find_identities(c, valid))
        if len(found) < len(set(valid)):
            found = await self._create_missing(valid, api_key=api_key, address=address)
        return _keys(found)

    async def known_keys_of(self, identity_ids: list[str]) -> dict[str, int]:
        """The profile keys of those ids that name an identity already, aliases followed."""
        return _keys(await self._database.read(lambda c: store.find_identities(c, identity_ids)))

    async def _create_missing(
        self, identity_ids: list[str], *, api_key: str, address: str
    ) -> dict[str, Identity]:
        now_us = self._clock.now_us()
        place = self._locator.locate(address) if address else NOWHERE

        def work(connection: Connection) -> tuple[dict[str, Identity], int, bytes]:
            known = store.find_identities(connection, identity_ids)
            entries: list[Entry] = []
            for identity_id in dict.fromkeys(identity_ids):
                if identity_id not in known:
                    identity = self._rows.create(
                        connection,
                        identity_id,
                        {},
                        {},
                        api_key=api_key,
                        place=place,
                        now_us=now_us,
                    )
                    known[identity_id] = identity
                    entries.append(identity_created(identity, api_key=api_key))
            return known, *(store.put_in_outbox(connection, entries) if entries else (0, b""))

        known, outbox_id, payload = await self._database.write(work)
        if outbox_id:
            await self._outbox.deliver(outbox_id, payload)
        return known


def _keys(identities: dict[str, Identity]) -> dict[str, int]:
    return {identity_id: identity.key for identity_id, identity in identities.items()}
