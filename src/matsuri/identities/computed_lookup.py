"""Computed properties for those who ask for few of them. Pure."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from matsuri.events.model import RESERVED_PREFIX
from matsuri.identities.computed import (
    COMPUTED_SUFFIXES,
    computed_properties,
    properties_of_event,
)
from matsuri.identities.model import Profile


class ComputedLookup(Mapping[str, str]):
    """What ``computed_properties`` makes, made for an event when it is first asked for."""

    __slots__ = ("_events", "_found", "_prefixes", "_profile")

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._events = profile.events
        self._found: dict[str, str] = {}
        self._prefixes: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self._find(name)
        return self._found[name]

    def get(self, name: str, default: Any = None, /) -> Any:
        """See ``Mapping``; many players lack what is asked for, and an exception takes its time."""
        self._find(name)
        return self._found.get(name, default)

    def _find(self, name: str) -> None:
        prefix = _prefix_of(name)
        if prefix is not None and prefix not in self._prefixes:
            self._prefixes.add(prefix)
            event = self._event_of(prefix)
            if event is not None:
                self._found |= properties_of_event(prefix, self._events[event])

    def __iter__(self) -> Iterator[str]:
        return iter(computed_properties(self._profile))

    def __len__(self) -> int:
        return len(computed_properties(self._profile))

    def _event_of(self, prefix: str) -> str | None:
        """The event whose properties begin so; a reserved one hides a declared one."""
        reserved = RESERVED_PREFIX + prefix
        if reserved in self._events:
            return None if RESERVED_PREFIX + reserved in self._events else reserved
        if prefix in self._events and not prefix.startswith(RESERVED_PREFIX):
            return prefix
        return None


@lru_cache(maxsize=10_000)
def _prefix_of(name: str) -> str | None:
    """What stands before the suffix; no suffix is the end of another one."""
    for suffix in COMPUTED_SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return None
