"""Making, changing and deleting definitions; finding them, and the history of each.

A change is one transaction: it is checked against all other definitions as they are then, made,
and noted down as a revision.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.definitions import store
from matsuri.definitions.as_of import PastCatalogs
from matsuri.definitions.changes import (
    Change,
    Creation,
    Deletion,
    Step,
    Update,
    created,
    deleted,
    existing,
    found_by_ref,
    not_found,
    steps,
    taken,
)
from matsuri.definitions.model import (
    Catalog,
    Definition,
    Edit,
    Origin,
    Revision,
    predefined_id,
)
from matsuri.definitions.search import Search, found_in
from matsuri.definitions.snapshot import Snapshot, read_catalog
from matsuri.errors import (
    invalid_field,
)
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id
from matsuri.kit.paging import Cursor, Page, page_from_store, page_of

T = TypeVar("T")

_ID_MAX = 2**63 - 1


class Author(NamedTuple):
    """Who makes a change, and why, if they say so."""

    name: str
    note: str = ""


class Written(NamedTuple):
    """One revision that was made: its id, and the definition before and after it."""

    revision: int
    before: Definition[Any] | None
    after: Definition[Any] | None


class Protection(Protocol):
    """Knows what is not changed without somebody's approval (``publishing.protection``)."""

    def check(
        self, before: Definition[Any] | None, after: Definition[Any] | None, author: str
    ) -> None:
        """Raise ``FailedPrecondition`` for a change that the author may not make directly."""
        ...


class RevisionTrail(Protocol):
    """Keeps for good who changed what (``console.audit_revisions``)."""

    def noted(self, connection: Connection, revision: Revision) -> None:
        """Note a revision within the transaction that made it."""
        ...


