"""Stored membership as the API reads it, in the history database."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, distinct, exists, func, select
from sqlalchemy.engine import Connection

from matsuri.audiences.member_tables import audience_keys, audience_members, audience_sizes

_members, _sizes, _keys = audience_members.c, audience_sizes.c, audience_keys.c
_IDS_PER_QUERY = 500


class Member(msgspec.Struct, frozen=True):
    """A member of an audience, and since when, in microseconds since the epoch."""

    profile_key: int
    entered_us: int


class SizeAt(msgspec.Struct, frozen=True):
    """How many members an audience had in the hour that began at ``at_us``, at its end."""

    at_us: int
    members: int


def member_counts(connection: Connection, audience_ids: Sequence[str]) -> dict[str, int]:
    """How many members some audiences have; absent where that is not known yet."""
    found: dict[str, int] = {}
    for start in range(0, len(audience_ids), _IDS_PER_QUERY):
        chunk = audience_ids[start : start + _IDS_PER_QUERY]
        rows = connection.execute(
            select(_keys.audience_id, _keys.members).where(_keys.audience_id.in_(chunk))
        )
        found.update((row.audience_id, row.members) for row in rows)
    return found


def count_in_all(
    connection: Connection, groups: Sequence[Sequence[str]], kept_out: Sequence[str]
) -> int:
    """How many players are members of an audience of each group, and of none that is kept out.

    Audiences are told by their ids. It takes as long as the first group has members.
    """
    first, *others = groups
    query = select(func.count(distinct(_members.profile_key))).where(_in_any(_members, first))
    for group in others:
        other = audience_members.alias().c
        query = query.where(
            exists().where(other.profile_key == _members.profile_key, _in_any(other, group))
        )
    if kept_out:
        other = audience_members.alias().c
        query = query.where(
            ~exists().where(other.profile_key == _members.profile_key, _in_any(other, kept_out))
        )
    return int(connection.execute(query).scalar_one())


def _in_any(members: Any, audience_ids: Sequence[str]) -> ColumnElement[bool]:
    keys = select(_keys.key).where(_keys.audience_id.in_(audience_ids))
    return cast("ColumnElement[bool]", members.audience_key.in_(keys))


def list_members(
    connection: Connection,
    audience_id: str,
    *,
    limit: int,
    after: int | None = None,
    backward: bool = False,
) -> list[Member]:
    """Members of an audience, who came to the server last first; ``backward`` the other way.

    ``after`` is the key of the player after whom the list goes on.
    """
    column = _members.profile_key
    query = select(column, _members.entered_us).where(_members.audience_key == _key(audience_id))
    if after is not None:
        query = query.where(column > after if backward else column < after)
    query = query.order_by(column.asc() if backward else column.desc()).limit(limit)
    return [Member(row.profile_key, row.entered_us) for row in connection.execute(query)]


def list_sizes(
    connection: Connection, audience_id: str, *, from_us: int, until_us: int, limit: int
) -> list[SizeAt]:
    """The sizes of an audience in that time, the oldest first; of too many, the newest."""
    rows = connection.execute(
        select(_sizes.at_us, _sizes.members)
        .where(
            _sizes.audience_key == _key(audience_id),
            _sizes.at_us >= from_us,
            _sizes.at_us < until_us,
        )
        .order_by(_sizes.at_us.desc())
        .limit(limit)
    ).all()
    return [SizeAt(row.at_us, row.members) for row in reversed(rows)]


def audiences_of(connection: Connection, profile_key: int) -> dict[str, int]:
    """The audiences of a player by id, each with the time of entering in microseconds."""
    rows = connection.execute(
        select(_keys.audience_id, _members.entered_us)
        .join(audience_members, _members.audience_key == _keys.key)
        .where(_members.profile_key == profile_key)
    )
    return {row.audience_id: row.entered_us for row in rows}


def _key(audience_id: str) -> ScalarSelect[int]:
    return select(_keys.key).where(_keys.audience_id == audience_id).scalar_subquery()
