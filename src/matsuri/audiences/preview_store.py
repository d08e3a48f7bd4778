"""What previews read of the control database."""

from collections.abc import Collection, Sequence
from random import Random
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from matsuri.audiences.model import Entry, Listing
from matsuri.audiences.store import audience_entries, entries_of_many
from matsuri.identities.model import Identity
from matsuri.identities.store import identities, identity_of

_KEYS_PER_QUERY = 500
_DRAWS_PER_PLAYER_MAX = 50


class Listed(NamedTuple):
    """How many players the lists of an audience let in, and keep out."""

    included: int
    excluded: int


class Candidate(NamedTuple):
    """A player, and the lists of any audience that the player is on."""

    identity: Identity
    entries: tuple[Entry, ...]


def count_players(connection: Connection) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(identities)).scalar_one()


def draw_keys(connection: Connection, *, players: int, keys_max: int, seed: int) -> list[int]:
    """The keys of players in an order that says nothing: all, or about ``keys_max`` of more.

    The same ``seed`` draws the same players as long as nobody comes or goes.
    """
    random = Random(seed)  # noqa: S311 # nobody gains from guessing it
    if players <= keys_max:
        found = [row.key for row in connection.execute(select(identities.c.key))]
        random.shuffle(found)
        return found
    greatest = connection.execute(select(func.max(identities.c.key))).scalar_one()
    # Merged and erased players have left gaps: more is drawn than is needed.
    draws = min(greatest, keys_max * greatest * 11 // (players * 10) + _KEYS_PER_QUERY)
    drawn = random.sample(range(1, greatest + 1), min(draws, keys_max * _DRAWS_PER_PLAYER_MAX))
    taken: list[int] = []
    for start in range(0, len(drawn), _KEYS_PER_QUERY):
        chunk = drawn[start : start + _KEYS_PER_QUERY]
        rows = connection.execute(select(identities.c.key).where(identities.c.key.in_(chunk)))
        there = {row.key for row in rows}
        taken += [key for key in chunk if key in there]
    return taken[:keys_max]


def load_candidates(connection: Connection, keys: Sequence[int]) -> list[Candidate]:
    """The players of these keys, in their order; those who went in the meantime are left out."""
    statement = select(identities).where(identities.c.key.in_(list(keys)))
    found = {row.key: identity_of(row) for row in connection.execute(statement)}
    players = [found[key] for key in keys if key in found]
    entries = entries_of_many(connection, [each.id for each in players])
    return [Candidate(each, entries.get(each.id, ())) for each in players]


def count_listed(
    connection: Connection, audience_id: str, drafted: Collection[Entry], *, now_us: int
) -> Listed:
    """The players that the lists of an audience decide, with ``drafted`` entries beside them."""
    stored = _count_stored(connection, audience_id, now_us)
    ids = list(dict.fromkeys(each.identity_id for each in drafted))
    known = entries_of_many(connection, ids)
    included, excluded = stored
    for identity_id in _existing(connection, ids):
        before = {
            each.listing
            for each in known.get(identity_id, ())
            if each.audience_id == audience_id and each.holds(now_us)
        }
        after = before | {each.listing for each in drafted if each.identity_id == identity_id}
        included += _lets_in(after) - _lets_in(before)
        excluded += (Listing.EXCLUDE in after) - (Listing.EXCLUDE in before)
    return Listed(included, excluded)


def _lets_in(listings: Collection[Listing]) -> bool:
    return Listing.INCLUDE in listings and Listing.EXCLUDE not in listings


def _existing(connection: Connection, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(ids), _KEYS_PER_QUERY):
        chunk = ids[start : start + _KEYS_PER_QUERY]
        rows = connection.execute(select(identities.c.id).where(identities.c.id.in_(chunk)))
        found += [row.id for row in rows]
    return found


def _count_stored(connection: Connection, audience_id: str, now_us: int) -> Listed:
    table = audience_entries.c
    holds = (table.until_us == 0) | (table.until_us > now_us)
    decided = (
        # "exclude" sorts before "include", and goes before it.
        select(func.min(table.listing).label("listing"))
        .join(identities, identities.c.id == table.identity_id)
        .where(table.audience_id == audience_id, holds)
        .group_by(table.identity_id)
        .subquery()
    )
    rows = connection.execute(
        select(decided.c.listing, func.count().label("players")).group_by(decided.c.listing)
    )
    found = {row.listing: row.players for row in rows}
    return Listed(found.get(Listing.INCLUDE.value, 0), found.get(Listing.EXCLUDE.value, 0))