class Definitions:
    """The use cases of definitions of every kind.

    ``ref`` is a definition's id or its name. ``version``, where it is given, is the version that
    the caller saw last: another one means that somebody else was quicker, and is ``Aborted``.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        snapshot: Snapshot,
        definitions_max: int,
        protection: Protection | None = None,
        trail: RevisionTrail | None = None,
    ) -> None:
        self._database = database
        self._protection = protection
        self._trail = trail
        self._clock = clock
        self._snapshot = snapshot
        self._definitions_max = definitions_max
        self._past = PastCatalogs(database=database, kinds=snapshot.kinds)

    @property
    def catalog(self) -> Catalog:
        """All definitions, as this process knows them."""
        return self._snapshot.catalog

    async def catalog_at(self, version: int) -> Catalog:
        """All definitions as they were when ``version`` was the newest.

        Each of several changes that were made at once has a version of its own. Raises
        ``InvalidArgument`` for a version that there never was.
        """
        newest = await self._database.read(store.current_version)
        if not 0 <= version <= newest:
            raise invalid_field("definitions_version", "there is no such version", f"0 to {newest}")
        current = self._snapshot.catalog
        return current if version == current.version else await self._past.at(version)

    async def version_at(self, time_us: int) -> int:
        """The version of all definitions at a time; 0 if there was none yet."""
        return await self._database.read(lambda c: store.version_at(c, time_us))

    def get(self, kind: str, ref: str) -> Definition[Any]:
        """One definition; raises ``NotFound``."""
        return existing(self._snapshot.catalog, kind, ref)

    def list(
        self, kind: str, search: Search, *, limit: int, cursor: str = ""
    ) -> Page[Definition[Any]]:
        """The definitions that match, by name; raises ``InvalidArgument`` for a bad cursor."""
        every = found_in(self._snapshot.catalog, kind, search)
        try:
            return page_of(every, key=lambda each: (each.name,), limit=limit, cursor=cursor)
        except ValueError as error:
            raise invalid_field("pagination.cursor", str(error)) from None

    async def revisions(
        self, kind: str, ref: str, *, limit: int, cursor: Cursor | None = None
    ) -> Page[Revision]:
        """The changes of one definition, the newest first; those of a deleted one by its id."""
        if cursor is not None and not _is_revision_place(cursor):
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        known = found_by_ref(self._snapshot.catalog, kind, ref)
        definition_id = ref if known is None else known.id
        revisions = await self._database.read(
            lambda c: store.list_revisions(c, kind, definition_id, limit=limit + 1, cursor=cursor)
        )
        if known is None and not revisions and cursor is None:
            raise not_found(kind, ref)
        # Ids fall, so the key of the order is their negative.
        return page_from_store(revisions, key=lambda r: (-r.id,), limit=limit, cursor=cursor)

    async def create(self, kind: str, name: str, body: Any, *, author: Author) -> Definition[Any]:
        """A new definition.

        Raises ``InvalidArgument`` with every field that is wrong, and ``AlreadyExists``.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Definition[Any]:
            catalog = read_catalog(connection, self._snapshot.kinds, self._snapshot.catalog)
            edit = Edit(now_us, *author)
            wanted = Creation(kind, name, body, definition_id=new_id())
            made = created(catalog, wanted, edit, definitions_max=self._definitions_max)
            self._check_protection(None, made, author)
            return _save(connection, None, made, author=author)

        return await self._write(work)

    async def seed(self, kind: str, bodies: Mapping[str, Any], *, author: Author) -> bool:
        """Make the first definitions of a kind, by name; whether there were none before.

        Where there ever were any, what the studio has made of them stays, even if that is nothing.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection) -> bool:
            if store.any_revision(connection, kind):
                return False
            for name, body in bodies.items():
                catalog = read_catalog(connection, self._snapshot.kinds, self._snapshot.catalog)
                edit = Edit(now_us, *author)
                wanted = Creation(kind, name, body, definition_id=new_id())
                made = created(catalog, wanted, edit, definitions_max=len(bodies))
                _save(connection, None, made, author=author)
            return True

        return await self._write(work)

    async def update(
        self,
        kind: str,
        ref: str,
        changes: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]],
        *,
        name: str | None = None,
        version: int | None = None,
        author: Author,
        forced: bool = False,
    ) -> Definition[Any]:
        """A definition with these fields of its body changed, and perhaps another name.

        ``changes`` may be a function that makes them of the body as it is then; it may raise what
        this raises, too. ``forced`` lets through what would spoil something, where its kind knows
        such changes. Raises ``NotFound``, ``Aborted``, ``AlreadyExists``, ``InvalidArgument``
        with every field that is wrong, and ``FailedPrecondition`` for what is locked, or renamed
        and in use, or would make a definition wrong that depends on it, or that its kind or
        another one does not let through. Others may change along with it (``Kind.follows``).
        """
        wanted = Update(kind, ref, changes, name=name, version=version)
        (done,) = await self.change_many([wanted], author=author, forced=forced)
        return _there(done)

    async def delete(
        self, kind: str, ref: str, *, version: int | None = None, author: Author
    ) -> None:
        """Remove a definition that nothing refers to; its revisions stay.

        Raises ``NotFound``, ``Aborted``, and ``FailedPrecondition`` for what is locked or in use.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection) -> None:
            catalog = read_catalog(connection, self._snapshot.kinds, self._snapshot.catalog)
            before = deleted(catalog, Deletion(kind, ref, version=version), Edit(now_us, *author))
            self._check_protection(before, None, author)
            _remove(connection, before, changed_us=now_us, author=author)

        await self._write(work)

    async def change_many(
        self, changes: Sequence[Change], *, author: Author, forced: bool = False
    ) -> Sequence[Definition[Any] | None]:
        """Several changes, one after the other, all of them or none.

        What each definition is then; ``None`` for one that was deleted. Raises what the changes
        raise by themselves: see ``create``, ``update`` and ``delete``.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Sequence[Definition[Any] | None]:
            catalog = read_catalog(connection, self._snapshot.kinds, self._snapshot.catalog)
            edit = Edit(now_us, *author, forced=forced)
            found: list[Definition[Any] | None] = []
            for step in steps(catalog, changes, edit, definitions_max=self._definitions_max):
                self._check_protection(step.before, step.after, author)
                written = _write(connection, step, changed_us=now_us, author=author)
                found.append(written[0].after if written else step.after)
            return found

        return await self._write(work)

    async def publish(
        self,
        changes: Sequence[Change],
        along: Callable[[Connection, Sequence[Written]], T],
        *,
        author: Author,
    ) -> T:
        """Make several changes as ``change_many`` does, whatever of them is protected.

        ``along`` belongs to the same transaction: it gets what was written, in that order, and
        what it raises undoes all of it.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection) -> T:
            catalog = read_catalog(connection, self._snapshot.kinds, self._snapshot.catalog)
            edit = Edit(now_us, *author)
            done = steps(catalog, changes, edit, definitions_max=self._definitions_max)
            written = [_write(connection, each, changed_us=now_us, author=author) for each in done]
            return along(connection, list(chain.from_iterable(written)))

        return await self._write(work)

    def _check_protection(
        self, before: Definition[Any] | None, after: Definition[Any] | None, author: Author
    ) -> None:
        if self._protection is not None and before is not after:
            self._protection.check(before, after, author.name)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        """What a change returns, once it is committed and in effect here."""

        def noted(connection: Connection) -> T:
            version = store.current_version(connection)
            result = work(connection)
            if self._trail is not None:
                for revision in store.revisions_after(connection, version):
                    self._trail.noted(connection, revision)
            return result

        result = await self._database.write(noted)
        await self._snapshot.refresh()
        return result


