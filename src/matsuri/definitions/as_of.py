"""All definitions as they were at an earlier version, made of what is noted of their changes."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.definitions import store
from matsuri.definitions.model import (
    Catalog,
    Definition,
    Kind,
    Revision,
    catalog_of,
)
from matsuri.definitions.snapshot import EARLIER_MAX, decoded, earlier_bodies, recalling
from matsuri.kit.lru import LruCache
from matsuri.kit.paging import Cursor

_CATALOGS_KEPT = 4


class PastCatalogs:
    """Makes the catalog of a version; the last few are remembered.

    What comes with the server, and how bodies are read, is as of this version of the server.
    """

    def __init__(self, *, database: Database, kinds: Mapping[str, Kind[Any]]) -> None:
        self._database = database
        self._kinds = kinds
        self._known: LruCache[int, Catalog] = LruCache(_CATALOGS_KEPT)

    async def at(self, version: int) -> Catalog:
        """The catalog of a version that there was."""
        known = self._known.get(version)
        if known is None:
            known = await self._made(version)
            self._known.put(version, known)
        return known

    async def _made(self, version: int) -> Catalog:
        rows = await self._database.read(lambda c: store.definitions_at(c, version))
        # To read thousands of bodies takes a while, in which games are to be answered.
        definitions = await asyncio.to_thread(decoded, rows, self._kinds)
        asking = list(recalling(definitions, self._kinds))
        revisions = await self._database.read(lambda c: _revisions_of(c, asking, version))
        earlier = {
            each.id: earlier_bodies(revisions[each.id], self._kinds[each.kind]) for each in asking
        }
        return await asyncio.to_thread(
            catalog_of, self._kinds, definitions, version=version, earlier=earlier
        )


def _revisions_of(
    connection: Connection, definitions: Collection[Definition[Any]], version: int
) -> dict[str, Sequence[Revision]]:
    """The changes of each up to a version, the newest first."""
    after = Cursor(backward=False, key=(-version - 1,))
    return {
        each.id: store.list_revisions(
            connection, each.kind, each.id, limit=EARLIER_MAX, cursor=after
        )
        for each in definitions
    }
