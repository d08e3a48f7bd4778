"""The definitions in memory: one immutable catalog, and what other parts compile of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.definitions import store
from matsuri.definitions.model import Catalog, Definition, Kind, catalog_of

T = TypeVar("T")

_EARLIER_MAX = 100

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
    definitions: list[Definition[Any]] = []
    earlier: dict[str, Sequence[Any]] = {}
    for row in store.list_definitions(connection):
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
        if kind.recalls is not None and kind.recalls(body):
            before = known.find_by_id(row.kind, row.id)
            unchanged = before is not None and before.version == row.version
            earlier[row.id] = (
                known.earlier(row.id) if unchanged else _earlier_bodies(connection, row, kind)
            )
    return catalog_of(kinds, definitions, version=version, earlier=earlier)


def _earlier_bodies(
    connection: Connection, definition: Definition[Any], kind: Kind[Any]
) -> list[Any]:
    """The bodies that a definition had, the newest first, as far as they can be read."""
    bodies = []
    revisions = store.list_revisions(connection, definition.kind, definition.id, limit=_EARLIER_MAX)
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
