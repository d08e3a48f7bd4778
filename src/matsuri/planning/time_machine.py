"""What decided at another time, or would decide after changes, and players under it; no writing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from matsuri.audiences.model import Target
from matsuri.definitions.model import Catalog
from matsuri.definitions.service import Author
from matsuri.enrolments.model import Enrolments
from matsuri.filters.facts import Windows
from matsuri.identities.read_player import PlayerState
from matsuri.kit.clock import Clock
from matsuri.planning.drafts import Moment, Proposal, drafted_catalog
from matsuri.planning.worlds import World


class Definitions(Protocol):
    """Knows all definitions, as they are and as they were (``definitions.service``)."""

    async def catalog_at(self, version: int) -> Catalog:
        """Those of a version; raises ``InvalidArgument`` for one that there never was."""
        ...

    async def version_at(self, time_us: int) -> int:
        """The version at a time."""
        ...


class Players(Protocol):
    """Finds players (``identities.read_player``)."""

    async def find(self, identity_id: str) -> PlayerState:
        """The player of that id, or of whom it is an alias; raises ``NotFound``."""
        ...


class Targets(Protocol):
    """Reads players as flags see them (``flags.service``)."""

    async def target(self, identity_key: int) -> Target:
        """The player of that key; raises ``NotFound`` and ``Unavailable``."""
        ...


class TimeMachine:
    """Finds what decides at a moment, and players as it would see them.

    ``compiled`` makes what decides of a catalog, which takes a while. ``windows_of`` reads a
    player's windows, whichever are asked about now.
    """

    def __init__(
        self,
        *,
        definitions: Definitions,
        players: Players,
        targets: Targets,
        windows_of: Callable[[int], Awaitable[Windows]],
        newest: Callable[[], World],
        compiled: Callable[[Catalog], World],
        definitions_max: int,
        clock: Clock,
    ) -> None:
        self._definitions = definitions
        self._players = players
        self._targets = targets
        self._windows_of = windows_of
        self._newest = newest
        self._compiled = compiled
        self._definitions_max = definitions_max
        self._clock = clock

    async def world(self, moment: Moment, author: Author) -> tuple[World, int]:
        """What decides at a moment, and the version of the definitions without any proposals.

        Raises ``InvalidArgument`` for a version that there never was, and what the proposals
        raise.
        """
        newest = self._newest()
        if moment.is_now:
            return newest, newest.catalog.version
        version = moment.version
        if moment.time_us is not None:
            version = await self._definitions.version_at(moment.time_us)
        catalog = newest.catalog
        if version is not None:
            catalog = await self._definitions.catalog_at(version)
        # To compile hundreds of definitions takes a while, in which games are to be answered.
        world = await asyncio.to_thread(self._drafted, catalog, moment.proposals, author)
        return world, catalog.version

    async def player(self, identity_id: str, world: World) -> Target:
        """A player as ``world`` sees them; raises ``NotFound`` and ``Unavailable``."""
        key = (await self._players.find(identity_id)).identity.key
        target = await self._targets.target(key)
        if not world.audiences.windows:
            return target
        return msgspec.structs.replace(target, windows=await self._windows_of(key))

    def _drafted(self, catalog: Catalog, proposals: Sequence[Proposal], author: Author) -> World:
        drafted = drafted_catalog(
            catalog,
            proposals,
            author=author.name,
            now_us=self._clock.now_us(),
            definitions_max=self._definitions_max,
        )
        return self._compiled(drafted)


def with_places_of(target: Target, instant_us: int) -> Target:
    """A player with only those places that were given by then."""
    held = {
        part: each
        for part, each in target.enrolments.held.items()
        if each.enrolled_us <= instant_us
    }
    return msgspec.structs.replace(
        target,
        enrolments=Enrolments(held, target.enrolments.full, closed=target.enrolments.closed),
    )
