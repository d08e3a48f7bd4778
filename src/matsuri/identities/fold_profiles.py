"""A pipeline step: events are folded into profiles, in order, and sessions keep their facts."""

from collections.abc import Iterable

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.model import (
    EventBatch,
    ProfileErased,
    ProfileMerged,
)
from matsuri.events.pipeline import Work
from matsuri.events.store import erase_events, move_events
from matsuri.identities.apply_batch import apply_batch
from matsuri.identities.computed import EMPTY, merge
from matsuri.identities.device_marks import erase_mark
from matsuri.identities.erasure_store import note_erased
from matsuri.identities.follow_merges import profile_keys
from matsuri.identities.model import Profile, SessionActivity
from matsuri.identities.profile_store import (
    add_session_activity,
    bury_profile,
    erase_sessions,
    load_profiles,
    merged_keys,
    move_sessions,
    save_profiles,
    stage_profiles,
)
from matsuri.identities.session_activity import combine_activity, session_activity
from matsuri.identities.window_store import erase_windows
from matsuri.kit.lru import LruCache


class FoldProfiles:
    """Folds every event of an identity into its profile; ``FollowMerges`` goes before.

    The profiles last used stay in memory: this step is their only writer.
    """

    def __init__(
        self, *, session_grace_us: int, computed_names_max: int, cache_entries_max: int
    ) -> None:
        self._grace_us = session_grace_us
        self._computed_names_max = computed_names_max
        self._cache: LruCache[int, Profile] = LruCache(cache_entries_max)
        # What this stretch knows: profiles as they are now, and keys that have none any more.
        self._profiles: dict[int, Profile] = {}
        self._gone: set[int] = set()
        self._changed: set[int] = set()
        self._activity: list[SessionActivity] = []
        self._watched: set[int] | None = None

    def watch(self) -> None:
        """From now on, remember which profiles change (see ``take_changed``)."""
        self._watched = set()

    def unwatch(self) -> None:
        """Remember no more."""
        self._watched = None

    def take_changed(self) -> set[int]:
        """The profiles that have changed, or gone, since the last call or since ``watch``."""
        changed = self._watched or set()
        self._watched = set()
        return changed

    def forget(self) -> None:
        """Read every profile from the database again: others have changed them."""
        self._cache.clear()

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        self._profiles, self._gone, self._changed, self._activity = {}, set(), set(), []
        self._load(connection, profile_keys(work.entries))
        for index, entry in enumerate(work.entries):
            if isinstance(entry, EventBatch):
                work.entries[index] = self._fold(entry)
            elif isinstance(entry, ProfileMerged):
                self._merge(entry, connection)
            elif isinstance(entry, ProfileErased):
                self._erase(entry, connection, work.origins[index].position, work.now_us)
        self._flush_activity(connection)
        save_profiles(connection, {key: self._profiles[key] for key in self._changed})

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: what was undone is forgotten, what was committed is remembered."""
        if not committed:
            for key in self._changed:
                self._cache.pop(key)
            return
        if self._watched is not None:
            self._watched |= self._changed | self._gone
        for key in self._gone:
            self._cache.pop(key)
        for key, profile in self._profiles.items():
            self._cache.put(key, profile)

    def _load(self, connection: Connection, keys: Iterable[int]) -> None:
        """Bring the profiles of ``keys`` to memory."""
        missing = []
        for key in keys:
            cached = self._cache.get(key)
            if cached is not None:
                self._profiles[key] = cached
            else:
                missing.append(key)
        stored = load_profiles(connection, missing)
        for key in missing:
            found = stored.get(key)
            self._profiles[key] = EMPTY if found is None else found.profile or EMPTY

    def _fold(self, batch: EventBatch) -> EventBatch:
        key = batch.profile_key
        if not key or not batch.events:
            return batch
        self._profiles[key], session_id = apply_batch(
            self._profiles[key],
            batch,
            session_grace_us=self._grace_us,
            computed_names_max=self._computed_names_max,
        )
        self._changed.add(key)
        if session_id:
            self._activity.append(session_activity(batch, session_id, key))
        if session_id == batch.session_id:
            return batch
        return msgspec.structs.replace(batch, session_id=session_id)

    def _merge(self, entry: ProfileMerged, connection: Connection) -> None:
        self._flush_activity(connection)
        from_key, into_key = entry.from_key, entry.into_key
        self._profiles[into_key] = merge(self._profiles[into_key], self._profiles.pop(from_key))
        self._changed.discard(from_key)
        self._changed.add(into_key)
        self._gone.add(from_key)
        move_sessions(connection, from_key=from_key, into_key=into_key)
        move_events(connection, from_key=from_key, into_key=into_key)
        bury_profile(connection, from_key, merged_into=into_key)

    def _erase(
        self, entry: ProfileErased, connection: Connection, position: int, now_us: int
    ) -> None:
        self._flush_activity(connection)
        removed = {}
        for gone in [entry.profile_key, *merged_keys(connection, entry.profile_key)]:
            removed[gone] = {
                "profiles": 1,
                "session_facts": erase_sessions(connection, gone),
                "event_windows": erase_windows(connection, gone),
                "device_marks": erase_mark(connection, gone),
                **erase_events(connection, gone),
            }
            stage_profiles(connection, {gone: None})
            bury_profile(connection, gone, merged_into=None)
            self._profiles.pop(gone, None)
            self._changed.discard(gone)
            self._gone.add(gone)
        note_erased(
            connection, removed, erased_key=entry.profile_key, position=position, now_us=now_us
        )

    def _flush_activity(self, connection: Connection) -> None:
        add_session_activity(connection, combine_activity(self._activity))
        self._activity = []
