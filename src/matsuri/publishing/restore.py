"""Definitions brought back to what they were at an earlier revision."""

from typing import Any

import msgspec

from matsuri.definitions.changes import Creation
from matsuri.definitions.history import History, told
from matsuri.definitions.model import Definition
from matsuri.definitions.service import Author, Definitions
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing.model import Actor, SetChange
from matsuri.publishing.review import Reader


class Restore:
    """Makes definitions again what they were, as a change like any other: with all its checks."""

    def __init__(self, *, definitions: Definitions, history: History, reader: Reader) -> None:
        self._definitions = definitions
        self._history = history
        self._reader = reader

    async def restore(
        self,
        kind: str,
        ref: str,
        revision_id: int,
        *,
        by: Actor,
        note: str = "",
        version: int | None = None,
        forced: bool = False,
    ) -> Definition[Any]:
        """What the definition is then: as the revision left it, or as it was when it was deleted.

        One that is gone comes back under the id that it had. ``version`` is the one that the
        caller saw last. Raises ``NotFound`` for a revision of something else, and what ``create``
        and ``update`` of definitions raise.
        """
        revision = await self._history.revision(kind, ref, revision_id)
        was = told(revision)
        is_there = self._definitions.catalog.find_by_id(kind, revision.definition_id) is not None
        change = self._reader.change(
            SetChange(
                number=0,
                kind=kind,
                action=ChangeAction.UPDATE if is_there else ChangeAction.CREATE,
                definition_id=revision.definition_id,
                name=was.name,
                definition=msgspec.json.decode(was.body),
                whole=True,
                forced=forced,
            ),
            by,
        )
        if not isinstance(change, Creation):
            change = change._replace(version=version)
        text = f"Restored revision {revision.id}"
        author = Author(by.label, f"{text}: {note}" if note else text)
        await self._definitions.change_many([change], author=author)
        return self._definitions.get(kind, revision.definition_id)
