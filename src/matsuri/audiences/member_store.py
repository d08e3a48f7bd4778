"""Stored membership as the worker writes it, in the history database."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import BindParameter, bindparam, delete, literal, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from matsuri.audiences.member_tables import (
    audience_keys,
    audience_members,
    audience_sizes,
    membership_checks,
    membership_progress,
)
from matsuri.audiences.members import Check, Evaluated, MembershipChange, PlayerState, changes
from matsuri.identities.profile_store import find_tombstones
from matsuri.kit.clock import MICROSECONDS

_MAIN = "main"
_KEYS_PER_QUERY = 500
_HOUR_US = 3600 * MICROSECONDS

_members, _checks, _progress = audience_members.c, membership_checks.c, membership_progress.c
_of_keys: BindParameter[int] = bindparam("keys", expanding=True)
# Built once: building a statement takes longer than running it.
_checks_by_keys = select(membership_checks).where(_checks.profile_key.in_(_of_keys))
_members_by_keys = select(_members.profile_key, _members.audience_key).where(
    _members.profile_key.in_(_of_keys)
)


class Progress(msgspec.Struct, frozen=True):
    """How far the worker is; see ``membership_progress``. Times in microseconds."""

    fingerprint: str = ""
    version: int = 0
    passed_version: int = 0
    passed_us: int = 0
    pass_us: int = 0
    evaluated: int = 0
    waiting: int = 0


class Stored(msgspec.Struct, frozen=True):
    """What is stored of some players: their checks, and the ids of their audiences."""

    checks: dict[int, Check]
    audience_ids: dict[int, set[str]]


class AudienceKeys:
    """The keys of audiences in the database, at one version of all audiences."""

    def __init__(self, version: int, keys: Mapping[str, int]) -> None:
        self.version = version
        self.by_id = keys
        self.ids = {key: audience_id for audience_id, key in keys.items()}


def load_progress(connection: Connection) -> Progress:
    """How far the worker is."""
    columns = [_progress[name] for name in Progress.__struct_fields__]
    row = connection.execute(select(*columns).where(_progress.name == _MAIN)).one_or_none()
    return Progress() if row is None else Progress(**row._mapping)  # noqa: SLF001 # SQLAlchemy's name


def begin_version(
    connection: Connection,
    fingerprint: str,
    audience_ids: Collection[str],
    *,
    anew: bool,
    not_after_us: int,
) -> AudienceKeys:
    """The keys of these audiences; the version goes up if there are others than before.

    It goes up, too, to begin ``anew``, and if the last pass ended after ``not_after_us``.
    """
    progress = load_progress(connection)
    anew |= progress.fingerprint != fingerprint or progress.passed_us > not_after_us
    version = progress.version + anew
    _put_progress(connection, {"fingerprint": fingerprint, "version": version})
    if audience_ids:
        statement = insert(audience_keys).on_conflict_do_nothing()
        connection.execute(statement, [{"audience_id": each} for each in sorted(audience_ids)])
    rows = connection.execute(select(audience_keys.c.audience_id, audience_keys.c.key))
    keys = {row.audience_id: row.key for row in rows}
    return AudienceKeys(version, {each: keys[each] for each in audience_ids})


def _put_progress(connection: Connection, values: Mapping[str, str | int]) -> None:
    row = {**msgspec.structs.asdict(Progress()), "name": _MAIN, **values}
    statement = insert(membership_progress).values(row)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[_progress.name], set_=dict(values))
    )


def end_pass(
    connection: Connection,
    keys: AudienceKeys,
    *,
    passed_version: int,
    now_us: int,
    pass_us: int,
    sizes_since_us: int,
) -> None:
    """Note that everybody was evaluated, and how many members each audience has by now.

    Of each hour the last number is kept, and none of before ``sizes_since_us``.
    """
    _put_progress(
        connection,
        {"passed_version": passed_version, "passed_us": now_us, "pass_us": pass_us},
    )
    if not keys.ids:
        return
    hour_us = now_us - now_us % _HOUR_US
    sizes = select(audience_keys.c.key, literal(hour_us), audience_keys.c.members)
    statement = insert(audience_sizes).from_select(
        ["audience_key", "at_us", "members"], sizes.where(audience_keys.c.key.in_(list(keys.ids)))
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["audience_key", "at_us"],
            set_={"members": statement.excluded.members},
        )
    )
    of_old = (audience_sizes.c.audience_key == bindparam("of_key")) & (
        audience_sizes.c.at_us < sizes_since_us
    )
    connection.execute(delete(audience_sizes).where(of_old), [{"of_key": key} for key in keys.ids])


def load_stored(connection: Connection, profile_keys: Sequence[int], keys: AudienceKeys) -> Stored:
    """What is stored of these players; members of audiences that are gone are left out."""
    checks: dict[int, Check] = {}
    audience_ids: defaultdict[int, set[str]] = defaultdict(set)
    for start in range(0, len(profile_keys), _KEYS_PER_QUERY):
        chunk = {"keys": profile_keys[start : start + _KEYS_PER_QUERY]}
        for row in connection.execute(_checks_by_keys, chunk):
            checks[row[0]] = _check(row)
        for profile_key, audience_key in connection.execute(_members_by_keys, chunk):
            audience_id = keys.ids.get(audience_key)
            if audience_id is not None:
                audience_ids[profile_key].add(audience_id)
    return Stored(checks, dict(audience_ids))


def next_checks(connection: Connection, *, after: int, limit: int) -> dict[int, Check]:
    """The next checks in the order of their keys."""
    column = _checks.profile_key
    statement = select(membership_checks).where(column > after).order_by(column).limit(limit)
    return {row[0]: _check(row) for row in connection.execute(statement)}


def _check(row: Sequence[int]) -> Check:
    _, identity, profile, entries, audiences_version, recheck_us = row
    return Check(PlayerState(identity, profile, entries), audiences_version, recheck_us)


def save_evaluated(
    connection: Connection,
    evaluated: Sequence[Evaluated],
    stored: Stored,
    keys: AudienceKeys,
    *,
    now_us: int,
    waiting: int,
) -> list[MembershipChange]:
    """Store what was found of players; what changed by that, which is told nowhere else.

    ``stored`` is what was there before. Players who were merged or erased meanwhile are left as
    the pipeline left them.
    """
    gone = find_tombstones(connection, [one.profile_key for one in evaluated])
    there = [one for one in evaluated if one.profile_key not in gone]
    changed = changes(there, stored.audience_ids, at_us=now_us)
    _apply(connection, changed, keys)
    _save_checks(connection, there, stored.checks)
    statement = update(membership_progress).where(_progress.name == _MAIN)
    connection.execute(
        statement.values(evaluated=_progress.evaluated + len(evaluated), waiting=waiting)
    )
    return changed


def _apply(connection: Connection, changed: Sequence[MembershipChange], keys: AudienceKeys) -> None:
    entered = [
        {
            "audience_key": keys.by_id[each.audience_id],
            "profile_key": each.profile_key,
            "entered_us": each.at_us,
        }
        for each in changed
        if each.entered
    ]
    left = [
        {"left_audience": keys.by_id[each.audience_id], "left_profile": each.profile_key}
        for each in changed
        if not each.entered
    ]
    sizes: Counter[int] = Counter()
    if entered:
        connection.execute(insert(audience_members), entered)
        sizes.update(row["audience_key"] for row in entered)
    if left:
        statement = delete(audience_members).where(
            _members.audience_key == bindparam("left_audience"),
            _members.profile_key == bindparam("left_profile"),
        )
        connection.execute(statement, left)
        sizes.subtract(row["left_audience"] for row in left)
    _add_sizes(connection, sizes)


def _add_sizes(connection: Connection, sizes: Mapping[int, int]) -> None:
    rows = [{"of_key": key, "more": more} for key, more in sizes.items() if more]
    if rows:
        statement = update(audience_keys).where(audience_keys.c.key == bindparam("of_key"))
        connection.execute(
            statement.values(members=audience_keys.c.members + bindparam("more")), rows
        )


def _save_checks(
    connection: Connection, evaluated: Iterable[Evaluated], known: Mapping[int, Check]
) -> None:
    rows, nobody = [], []
    for one in evaluated:
        check = one.check
        if check is None:
            nobody.append(one.profile_key)
        elif known.get(one.profile_key) != check:
            rows.append(
                {
                    "profile_key": one.profile_key,
                    "identity_version": check.state.identity,
                    "profile_version": check.state.profile,
                    "entries_digest": check.state.entries,
                    "audiences_version": check.audiences_version,
                    "recheck_us": check.recheck_us,
                }
            )
    if rows:
        connection.execute(_put_check, rows)
    for start in range(0, len(nobody), _KEYS_PER_QUERY):
        chunk = nobody[start : start + _KEYS_PER_QUERY]
        connection.execute(delete(membership_checks).where(_checks.profile_key.in_(chunk)))


_put_check = insert(membership_checks)
_put_check = _put_check.on_conflict_do_update(
    index_elements=[_checks.profile_key],
    set_={
        column.name: _put_check.excluded[column.name]
        for column in membership_checks.columns
        if not column.primary_key
    },
)


def forget_player(connection: Connection, profile_key: int) -> dict[str, int]:
    """Leave nothing of a player; how many rows went, by table."""
    rows = connection.execute(
        delete(audience_members)
        .where(_members.profile_key == profile_key)
        .returning(_members.audience_key)
    ).all()
    _add_sizes(connection, {row.audience_key: -1 for row in rows})
    checks = connection.execute(
        delete(membership_checks).where(_checks.profile_key == profile_key)
    ).rowcount
    return {"audience_members": len(rows), "membership_checks": checks}


def drop_audiences(connection: Connection, keys: AudienceKeys, *, rows_max: int) -> int:
    """Remove what is stored of audiences that are there no more, at most ``rows_max`` members.

    How many went: fewer than ``rows_max`` means that nothing is left of them.
    """
    left = rows_max
    every = connection.execute(select(audience_keys.c.key)).scalars().all()
    for key in sorted(set(every) - keys.ids.keys()):
        some = select(_members.profile_key).where(_members.audience_key == key).limit(left)
        left -= connection.execute(
            delete(audience_members).where(
                _members.audience_key == key, _members.profile_key.in_(some)
            )
        ).rowcount
        if left <= 0:
            break
        connection.execute(delete(audience_sizes).where(audience_sizes.c.audience_key == key))
        connection.execute(delete(audience_keys).where(audience_keys.c.key == key))
    return rows_max - left