def _is_revision_place(cursor: Cursor) -> bool:
    place = cursor.key[0] if len(cursor.key) == 1 else ""
    return isinstance(place, int) and -_ID_MAX <= place <= 0


def _write(connection: Connection, step: Step, *, changed_us: int, author: Author) -> list[Written]:
    """Make one of several changes, and then all that changes along; nothing for none."""
    if step.after is step.before:
        return []
    if step.after is None:
        gone = _there(step.before)
        return [
            Written(_remove(connection, gone, changed_us=changed_us, author=author), gone, None)
        ]
    written = []
    for before, after in ((step.before, step.after), *step.followed):
        saved = _save(connection, before, after, author=author)
        written.append(Written(saved.version, before, saved))
    return written


def _remove(
    connection: Connection, definition: Definition[Any], *, changed_us: int, author: Author
) -> int:
    """Delete a definition and note it down; the revision that this makes."""
    revision = store.add_revision(
        connection, _revision(definition, None, changed_us=changed_us, author=author)
    )
    store.delete_definition(connection, definition.id)
    return revision


def _save(
    connection: Connection,
    before: Definition[Any] | None,
    after: Definition[Any],
    *,
    author: Author,
) -> Definition[Any]:
    """Store a definition and note the change down; the definition with its new version."""
    stored_id = store.id_of(connection, after.kind, after.name)
    if stored_id not in {None, after.id}:
        # Not in the catalog, but stored: what was added to a predefined one whose pack is off, and
        # means nothing any more; or what only a newer version can read.
        if stored_id != predefined_id(after.kind, after.name):
            raise taken(after.kind, after.name)
        _drop(connection, stored_id, changed_us=after.updated_us, author=author)
    version = store.add_revision(
        connection, _revision(before, after, changed_us=after.updated_us, author=author)
    )
    saved = msgspec.structs.replace(after, version=version)
    text = msgspec.json.encode(after.body).decode()
    row = msgspec.structs.replace(saved, body=text, origin=Origin.STUDIO)
    store.put_definition(connection, row)
    return saved


def _drop(connection: Connection, definition_id: str, *, changed_us: int, author: Author) -> None:
    """Delete what is stored under an id, whatever it is, and note it down."""
    gone = store.get_definition(connection, definition_id)
    store.add_revision(
        connection,
        Revision(
            id=0,
            definition_id=gone.id,
            kind=gone.kind,
            name=gone.name,
            before=_text(gone.name, msgspec.Raw(gone.body.encode())),
            after=None,
            changed_by=author.name,
            changed_us=changed_us,
            note=author.note,
        ),
    )
    store.delete_definition(connection, gone.id)


def _revision(
    before: Definition[Any] | None,
    after: Definition[Any] | None,
    *,
    changed_us: int,
    author: Author,
) -> Revision:
    newest = _there(after or before)
    return Revision(
        id=0,
        definition_id=newest.id,
        kind=newest.kind,
        name=newest.name,
        before=_told(before),
        after=_told(after),
        changed_by=author.name,
        changed_us=changed_us,
        note=author.note,
    )


def _there(definition: Definition[Any] | None) -> Definition[Any]:
    if definition is None:
        raise ValueError("a change is of a definition")
    return definition


def _told(definition: Definition[Any] | None) -> str | None:
    return None if definition is None else _text(definition.name, definition.body)


def _text(name: str, body: Any) -> str:
    return msgspec.json.encode({"name": name, "body": body}).decode()
