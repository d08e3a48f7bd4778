"""Places of players in phases of experiments and runs of live events, in the control database.

Of each part the places are counted, by variant, in the transaction that gives or takes them: a
limit holds exactly, on however many nodes. Places of test devices are not counted.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import control
from matsuri.enrolments.model import Enrolment, Part
from matsuri.kit.paging import Cursor

enrolments = Table(
    "enrolments",
    control,
    Column("identity_id", String(128), primary_key=True),
    Column("subject_id", String(36), primary_key=True),
    Column("part", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("variant", String(128), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("enrolled_us", BigInteger, nullable=False),
    Column("is_test", Boolean, nullable=False),
    # The parts that go with this one in no player, as they were when the place was given: JSON.
    Column("not_with", Text, nullable=False),
    Index("ix_enrolments_part", "subject_id", "part", "identity_id"),
    sqlite_with_rowid=False,
)

enrolment_counts = Table(
    "enrolment_counts",
    control,
    Column("subject_id", String(36), primary_key=True),
    Column("part", String(64), primary_key=True),
    Column("variant", String(128), primary_key=True),
    Column("participants", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_IDS_PER_QUERY = 500
_table = enrolments.c
_counts = enrolment_counts.c
_parts = msgspec.json.Decoder(tuple[Part, ...])

# For point reads: every place of an id, as ``enrolment_of_point`` takes it.
enrolments_point = select(
    _table.subject_id, _table.part, _table.variant, _table.time_zone, _table.enrolled_us
).where(_table.identity_id == bindparam("identity_id"))

# Built once: building a statement takes longer than running it.
_of_identity = select(enrolments).where(_table.identity_id == bindparam("identity_id"))
_participants_of_part = select(func.coalesce(func.sum(_counts.participants), 0)).where(
    _counts.subject_id == bindparam("subject_id"), _counts.part == bindparam("part")
)
_insert_place = insert(enrolments).on_conflict_do_nothing()
_insert_count = insert(enrolment_counts)
_add_to_count = _insert_count.on_conflict_do_update(
    index_elements=["subject_id", "part", "variant"],
    set_={"participants": _counts.participants + _insert_count.excluded.participants},
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place as it is kept."""

    identity_id: str
    enrolment: Enrolment
    kind: str
    is_test: bool
    not_with: tuple[Part, ...] = ()


def enrolment_of_point(row: Sequence[Any]) -> Enrolment:
    """A place that ``enrolments_point`` has read."""
    subject_id, part, variant, time_zone, enrolled_us = row
    return Enrolment(
        part=Part(subject_id, part), variant=variant, time_zone=time_zone, enrolled_us=enrolled_us
    )


def places_of(connection: Connection, identity_id: str) -> dict[Part, Place]:
    """Every place of an id."""
    rows = connection.execute(_of_identity, {"identity_id": identity_id})
    return {place.enrolment.part: place for place in map(_place, rows)}


def places_of_many(
    connection: Connection, identity_ids: Sequence[str]
) -> dict[str, dict[Part, Enrolment]]:
    """Every place of each of these ids; ids without any are left out."""
    found: dict[str, dict[Part, Enrolment]] = {}
    for chunk in _chunks(identity_ids):
        for row in connection.execute(select(enrolments).where(_table.identity_id.in_(chunk))):
            place = _place(row)
            found.setdefault(row.identity_id, {})[place.enrolment.part] = place.enrolment
    return found


def participants(connection: Connection, part: Part) -> int:
    """How many places of a part are taken."""
    return int(connection.execute(_participants_of_part, part._asdict()).scalar_one())


def counts_of(connection: Connection, subject_id: str) -> dict[tuple[Part, str], int]:
    """How many places are taken, by part and variant, of all that somebody takes part in."""
    rows = connection.execute(
        select(enrolment_counts).where(_counts.subject_id == subject_id, _counts.participants > 0)
    )
    return {(Part(row.subject_id, row.part), row.variant): row.participants for row in rows}


def page_of_part(
    connection: Connection, part: Part, *, variant: str, limit: int, cursor: Cursor | None
) -> list[tuple[str, Enrolment]]:
    """Who takes part, by id, or those before a cursor in the other order; without test devices.

    With a ``variant`` only those who have it. The key of a cursor is an id.
    """
    backward = cursor is not None and cursor.backward
    column = _table.identity_id
    query = select(enrolments).where(
        _table.subject_id == part.subject_id,
        _table.part == part.part,
        _table.is_test.is_(False),
    )
    if variant:
        query = query.where(_table.variant == variant)
    if cursor is not None:
        place = str(cursor.key[0])
        query = query.where(column < place if backward else column > place)
    query = query.order_by(column.desc() if backward else column).limit(limit)
    return [(row.identity_id, _place(row).enrolment) for row in connection.execute(query)]


