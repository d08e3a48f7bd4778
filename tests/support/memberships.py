"""Stored membership beside what it should be: everybody, evaluated anew."""

from sqlalchemy import select
from sqlalchemy.engine import Connection

from matsuri.audiences.member_tables import audience_keys, audience_members, membership_checks
from matsuri.audiences.membership import Memberships
from matsuri.audiences.store import entries_of
from matsuri.audiences.target import target_of
from matsuri.identities.computed import EMPTY
from matsuri.identities.profile_store import load_profile
from matsuri.identities.read_windows import PlayerWindows
from matsuri.identities.store import identities, identity_of
from tests.support.in_process import InProcess

Members = dict[str, set[str]]


async def expected_members(server: InProcess) -> Members:
    """The ids of the members of each audience, as every player is now; by name."""
    players = await server.node.control.read(
        lambda c: [identity_of(row) for row in c.execute(select(identities))]
    )
    audiences = server.node.targeting.audiences()
    windows = PlayerWindows(
        history=server.node.history,
        known=server.node.targeting.known_series,
        asked=lambda: audiences.windows,
    )
    found: Members = {name: set() for name in audiences.by_name}
    for player in players:
        entries = await server.node.control.read(lambda c, id_=player.id: entries_of(c, id_))
        stored = await server.node.history.read(lambda c, key=player.key: load_profile(c, key))
        profile = EMPTY if stored is None else stored.profile or EMPTY
        seen = await windows.windows_of(player.key)
        memberships = Memberships(
            audiences, target_of(player, profile, entries, seen), server.clock.now_us()
        )
        for name in audiences.by_name:
            if memberships.in_audience(name):
                found[name].add(player.id)
    return found


async def stored_members(server: InProcess) -> Members:
    """The same as it is stored; counts must be right, and nothing be left over."""
    by_key = await server.node.control.read(
        lambda c: {row.key: row.id for row in c.execute(select(identities))}
    )
    audiences = server.node.targeting.audiences()
    names = {each.id: name for name, each in audiences.by_name.items()}

    def work(connection: Connection) -> tuple[Members, set[int], set[int]]:
        rows = connection.execute(select(audience_keys)).all()
        members: Members = {}
        players: set[int] = set()
        for row in rows:
            keys = select(audience_members.c.profile_key).where(
                audience_members.c.audience_key == row.key
            )
            found = set(connection.execute(keys).scalars())
            assert len(found) == row.members, "the count of an audience is wrong"
            players |= found
            members[names[row.audience_id]] = {by_key[key] for key in found}
        checked = set(connection.execute(select(membership_checks.c.profile_key)).scalars())
        return members, players, checked

    members, players, checked = await server.node.history.read(work)
    assert players <= checked
    assert checked == set(by_key)
    return members
