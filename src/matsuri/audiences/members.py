"""Stored membership: what it was made of, when it has to be made again, what changed. Pure.

Beside who is in which audience there is a ``Check`` for each player: which state of the player,
of the lists and of the audiences the stored membership was made of. A player whose check tells of
another state is due, whatever it was that was missed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from matsuri.audiences.membership import AudienceSet, Memberships
from matsuri.audiences.model import Entry, Target
from matsuri.identities.computed import COMPUTED_SUFFIXES

# Goes up where the same definitions come to mean something else: then everybody is due.
_RULES = 1
_NO_TIME = 0
# With these the player is new, or properties may have changed on the way.
_ALWAYS = frozenset({"sessionStart", "identityCreate", "identify"})


class PlayerState(msgspec.Struct, frozen=True):
    """Which state of a player: versions of the identity and of the profile, digest of the lists.

    Each is 0 for what is not there.
    """

    identity: int = 0
    profile: int = 0
    entries: int = 0


class Check(msgspec.Struct, frozen=True):
    """What a player's stored membership was made of.

    ``audiences_version`` numbers the states of all audiences. ``recheck_us`` is the time at which
    time alone may change something, 0 for never.
    """

    state: PlayerState
    audiences_version: int
    recheck_us: int = _NO_TIME


class MembershipChange(msgspec.Struct, frozen=True):
    """Somebody entered an audience or, if not ``entered``, left it."""

    audience_id: str
    profile_key: int
    entered: bool
    at_us: int


class Evaluated(msgspec.Struct, frozen=True):
    """The ids of the audiences that a player is in now; without a ``check`` nobody is there."""

    profile_key: int
    audience_ids: frozenset[str] = frozenset()
    check: Check | None = None


def is_due(
    check: Check | None, state: PlayerState | None, *, audiences_version: int, now_us: int
) -> bool:
    """Whether a stored membership has to be made again; ``state`` is ``None`` for nobody."""
    if check is None or state is None:
        return check is not None or state is not None
    return (
        check.state != state
        or check.audiences_version != audiences_version
        or _NO_TIME < check.recheck_us <= now_us
    )


def evaluate(
    audiences: AudienceSet,
    profile_key: int,
    target: Target,
    state: PlayerState,
    *,
    audiences_version: int,
    now_us: int,
) -> Evaluated:
    """The audiences that a player is in."""
    memberships = Memberships(audiences, target, now_us)
    found = frozenset(
        audience.id for name, audience in audiences.by_name.items() if memberships.in_audience(name)
    )
    changes_us = memberships.changes_at_us()
    recheck_us = _NO_TIME if changes_us is None else changes_us
    return Evaluated(profile_key, found, Check(state, audiences_version, recheck_us))


def changes(
    evaluated: Iterable[Evaluated], stored: Mapping[int, AbstractSet[str]], *, at_us: int
) -> list[MembershipChange]:
    """What became different; ``stored`` has the audiences of each player by key."""
    found = []
    for one in evaluated:
        before = stored.get(one.profile_key, frozenset())
        found += [
            MembershipChange(audience_id, one.profile_key, audience_id in one.audience_ids, at_us)
            for audience_id in sorted(one.audience_ids ^ before)
        ]
    return found


def entries_digest(entries: Sequence[Entry]) -> int:
    """A number for what the lists say of one player; 0 if they say nothing."""
    if not entries:
        return 0
    text = msgspec.json.encode(
        sorted((each.audience_id, each.listing.value, each.until_us) for each in entries)
    )
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def fingerprint(audiences: AudienceSet) -> str:
    """The same for sets of audiences that let in the same players."""
    told = sorted(
        (each.id, each.name, "" if each.filter is None else each.filter.text)
        for each in audiences.by_name.values()
    )
    return hashlib.blake2b(msgspec.json.encode((_RULES, told)), digest_size=16).hexdigest()


class Concerns:
    """Which events can change a membership in ``audiences``."""

    def __init__(self, audiences: AudienceSet) -> None:
        self._names: frozenset[str] | None = _names_read(audiences)

    def __call__(self, event_name: str) -> bool:
        """Whether an event of that name can."""
        return self._names is None or event_name.removeprefix("_") in self._names


def _names_read(audiences: AudienceSet) -> frozenset[str] | None:
    """The events that filters read, without leading underscores; ``None`` for every event."""
    names = set(_ALWAYS)
    for audience in audiences.by_name.values():
        if audience.filter is None:
            continue
        uses = audience.filter.uses
        if "updateTime" in uses.times:
            return None
        for window in uses.windows:
            names |= {window.event.removeprefix("_"), window.then.removeprefix("_")}
        for each in uses.properties:
            if each.function != "PropertiesComputed":
                continue
            if not each.name:
                return None
            names |= {
                each.name.removesuffix(end) for end in COMPUTED_SUFFIXES if each.name.endswith(end)
            }
    return frozenset(names - {""})
