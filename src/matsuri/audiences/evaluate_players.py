"""Players as they are stored, and the audiences that they are in now: many at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.audiences.member_store import AudienceKeys, Stored, load_stored, next_checks
from matsuri.audiences.members import (
    Check,
    Evaluated,
    PlayerState,
    entries_digest,
    evaluate,
    is_due,
)
from matsuri.audiences.membership import AudienceSet
from matsuri.audiences.model import Entry
from matsuri.audiences.no_windows import NO_WINDOWS
from matsuri.audiences.store import entries_of_many
from matsuri.audiences.target import target_of
from matsuri.filters.facts import Windows
from matsuri.identities.computed import EMPTY
from matsuri.identities.player_walk import (
    VersionedIdentity,
    identity_versions,
    keys_of_ids,
    load_identities,
    profile_versions,
)
from matsuri.identities.profile_store import StoredProfile, load_profiles
from matsuri.kit.clock import Clock


class WindowsReader(Protocol):
    """Reads what the windows of filters need of players."""

    async def windows_of_many(self, profile_keys: Sequence[int]) -> Mapping[int, Windows]:
        """The windows of each player; absent where nothing is stored."""
        ...


class Rules(NamedTuple):
    """All audiences at one version, and what they are called in the database."""

    audiences: AudienceSet
    keys: AudienceKeys


class Finding(NamedTuple):
    """What became of some players, what was stored of them before, and when it was found."""

    evaluated: list[Evaluated]
    stored: Stored
    now_us: int


class Stretch(NamedTuple):
    """Some players in a row: those that are due, and the last key, ``None`` at the end of all."""

    due: list[int]
    upto: int | None


class EvaluatePlayers:
    """Reads players and finds their audiences; writes nothing.

    Both databases are read on threads of their own: nothing here holds up the event loop.
    """

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        clock: Clock,
        windows: WindowsReader | None = None,
    ) -> None:
        self._control = control
        self._history = history
        self._clock = clock
        self._windows = windows

    async def evaluate(self, keys: Sequence[int], rules: Rules) -> Finding:
        """The audiences of these players now."""
        known = await self._control.read(lambda c: _load_known(c, keys))

        def work(connection: Connection) -> tuple[dict[int, StoredProfile], Stored]:
            return load_profiles(connection, keys), load_stored(connection, keys, rules.keys)

        profiles, stored = await self._history.read(work)
        windows: Mapping[int, Windows] = {}
        if self._windows is not None and rules.audiences.windows:
            # After the versions of the profiles: what is newer than those is looked at again.
            windows = await self._windows.windows_of_many(keys)
        now_us = self._clock.now_us()

        def find() -> list[Evaluated]:
            return [
                _evaluate(key, known.get(key), profiles.get(key), windows.get(key), rules, now_us)
                for key in keys
            ]

        return Finding(await asyncio.to_thread(find), stored, now_us)

    async def next_stretch(self, after: int, limit: int, audiences_version: int) -> Stretch:
        """Who is due among the next ``limit`` players behind the key ``after``."""
        players = await self._control.read(lambda c: _load_next(c, after, limit))

        def work(connection: Connection) -> tuple[dict[int, int], dict[int, Check]]:
            checks = next_checks(connection, after=after, limit=limit)
            last = max(players, default=after)
            return profile_versions(connection, after=after, upto=last), checks

        profiles, checks = await self._history.read(work)
        # Both walk the same keys: what lies behind the end of either comes with the next stretch.
        ends = [max(each) for each in (players, checks) if len(each) == limit]
        upto = min(ends, default=None)
        now_us = self._clock.now_us()
        due = []
        for key in sorted(players.keys() | checks.keys()):
            if upto is not None and key > upto:
                break
            state = None
            if key in players:
                version, digest = players[key]
                state = PlayerState(version, profiles.get(key, 0), digest)
            if is_due(checks.get(key), state, audiences_version=audiences_version, now_us=now_us):
                due.append(key)
        return Stretch(due, upto)

    async def keys_of(self, identity_ids: Sequence[str]) -> list[int]:
        """The keys of those ids that name an identity."""
        return await self._control.read(lambda c: keys_of_ids(c, identity_ids))


class _Known(NamedTuple):
    """What the control database has of a player."""

    identity: VersionedIdentity
    entries: tuple[Entry, ...]


def _load_known(connection: Connection, keys: Sequence[int]) -> dict[int, _Known]:
    identities = load_identities(connection, keys)
    entries = entries_of_many(connection, [each.identity.id for each in identities.values()])
    return {
        key: _Known(each, entries.get(each.identity.id, ())) for key, each in identities.items()
    }


def _load_next(connection: Connection, after: int, limit: int) -> dict[int, tuple[int, int]]:
    """The version of the next identities and the digest of their places on lists, by key."""
    players = identity_versions(connection, after=after, limit=limit)
    entries = entries_of_many(connection, [each.id for each in players])
    return {each.key: (each.version, entries_digest(entries.get(each.id, ()))) for each in players}


def _evaluate(
    key: int,
    known: _Known | None,
    stored: StoredProfile | None,
    windows: Windows | None,
    rules: Rules,
    now_us: int,
) -> Evaluated:
    if known is None:
        return Evaluated(key)
    profile = EMPTY if stored is None or stored.profile is None else stored.profile
    state = PlayerState(
        identity=known.identity.version,
        profile=0 if stored is None else stored.version,
        entries=entries_digest(known.entries),
    )
    target = target_of(known.identity.identity, profile, known.entries, windows or NO_WINDOWS)
    return evaluate(
        rules.audiences,
        key,
        target,
        state,
        audiences_version=rules.keys.version,
        now_us=now_us,
    )
