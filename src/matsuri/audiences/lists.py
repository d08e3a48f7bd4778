"""Changing the lists of audiences, and reading them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.audiences import change_store, store
from matsuri.audiences.change_store import Done, ListChange
from matsuri.audiences.list_rules import (
    IDS_NOTED_MAX,
    ListLimits,
    ListResult,
    changeable_audience,
)
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition, Entry, Listing
from matsuri.definitions.model import Definition
from matsuri.definitions.service import Author, Definitions
from matsuri.definitions.store import ids_of_kind
from matsuri.errors import FailedPrecondition, invalid_field
from matsuri.identities.store import ids_behind
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.paging import Cursor, Page, page_from_store

_ROWS_PER_TIDY = 1000
_TIDY_SECONDS = 60
_ID_MAX = 2**63 - 1


class Wanted(NamedTuple):
    """What a list shall be.

    The ids of ``until_us`` are on it until that time (0 for good), those of ``without`` are not;
    with ``replace`` nobody else is on it, either.
    """

    until_us: Mapping[str, int]
    without: Sequence[str] = ()
    replace: bool = False


class _Difference(NamedTuple):
    """The ids that come, get another end, and go."""

    added: list[str]
    changed: list[str]
    removed: list[str]

    @property
    def put(self) -> list[str]:
        return self.added + self.changed

    def told(self) -> Iterator[tuple[str, Done]]:
        """Each id with what is done with it."""
        for ids, done in zip(self, (Done.ADDED, Done.CHANGED, Done.REMOVED), strict=True):
            for each in ids:
                yield each, done


class AudienceLists:
    """The use cases of includes and excludes. ``ref`` is an audience's id or its name.

    Ids may be aliases: what is stored is the id that the player has today. They need not be known
    yet.
    """

    def __init__(
        self,
        *,
        database: Database,
        background: Database,
        definitions: Definitions,
        clock: Clock,
        limits: ListLimits,
        on_change: Callable[[Sequence[str]], None],
    ) -> None:
        """``background`` is for what looks at whole lists; ``on_change`` hears of changed ids."""
        self._database = database
        self._background = background
        self._tidied_us = 0
        self._definitions = definitions
        self._clock = clock
        self._limits = limits
        self._on_change = on_change

    async def page(
        self, ref: str, listing: Listing, *, prefix: str, limit: int, cursor: Cursor | None
    ) -> Page[Entry]:
        """A list by id; raises ``NotFound``, and ``InvalidArgument`` for a cursor of another."""
        audience = self._audience(ref)
        after = None if cursor is None else cursor.key[0] if len(cursor.key) == 1 else 0
        if after is not None and not isinstance(after, str):
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        found = await self._database.read(
            lambda c: store.list_entries(
                c,
                audience.id,
                listing,
                prefix=prefix,
                limit=limit + 1,
                after=after,
                backward=cursor is not None and cursor.backward,
            )
        )
        return page_from_store(
            found, key=lambda each: (each.identity_id,), limit=limit, cursor=cursor
        )

    async def changes(self, ref: str, *, limit: int, cursor: Cursor | None) -> Page[ListChange]:
        """Who changed the lists of an audience, the newest first; raises as ``page``."""
        audience = self._audience(ref)
        if cursor is not None and not _is_change_place(cursor):
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        found = await self._database.read(
            lambda c: change_store.list_changes(c, audience.id, limit=limit + 1, cursor=cursor)
        )
        # Ids fall, so the key of the order is their negative.
        return page_from_store(found, key=lambda each: (-each.id,), limit=limit, cursor=cursor)

    async def counts(self, audience_ids: Sequence[str]) -> dict[str, dict[Listing, int]]:
        """How long the lists of some audiences are."""
        return await self._background.read(lambda c: store.count_entries(c, audience_ids))

    async def change(
        self, ref: str, listing: Listing, wanted: Wanted, *, author: Author, is_key: bool
    ) -> ListResult:
        """Bring a list to what is wanted, all at once; ``is_key`` says that a server key asks.

        Raises ``NotFound``, ``InvalidArgument``, ``PermissionDenied`` for a person who changes a
        managed audience, and ``FailedPrecondition`` where the list would become too long.
        """
        audience = changeable_audience(self._definitions, ref, is_key=is_key)
        asked = len(wanted.until_us) + len(wanted.without)
        if asked > self._limits.ids_max:
            raise invalid_field(
                "entries", f"has, with `remove`, {asked} ids", f"at most {self._limits.ids_max}"
            )
        now_us = self._clock.now_us()

        def work(connection: Connection) -> tuple[ListResult, list[str]]:
            return self._change(connection, audience.id, listing, wanted, author, now_us)

        result, ids = await self._database.write(work)
        self._on_change(ids)
        return result

    def _change(
        self,
        connection: Connection,
        audience_id: str,
        listing: Listing,
        wanted: Wanted,
        author: Author,
        now_us: int,
    ) -> tuple[ListResult, list[str]]:
        """What was done, and the ids with whom."""
        count = store.count_list(connection, audience_id, listing)
        if wanted.replace and count > self._limits.ids_max:
            raise FailedPrecondition(
                f"The list has {count} ids; up to {self._limits.ids_max} can be replaced at once. "
                "Import the list, or add and remove ids"
            )
        behind = ids_behind(connection, [*wanted.until_us, *wanted.without])
        until_us = {behind.get(each, each): end for each, end in wanted.until_us.items()}
        without = [behind.get(each, each) for each in wanted.without]
        if wanted.replace:
            there = store.list_entries(connection, audience_id, listing, prefix="", limit=count + 1)
            known = {each.identity_id: each for each in there}
            without = list(known)
        else:
            known = store.find_entries(connection, audience_id, listing, [*until_us, *without])
        step = _difference(known, until_us, without)
        result = ListResult(
            len(step.added),
            len(step.changed),
            len(step.removed),
            count + len(step.added) - len(step.removed),
        )
        if step.added and result.count > self._limits.entries_max:
            raise FailedPrecondition(
                f"The list would have {result.count} ids; at most {self._limits.entries_max}"
            )
        put = [Entry(audience_id, listing, each, until_us[each]) for each in step.put]
        store.put_entries(connection, put)
        store.remove_entries(connection, audience_id, listing, step.removed)
        if step.put or step.removed:
            change_store.add_change(
                connection,
                ListChange(
                    audience_id=audience_id,
                    listing=listing,
                    added=result.added,
                    changed=result.changed,
                    removed=result.removed,
                    changed_by=author.name,
                    changed_us=now_us,
                    note=author.note,
                    ids=tuple(islice(step.told(), IDS_NOTED_MAX)),
                ),
            )
        return result, [*step.put, *step.removed]

    async def keep_tidy(self) -> None:
        """``tidy``, unless that was done within the last minute."""
        now_us = self._clock.now_us()
        if now_us - self._tidied_us >= _TIDY_SECONDS * MICROSECONDS:
            self._tidied_us = now_us
            await self.tidy()

    async def tidy(self) -> int:
        """Remove what has ended, what is left of deleted audiences, and old changes; how many rows.

        It does a little at a time: what it leaves goes with the next call.
        """
        now_us = self._clock.now_us()
        before_us = now_us - self._limits.changes_seconds_max * MICROSECONDS

        def work(connection: Connection) -> int:
            gone = store.forget_ended(connection, now_us=now_us, rows_max=_ROWS_PER_TIDY)
            known = set(ids_of_kind(connection, AUDIENCE_KIND))
            for audience_id in set(store.audiences_with_entries(connection)) - known:
                gone += store.clear_audience(connection, audience_id, rows_max=_ROWS_PER_TIDY)
            return gone + change_store.forget_changes(
                connection, before_us=before_us, rows_max=_ROWS_PER_TIDY
            )

        return await self._database.write(work)

    def _audience(self, ref: str) -> Definition[AudienceDefinition]:
        return self._definitions.get(AUDIENCE_KIND, ref)


def _difference(
    known: Mapping[str, Entry], until_us: Mapping[str, int], without: Iterable[str]
) -> _Difference:
    """What makes a list that has ``known`` entries one with those ends and ``without`` others."""
    return _Difference(
        [each for each in until_us if each not in known],
        [each for each, end in until_us.items() if each in known and known[each].until_us != end],
        [each for each in dict.fromkeys(without) if each in known and each not in until_us],
    )


def _is_change_place(cursor: Cursor) -> bool:
    place: Any = cursor.key[0] if len(cursor.key) == 1 else ""
    return isinstance(place, int) and -_ID_MAX <= place <= 0