def give_place(connection: Connection, place: Place) -> bool:
    """Keep a place and count it, unless the id has one of that part; whether it had none."""
    enrolment = place.enrolment
    values = {
        "identity_id": place.identity_id,
        **enrolment.part._asdict(),
        "kind": place.kind,
        "variant": enrolment.variant,
        "time_zone": enrolment.time_zone,
        "enrolled_us": enrolment.enrolled_us,
        "is_test": place.is_test,
        "not_with": msgspec.json.encode(place.not_with).decode() if place.not_with else "",
    }
    if not connection.execute(_insert_place, values).rowcount:
        return False
    # Places of test devices are told as none: that there are any is found by the counts.
    _count(connection, {(enrolment.part, enrolment.variant): 0 if place.is_test else 1})
    return True


def move_places(connection: Connection, from_id: str, into_id: str) -> None:
    """Give the places of one id to another, but for those that do not go with its own.

    Those of a test device end: what it was shown is nobody else's experience.
    """
    theirs = places_of(connection, into_id)
    moved = places_of(connection, from_id)
    forget_places(connection, [from_id])
    for part, place in moved.items():
        if not place.is_test and part not in theirs and not _excluded(place, theirs.values()):
            give_place(connection, msgspec.structs.replace(place, identity_id=into_id))


def forget_places(
    connection: Connection, identity_ids: Sequence[str], *, tests_only: bool = False
) -> int:
    """Take the places of these ids, or only those that they have as test devices; how many."""
    gone = 0
    for chunk in _chunks(identity_ids):
        statement = delete(enrolments).where(_table.identity_id.in_(chunk))
        if tests_only:
            statement = statement.where(_table.is_test.is_(True))
        taken = connection.execute(
            statement.returning(_table.subject_id, _table.part, _table.variant, _table.is_test)
        ).all()
        gone += len(taken)
        _count_out(connection, taken)
    return gone


def subjects_with_counts(connection: Connection) -> list[str]:
    """The ids of all that anybody takes or took part in."""
    return list(connection.execute(select(_counts.subject_id).distinct()).scalars())


def forget_subject(connection: Connection, subject_id: str, *, rows_max: int) -> int:
    """Take a subject's places, at most ``rows_max``, and its counts with the last one; how many."""
    some = (
        select(_table.identity_id, _table.subject_id, _table.part)
        .where(_table.subject_id == subject_id)
        .limit(rows_max)
    )
    key = tuple_(_table.identity_id, _table.subject_id, _table.part)
    taken = connection.execute(
        delete(enrolments)
        .where(key.in_(some))
        .returning(_table.subject_id, _table.part, _table.variant, _table.is_test)
    ).all()
    _count_out(connection, taken)
    if len(taken) < rows_max:
        connection.execute(delete(enrolment_counts).where(_counts.subject_id == subject_id))
    return len(taken)


def _count_out(connection: Connection, taken: Iterable[Row[Any, Any, Any, Any]]) -> None:
    fewer: dict[tuple[Part, str], int] = {}
    for row in taken:
        if not row.is_test:
            key = (Part(row.subject_id, row.part), row.variant)
            fewer[key] = fewer.get(key, 0) - 1
    _count(connection, fewer)


def _count(connection: Connection, more: Mapping[tuple[Part, str], int]) -> None:
    rows = [
        {**part._asdict(), "variant": variant, "participants": number}
        for (part, variant), number in more.items()
    ]
    if rows:
        connection.execute(_add_to_count, rows)


def _excluded(place: Place, others: Iterable[Place]) -> bool:
    part = place.enrolment.part
    return any(part in other.not_with or other.enrolment.part in place.not_with for other in others)


def _place(row: Row[Any]) -> Place:
    return Place(
        identity_id=row.identity_id,
        enrolment=Enrolment(
            part=Part(row.subject_id, row.part),
            variant=row.variant,
            time_zone=row.time_zone,
            enrolled_us=row.enrolled_us,
        ),
        kind=row.kind,
        is_test=row.is_test,
        not_with=_parts.decode(row.not_with) if row.not_with else (),
    )


def _chunks(identity_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        yield identity_ids[start : start + _IDS_PER_QUERY]
