"""The definitions in memory: one immutable catalog, and what other parts compile of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.definitions import store
from matsuri.definitions.model import Catalog, Definition, Kind, Revision, catalog_of

T = TypeVar("T")

EARLIER_MAX = 100

logger = structlog.get_logger(__name__)


class _Told(msgspec.Struct):
    """A definition as a revision tells it, as far as it is needed."""

    body: msgspec.Raw


class _View(Generic[T]):
    def __init__(self, compile_: Callable[[Catalog], T], catalog: Catalog) -> None:
        self.compile = compile_
        self.value = compile_(catalog)

    def __call__(self) -> T:
        return self.value


class Snapshot:
    """The newest definitions that this process knows of.

    ``refresh`` brings in what was changed, here or on another node. Readers never wait: they have
    the one catalog or the next.
    """

    def __init__(self, *, database: Database, kinds: Sequence[Kind[Any]]) -> None:
        self.kinds: Mapping[str, Kind[Any]] = {kind.name: kind for kind in kinds}
        self.catalog = catalog_of(self.kinds, [], version=0)
        self._database = database
        self._views: list[_View[Any]] = []

    def view(self, compile_: Callable[[Catalog], T]) -> Callable[[], T]:
        """A function that tells what ``compile_`` makes of the newest catalog.

        ``compile_`` is called once for each catalog, before that one is used.
        """
        view = _View(compile_, self.catalog)
        self._views.append(view)
        return view

    async def refresh(self) -> None:
        """Load the definitions again if there is a newer version."""
        if await self._database.read(store.current_version) == self.catalog.version:
            return
        self._use(await self._database.read(lambda c: read_catalog(c, self.kinds, self.catalog)))

    def recompile(self) -> None:
        """Make every view again: something else has changed that they are made of."""
        self._use(self.catalog)

    def _use(self, catalog: Catalog) -> None:
        values = [view.compile(catalog) for view in self._views]
        self.catalog = catalog
        for view, value in zip(self._views, values, strict=True):
            view.value = value


def read_catalog(connection: Connection, kinds: Mapping[str, Kind[Any]], known: Catalog) -> Catalog:
    """The catalog as it is stored now; ``known`` is the one before, or an empty one.

    What definitions were before is read for those alone that have changed since ``known``.
    Kinds that this version does not know are left out, and so are bodies that it cannot read:
    both may be a newer version's, which runs beside this one during an upgrade.
    """
    version = store.current_version(connection)
    definitions = decoded(store.list_definitions(connection), kinds)
    earlier: dict[str, Sequence[Any]] = {}
    for each in recalling(definitions, kinds):
        before = known.find_by_id(each.kind, each.id)
        unchanged = before is not None and before.version == each.version
        earlier[each.id] = (
            known.earlier(each.id)
            if unchanged
            else earlier_bodies(_revisions(connection, each), kinds[each.kind])
        )
    return catalog_of(kinds, definitions, version=version, earlier=earlier)


def decoded(
    rows: Iterable[Definition[str]], kinds: Mapping[str, Kind[Any]]
) -> list[Definition[Any]]:
    """Stored definitions with their bodies, but for those that this version cannot read."""
    definitions: list[Definition[Any]] = []
    for row in rows:
        kind = kinds.get(row.kind)
        if kind is None:
            continue
        try:
            body = msgspec.json.decode(row.body, type=kind.body_type)
        except msgspec.MsgspecError as error:
            logger.warning(
                "a definition cannot be read and is left out",
                kind=row.kind,
                name=row.name,
                error=str(error),
            )
            continue
        definitions.append(msgspec.structs.replace(row, body=body))
    return definitions


def recalling(
    definitions: Iterable[Definition[Any]], kinds: Mapping[str, Kind[Any]]
) -> Iterator[Definition[Any]]:
    """Those of which it is needed what they were before."""
    for each in definitions:
        recalls = kinds[each.kind].recalls
        if recalls is not None and recalls(each.body):
            yield each


def _revisions(connection: Connection, definition: Definition[Any]) -> list[Revision]:
    return store.list_revisions(connection, definition.kind, definition.id, limit=EARLIER_MAX)


def earlier_bodies(revisions: Iterable[Revision], kind: Kind[Any]) -> list[Any]:
    """The bodies that a definition had, in the order of its changes, as far as they can be read."""
    bodies = []
    for revision in revisions:
        if revision.before is None:
            continue
        try:
            told = msgspec.json.decode(revision.before, type=_Told)
            bodies.append(msgspec.json.decode(told.body, type=kind.body_type))
        except msgspec.MsgspecError:
            # The next one before it may be of use.
            continue
    return bodies
