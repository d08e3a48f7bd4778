"""The lists of audiences as every decision reads them, and how they follow players."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from matsuri.adapters.database_point_reads import PointReads
from matsuri.audiences import import_store, store
from matsuri.audiences.change_store import entries_version, forget_in_changes
from matsuri.audiences.model import AUDIENCE_KIND, Entry
from matsuri.definitions.service import Definitions
from matsuri.identities.model import Identity
from matsuri.kit.timestamps import format_timestamp


class AudienceEntries:
    """Reads which lists players are on."""

    def __init__(self, points: PointReads) -> None:
        self._version = points.prepare(entries_version)
        self._of = points.prepare_all(store.entries_point)

    def version(self) -> int:
        """Another one after every change of any list, in some microseconds.

        What becomes of a player changes the player's own version instead, and what has ended
        counts no more from then on: ``Entry.holds``.
        """
        found = self._version(0)
        return 0 if found is None or found[0] is None else int(found[0])

    async def of(self, identity_id: str) -> tuple[Entry, ...]:
        """Every list that the player of that id is on."""
        return tuple(map(store.entry_of_point, self._of(identity_id)))


class EntriesFollow:
    """Lets the lists follow players: see ``IdentityFollower``."""

    def merged(self, connection: Connection, from_id: str, into_id: str) -> None:
        """See ``IdentityFollower``."""
        store.move_entries(connection, from_id, into_id)
        import_store.move_staged(connection, from_id, into_id)

    def erased(self, connection: Connection, identity_ids: Sequence[str]) -> dict[str, int]:
        """See ``IdentityFollower``."""
        return {
            "audience_entries": store.forget_identities(connection, identity_ids),
            "audience_import_entries": import_store.forget_staged(connection, identity_ids),
            "audience_change_ids": forget_in_changes(connection, identity_ids),
        }


class ExportEntries:
    """The lists that a player is on, for the player's export: see ``ExportSection``."""

    name = "audience_lists"

    def __init__(self, *, entries: AudienceEntries, definitions: Definitions) -> None:
        self._entries = entries
        self._definitions = definitions

    async def rows(self, identity: Identity) -> list[dict[str, str]]:
        """See ``ExportSection``."""
        return [self._row(entry) for entry in await self._entries.of(identity.id)]

    def _row(self, entry: Entry) -> dict[str, str]:
        audience = self._definitions.catalog.find_by_id(AUDIENCE_KIND, entry.audience_id)
        return {
            "audience": entry.audience_id if audience is None else audience.name,
            "list": entry.listing.value,
            "until_time": format_timestamp(entry.until_us) if entry.until_us else "",
        }
