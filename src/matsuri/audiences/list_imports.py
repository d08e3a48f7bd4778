"""Replacing a whole list, however long: put together part by part, then swapped in at once.

Nobody sees anything of an import before its commit. Ids are followed from the moment at which
they are added, as those on lists are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.audiences import change_store, import_store, store
from matsuri.audiences.change_store import ListChange
from matsuri.audiences.import_store import ImportState, ListImport, Swapped
from matsuri.audiences.list_rules import IDS_NOTED_MAX, ListResult, changeable_audience
from matsuri.audiences.model import AUDIENCE_KIND, Listing
from matsuri.definitions.service import Author, Definitions
from matsuri.definitions.store import ids_of_kind
from matsuri.errors import FailedPrecondition, NotFound, invalid_field
from matsuri.identities.store import ids_behind
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.ids import new_id

_IDS_TOLD_MAX = 5000
_ROWS_PER_STEP = 5000
_TIDY_STEPS = 20
_TIDY_SECONDS = 60


class ImportLimits(msgspec.Struct, frozen=True):
    """How many ids one request may add and an import may have, and how long one may take."""

    part_ids_max: int
    ids_max: int
    seconds_max: int


class ImportStatus(NamedTuple):
    """An import, and how many ids it has."""

    started: ListImport
    ids: int


class ImportNews(NamedTuple):
    """Who hears of a commit: of whom something has changed, or that it has of very many."""

    ids: Callable[[Sequence[str]], None]
    everybody: Callable[[], None]


class ListImports:
    """The use cases of imports. ``ref`` is an audience's id or its name.

    A list has one import at a time. All raise ``NotFound``, and ``PermissionDenied`` for a person
    who changes a managed audience; ``is_key`` says that a server key asks.
    """

    def __init__(
        self,
        *,
        database: Database,
        definitions: Definitions,
        clock: Clock,
        limits: ImportLimits,
        news: ImportNews,
    ) -> None:
        self.limits = limits
        self._database = database
        self._definitions = definitions
        self._clock = clock
        self._news = news
        self._tidied_us = 0

    async def begin(self, ref: str, listing: Listing, *, is_key: bool) -> ImportStatus:
        """A new import of that list; one that was under way is discarded."""
        audience = changeable_audience(self._definitions, ref, is_key=is_key)
        begun = ListImport(
            id=new_id(),
            audience_id=audience.id,
            listing=listing,
            expires_us=self._clock.now_us() + self.limits.seconds_max * MICROSECONDS,
        )
        await self._database.write(lambda c: import_store.begin_import(c, begun))
        return ImportStatus(begun, 0)

    async def status(
        self, ref: str, listing: Listing, import_id: str, *, is_key: bool
    ) -> ImportStatus:
        """How far an import is."""
        audience = changeable_audience(self._definitions, ref, is_key=is_key)
        now_us = self._clock.now_us()

        def work(connection: Connection) -> ImportStatus:
            found = _find(connection, audience.id, listing, import_id, now_us=now_us)
            if found.state is ImportState.COMMITTED:
                return ImportStatus(found, found.ids)
            return ImportStatus(found, import_store.count_staged(connection, import_id))

        return await self._database.read(work)

    async def add(
        self,
        ref: str,
        listing: Listing,
        import_id: str,
        until_us: Mapping[str, int],
        *,
        is_key: bool,
    ) -> ImportStatus:
        """Add ids with their ends, 0 for good; the same ids again get the ends given now.

        Raises ``InvalidArgument`` for too many at once, and ``FailedPrecondition`` where the import
        would become too long, or is committed.
        """
        audience = changeable_audience(self._definitions, ref, is_key=is_key)
        if len(until_us) > self.limits.part_ids_max:
            raise invalid_field(
                "entries", f"has {len(until_us)} ids", f"at most {self.limits.part_ids_max}"
            )
        now_us = self._clock.now_us()

        def work(connection: Connection) -> ImportStatus:
            found = _find(connection, audience.id, listing, import_id, now_us=now_us)
            if found.state is ImportState.COMMITTED:
                raise FailedPrecondition("The import is committed")
            behind = ids_behind(connection, list(until_us))
            ends = {behind.get(each, each): end for each, end in until_us.items()}
            import_store.stage_entries(connection, import_id, ends)
            ids = import_store.count_staged(connection, import_id)
            if ids > self.limits.ids_max:
                raise FailedPrecondition(
                    f"The import would have {ids} ids; at most {self.limits.ids_max}"
                )
            return ImportStatus(found, ids)

        return await self._database.write(work)

    async def commit(
        self, ref: str, listing: Listing, import_id: str, *, author: Author, is_key: bool
    ) -> ListResult:
        """Let the import be the list from now on; what that changed.

        To commit it again changes nothing, and tells the same. What time has ended meanwhile is on
        the list and does not count, as everywhere.
        """
        audience = changeable_audience(self._definitions, ref, is_key=is_key)
        now_us = self._clock.now_us()

        def work(connection: Connection) -> tuple[ListResult, Swapped | None]:
            found = _find(connection, audience.id, listing, import_id, now_us=now_us)
            if found.state is ImportState.COMMITTED:
                return _result(found), None
            swapped = import_store.swap_in(
                connection, import_id, audience.id, listing, some=_IDS_TOLD_MAX
            )
            done = msgspec.structs.replace(
                found,
                state=ImportState.COMMITTED,
                added=swapped.added,
                changed=swapped.changed,
                removed=swapped.removed,
                ids=store.count_list(connection, audience.id, listing),
            )
            import_store.save_import(connection, done)
            if swapped.ids:
                change_store.add_change(connection, _change(done, swapped, author, now_us))
            return _result(done), swapped

        result, swapped = await self._database.write(work)
        if swapped is not None:
            self._tell(swapped)
            await self.clear()
        return result

    async def discard(self, ref: str, listing: Listing, import_id: str, *, is_key: bool) -> None:
        """Give an import up; of a committed one, only that it was there is forgotten."""
        audience = changeable_audience(self._definitions, ref, is_key=is_key)
        now_us = self._clock.now_us()

        def work(connection: Connection) -> None:
            found = _find(connection, audience.id, listing, import_id, now_us=now_us)
            import_store.save_import(
                connection, msgspec.structs.replace(found, state=ImportState.DISCARDED)
            )

        await self._database.write(work)
        await self.clear()

    async def keep_tidy(self) -> None:
        """Remove what has expired, and what is left of deleted audiences, once in a minute."""
        now_us = self._clock.now_us()
        if now_us - self._tidied_us < _TIDY_SECONDS * MICROSECONDS:
            return
        self._tidied_us = now_us

        def work(connection: Connection) -> None:
            audience_ids = list(ids_of_kind(connection, AUDIENCE_KIND))
            import_store.discard_imports(connection, now_us=now_us, audience_ids=audience_ids)

        await self._database.write(work)
        await self.clear(steps_max=_TIDY_STEPS)

    async def clear(self, *, steps_max: int | None = None) -> None:
        """Remove entries that no import needs any more, in steps, between which others write."""
        steps = 0
        while steps_max is None or steps < steps_max:
            gone = await self._database.write(
                lambda c: import_store.clear_imports(c, rows_max=_ROWS_PER_STEP)
            )
            if gone < _ROWS_PER_STEP:
                return
            steps += 1

    def _tell(self, swapped: Swapped) -> None:
        if swapped.ids > len(swapped.told):
            self._news.everybody()
        else:
            self._news.ids([identity_id for identity_id, _ in swapped.told])


def _find(
    connection: Connection, audience_id: str, listing: Listing, import_id: str, *, now_us: int
) -> ListImport:
    found = import_store.find_import(connection, import_id)
    if (
        found is None
        or (found.audience_id, found.listing) != (audience_id, listing)
        or found.state is ImportState.DISCARDED
        or found.expires_us <= now_us
    ):
        raise NotFound("Import not found")
    return found


def _result(done: ListImport) -> ListResult:
    return ListResult(done.added, done.changed, done.removed, done.ids)


def _change(done: ListImport, swapped: Swapped, author: Author, now_us: int) -> ListChange:
    return ListChange(
        audience_id=done.audience_id,
        listing=done.listing,
        added=done.added,
        changed=done.changed,
        removed=done.removed,
        changed_by=author.name,
        changed_us=now_us,
        note=author.note,
        ids=tuple(swapped.told[:IDS_NOTED_MAX]),
    )
