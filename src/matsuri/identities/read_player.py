"""A player as decisions see them, and whether that has changed since."""

from typing import NamedTuple

import msgspec

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import PointReads
from matsuri.errors import NotFound
from matsuri.identities import profile_store, store
from matsuri.identities.computed import EMPTY, decode_profile
from matsuri.identities.model import Identity, Profile


class PlayerVersion(NamedTuple):
    """Another one after every change of a player's properties, or of what their events add up to.

    ``profile`` is 0 as long as there are no events.
    """

    identity: int
    profile: int


class Commits(NamedTuple):
    """Other numbers after every commit to the databases of identities and of profiles."""

    control: int
    history: int


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
        history: Database,
        control_points: PointReads,
        history_points: PointReads,
    ) -> None:
        self._history = history
        self._control_points = control_points
        self._history_points = history_points
        self._identity_version = control_points.prepare(store.identity_version)
        self._profile_version = history_points.prepare(profile_store.profile_version)
        self._identity = control_points.prepare(store.identity_point)
        self._profile = history_points.prepare(profile_store.profile_point)
        self._by_id = control_points.prepare(store.id_point)
        self._by_alias = control_points.prepare(store.alias_point)

    def commits(self) -> Commits:
        """As long as they stay the same, so does every player; see ``PointReads.commits``."""
        return Commits(self._control_points.commits(), self._history_points.commits())

    def identity_version(self, identity_key: int) -> int:
        """One half of the version as of now, in some microseconds; raises ``NotFound``."""
        found = self._identity_version(identity_key)
        if found is None:
            raise NotFound("Identity not found")
        return int(found[0])

    def profile_version(self, identity_key: int) -> int:
        """The other half."""
        found = self._profile_version(identity_key)
        return 0 if found is None else int(found[0])

    async def key_of(self, identity_id: str) -> int:
        """The key of the player of that id, or of whom it is an alias; 0 where there is none."""
        found = self._by_id(identity_id) or self._by_alias(identity_id)
        return 0 if found is None else int(found[0])

    async def find(self, identity_id: str) -> PlayerState:
        """The player of that id, or of whom it is an alias; raises ``NotFound``."""
        # No identity has the key 0.
        return await self.load(await self.key_of(identity_id))

    async def load(self, identity_key: int) -> PlayerState:
        """The player of that key, no older than the version that comes with it.

        Raises ``NotFound``.
        """
        identity = self._identity(identity_key)
        if identity is None:
            raise NotFound("Identity not found")
        profile, profile_version = EMPTY, 0
        found = self._profile(identity_key)
        if found is not None:
            state, merged_into, profile_version = found
            if merged_into:
                stored = await self._history.read(
                    lambda c: profile_store.load_profile(c, identity_key)
                )
                profile = EMPTY if stored is None or stored.profile is None else stored.profile
            elif state is not None:
                profile = decode_profile(state)
        version = PlayerVersion(identity[0], profile_version)
        return PlayerState(version, store.identity_of_point(identity), profile)
