"""Users, their sessions and the instance's secrets, in the control database."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control
from matsuri.console.model import Role, User

users = Table(
    "users",
    control,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

console_sessions = Table(
    "console_sessions",
    control,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("user_id", BigKey, nullable=False, index=True),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

instance_secrets = Table(
    "instance_secrets",
    control,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        email=row.email,
        password_hash=row.password_hash,
        role=Role(row.role),
        created_us=row.created_us,
    )


def find_user(connection: Connection, email: str) -> User | None:
    """The user of that e-mail address, which is stored in lower case."""
    row = connection.execute(select(users).where(users.c.email == email)).one_or_none()
    return None if row is None else _user(row)


def any_user(connection: Connection) -> bool:
    """Whether there is any console user."""
    return connection.execute(select(users.c.id).limit(1)).one_or_none() is not None


def add_user(
    connection: Connection, *, email: str, password_hash: str, role: Role, created_us: int
) -> None:
    """A new console user."""
    connection.execute(
        insert(users).values(
            email=email, password_hash=password_hash, role=role.value, created_us=created_us
        )
    )


def set_password_hash(connection: Connection, user_id: int, password_hash: str) -> None:
    """Give a user another password; their console sessions end."""
    connection.execute(
        update(users).where(users.c.id == user_id).values(password_hash=password_hash)
    )
    connection.execute(delete(console_sessions).where(console_sessions.c.user_id == user_id))


def add_console_session(
    connection: Connection, *, digest: bytes, user_id: int, created_us: int, expires_us: int
) -> None:
    """Remember a console token by its digest; forget the expired ones."""
    connection.execute(delete(console_sessions).where(console_sessions.c.expires_us <= created_us))
    connection.execute(
        insert(console_sessions).values(
            digest=digest, user_id=user_id, created_us=created_us, expires_us=expires_us
        )
    )


def find_console_user(connection: Connection, digest: bytes, *, now_us: int) -> User | None:
    """The user behind a console token that has not expired."""
    row = connection.execute(
        select(users)
        .join(console_sessions, console_sessions.c.user_id == users.c.id)
        .where(console_sessions.c.digest == digest, console_sessions.c.expires_us > now_us)
    ).one_or_none()
    return None if row is None else _user(row)


def get_secret(connection: Connection, name: str) -> str | None:
    """A secret of this instance."""
    row = connection.execute(
        select(instance_secrets.c.value).where(instance_secrets.c.name == name)
    ).one_or_none()
    return None if row is None else str(row.value)


def put_secret(connection: Connection, name: str, value: str) -> None:
    """Store a secret of this instance."""
    connection.execute(delete(instance_secrets).where(instance_secrets.c.name == name))
    connection.execute(insert(instance_secrets).values(name=name, value=value))
