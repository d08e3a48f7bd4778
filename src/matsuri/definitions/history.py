"""The history of definitions: every change of every kind, and the way back to an earlier state."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.definitions import store
from matsuri.definitions.changes import found_by_ref
from matsuri.definitions.model import Revision
from matsuri.definitions.service import Definitions
from matsuri.definitions.store import RevisionSearch
from matsuri.errors import FailedPrecondition, NotFound, invalid_field
from matsuri.kit.paging import Cursor, Page, page_from_store

_ID_MAX = 2**63 - 1


class Told(msgspec.Struct, frozen=True):
    """A definition as a revision tells it."""

    name: str
    body: msgspec.Raw


class History:
    """Reads revisions of definitions."""

    def __init__(self, database: Database, definitions: Definitions) -> None:
        self._database = database
        self._definitions = definitions

    async def revisions(self, ids: Collection[int]) -> dict[int, Revision]:
        """Those of these ids that there are."""
        wanted = sorted(ids)
        return await self._database.read(lambda c: store.revisions_of_ids(c, wanted))

    async def revision(self, kind: str, ref: str, revision: int) -> Revision:
        """One change of a definition, by the definition's id or name; raises ``NotFound``.

        A definition that was deleted has its id alone.
        """
        known = found_by_ref(self._definitions.catalog, kind, ref)
        definition_id = ref if known is None else known.id
        found = (await self.revisions([revision])).get(revision)
        if found is None or (found.kind, found.definition_id) != (kind, definition_id):
            raise NotFound(f"There is no revision {revision} of {kind} {ref[:128]!r}")
        return found

    async def last(self, kind: str, definition_id: str) -> Revision | None:
        """The last change of a definition, also of one that is gone."""
        found = await self._database.read(
            lambda c: store.list_revisions(c, kind, definition_id, limit=1)
        )
        return found[0] if found else None

    async def every(
        self, wanted: RevisionSearch, *, limit: int, cursor: Cursor | None = None
    ) -> Page[Revision]:
        """The changes of all definitions that match, the newest first."""
        if cursor is not None and not _is_place(cursor):
            raise invalid_field("pagination.cursor", "is a cursor of something else")

        def work(connection: Connection) -> list[Revision]:
            return store.find_revisions(connection, wanted, limit=limit + 1, cursor=cursor)

        found = await self._database.read(work)
        return page_from_store(found, key=lambda each: (-each.id,), limit=limit, cursor=cursor)


def told(revision: Revision) -> Told:
    """What a revision left, or for the one that deleted it what it took away."""
    text = revision.before if revision.after is None else revision.after
    if text is None:
        raise FailedPrecondition(f"Revision {revision.id} tells of no definition")
    return msgspec.json.decode(text, type=Told)


def _is_place(cursor: Cursor) -> bool:
    place: Any = cursor.key[0] if len(cursor.key) == 1 else ""
    return isinstance(place, int) and -_ID_MAX <= place <= 0
