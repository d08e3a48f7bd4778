"""A player as decisions see them, and whether that has changed since."""

from typing import NamedTuple

import msgspec

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import PointReads
from matsuri.errors import NotFound
from matsuri.identities import profile_store, store
from matsuri.identities.computed import EMPTY
from matsuri.identities.model import Identity, Profile


class PlayerVersion(NamedTuple):
    """Another one after every change of a player's properties, or of what their events add up to.

    ``profile`` is 0 as long as there are no events.
    """

    identity: int
    profile: int


class PlayerState(msgspec.Struct, frozen=True):
    """A player at one version."""

    version: PlayerVersion
    identity: Identity
    profile: Profile


class PlayerReader:
    """Reads players by key."""

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        control_points: PointReads,
        history_points: PointReads,
    ) -> None:
        self._control = control
        self._history = history
        self._identity_version = control_points.prepare(store.identity_version)
        self._profile_version = history_points.prepare(profile_store.profile_version)

    def version(self, identity_key: int) -> PlayerVersion:
        """The version as of now, in some microseconds; raises ``NotFound``."""
        identity = self._identity_version(identity_key)
        if identity is None:
            raise NotFound("Identity not found")
        profile = self._profile_version(identity_key)
        return PlayerVersion(identity[0], 0 if profile is None else profile[0])

    async def key_of(self, identity_id: str) -> int:
        """The key of the player of that id, or of whom it is an alias; 0 where there is none."""
        found = await self._control.read(lambda c: store.find_identities(c, [identity_id]))
        return found[identity_id].key if identity_id in found else 0

    async def find(self, identity_id: str) -> PlayerState:
        """The player of that id, or of whom it is an alias; raises ``NotFound``."""
        found = await self._control.read(lambda c: store.find_identities(c, [identity_id]))
        if identity_id not in found:
            raise NotFound("Identity not found")
        return await self.load(found[identity_id].key)

    async def load(self, identity_key: int) -> PlayerState:
        """The player of that key, no older than the version that comes with it.

        Raises ``NotFound``.
        """
        version = self.version(identity_key)
        identity = await self._control.read(lambda c: store.get_identity(c, identity_key))
        if identity is None:
            raise NotFound("Identity not found")
        stored = await self._history.read(lambda c: profile_store.load_profile(c, identity_key))
        profile = EMPTY if stored is None or stored.profile is None else stored.profile
        return PlayerState(version, identity, profile)
