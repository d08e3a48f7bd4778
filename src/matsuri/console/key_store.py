"""Keys and the digests of their values, in the control database.

A key is never removed: its name stands in the tokens of sessions, in players' properties and with
every event, so no other key may ever have it. What is deleted has no value any more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control, inserted_key
from matsuri.console.model import Key, KeyKind, KeyValue

keys = Table(
    "keys",
    control,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("created_by", String(400), nullable=False, server_default="system"),
    Column("created_us", BigInteger, nullable=False),
    # A JSON array of names; null where the key may do everything.
    Column("permissions", Text, nullable=True),
    Column("disabled_us", BigInteger, nullable=True),
    Column("deleted_us", BigInteger, nullable=True),
    Column("sessions_ended_us", BigInteger, nullable=False, server_default="0"),
    Column("last_used_us", BigInteger, nullable=True),
    UniqueConstraint("kind", "name"),
)

key_values = Table(
    "key_values",
    control,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("key_id", BigKey, nullable=False, index=True),
    Column("created_us", BigInteger, nullable=False),
    # Null for the present value of its key.
    Column("ends_us", BigInteger, nullable=True),
    # A JSON array of labels.
    Column("told_to", Text, nullable=False, server_default="[]"),
)

_permissions = msgspec.json.Decoder(frozenset[str])
_labels = msgspec.json.Decoder(tuple[str, ...])


def list_keys(connection: Connection) -> list[Key]:
    """Every key that there ever was, in the order in which they were made."""
    values: dict[int, list[KeyValue]] = defaultdict(list)
    for row in connection.execute(select(key_values).order_by(key_values.c.created_us)):
        values[row.key_id].append(_value(row))
    rows = connection.execute(select(keys).order_by(keys.c.id))
    return [_key(row, values[row.id]) for row in rows]


def find_key(connection: Connection, kind: KeyKind, key_id: int) -> Key | None:
    """A key of that kind that is not deleted."""
    row = connection.execute(
        select(keys).where(
            keys.c.id == key_id, keys.c.kind == kind.value, keys.c.deleted_us.is_(None)
        )
    ).one_or_none()
    return None if row is None else _key(row, _values_of(connection, key_id))


def find_key_of_name(connection: Connection, kind: KeyKind, name: str) -> Key | None:
    """The key of that name, also where it is deleted."""
    row = connection.execute(
        select(keys).where(keys.c.kind == kind.value, keys.c.name == name)
    ).one_or_none()
    return None if row is None else _key(row, _values_of(connection, row.id))


def count_keys(connection: Connection, kind: KeyKind) -> int:
    """How many keys of that kind are not deleted."""
    count = select(func.count()).where(keys.c.kind == kind.value, keys.c.deleted_us.is_(None))
    return int(connection.execute(count).scalar_one())


def add_key(  # noqa: PLR0913 # a row of the table
    connection: Connection,
    *,
    kind: KeyKind,
    name: str,
    digest: bytes,
    created_us: int,
    description: str = "",
    created_by: str = "system",
    permissions: Iterable[str] | None = None,
    told_to: Sequence[str] = (),
) -> Key | None:
    """A new key, or ``None`` if the name is, or was, another key's.

    ``told_to`` are who may know its value: see ``KeyValue``.
    """
    if find_key_of_name(connection, kind, name) is not None:
        return None
    result = connection.execute(
        insert(keys).values(
            kind=kind.value,
            name=name,
            description=description,
            created_by=created_by,
            created_us=created_us,
            permissions=permissions_text(permissions),
        )
    )
    key_id = inserted_key(result)
    add_value(connection, key_id, digest=digest, created_us=created_us, told_to=told_to)
    return find_key(connection, kind, key_id)


def change_key(connection: Connection, key_id: int, fields: Mapping[str, Any]) -> None:
    """Give columns of a key other values; ``permissions`` as a text (``permissions_text``)."""
    connection.execute(update(keys).where(keys.c.id == key_id).values(**fields))


def add_value(
    connection: Connection,
    key_id: int,
    *,
    digest: bytes,
    created_us: int,
    told_to: Sequence[str] = (),
) -> None:
    """Give a key its present value; any before must have ended."""
    connection.execute(
        insert(key_values).values(
            digest=digest,
            key_id=key_id,
            created_us=created_us,
            told_to=msgspec.json.encode(told_to).decode(),
        )
    )


def end_value(connection: Connection, digest: bytes, *, ends_us: int) -> None:
    """Tell until when a value works."""
    connection.execute(
        update(key_values).where(key_values.c.digest == digest).values(ends_us=ends_us)
    )


def remove_values(connection: Connection, key_id: int, *, ended_by_us: int | None = None) -> None:
    """Remove the values of a key; with ``ended_by_us`` only those that have ended by then."""
    wanted = key_values.c.key_id == key_id
    if ended_by_us is not None:
        wanted &= key_values.c.ends_us <= ended_by_us
    connection.execute(delete(key_values).where(wanted))


def remove_earlier_values(connection: Connection, key_id: int) -> None:
    """Remove all values of a key but the present one."""
    connection.execute(
        delete(key_values).where(key_values.c.key_id == key_id, key_values.c.ends_us.is_not(None))
    )


def key_of_value(connection: Connection, digest: bytes) -> int | None:
    """The id of the key that has this value, or had it until it was rotated."""
    query = select(key_values.c.key_id).where(key_values.c.digest == digest)
    return connection.execute(query).scalar_one_or_none()


def note_uses(connection: Connection, used_us: Mapping[int, int]) -> None:
    """Write down when keys were used last, by their ids."""
    connection.execute(
        update(keys)
        .where(keys.c.id == bindparam("key_id"))
        .values(last_used_us=bindparam("used_us")),
        [{"key_id": key_id, "used_us": at_us} for key_id, at_us in used_us.items()],
    )


def permissions_text(permissions: Iterable[str] | None) -> str | None:
    """Permissions as the column has them."""
    return None if permissions is None else msgspec.json.encode(sorted(permissions)).decode()


def _values_of(connection: Connection, key_id: int) -> list[KeyValue]:
    query = (
        select(key_values).where(key_values.c.key_id == key_id).order_by(key_values.c.created_us)
    )
    return [_value(row) for row in connection.execute(query)]


def _value(row: Row[Any]) -> KeyValue:
    return KeyValue(row.digest, row.created_us, row.ends_us, _labels.decode(row.told_to))


def _key(row: Row[Any], values: Iterable[KeyValue]) -> Key:
    return Key(
        id=row.id,
        kind=KeyKind(row.kind),
        name=row.name,
        description=row.description,
        created_by=row.created_by,
        created_us=row.created_us,
        values=tuple(values),
        permissions=None if row.permissions is None else _permissions.decode(row.permissions),
        disabled_us=row.disabled_us,
        deleted_us=row.deleted_us,
        sessions_ended_us=row.sessions_ended_us,
        last_used_us=row.last_used_us,
    )
