"""Users and the instance's secrets, in the control database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control, inserted_key
from matsuri.console.model import Role, User

users = Table(
    "users",
    control,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("email", String(320), nullable=False, unique=True),
    # Empty for who has no password.
    Column("password_hash", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    # Names of permissions with spaces between them.
    Column("granted", Text, nullable=False, server_default=""),
    Column("taken", Text, nullable=False, server_default=""),
    Column("disabled", Boolean, nullable=False, server_default="0"),
    Column("one_time_until_us", BigInteger, nullable=True),
    Column("signed_in_us", BigInteger, nullable=True),
    # Entries of the audit log name users by id: none is given twice.
    sqlite_autoincrement=True,
)

second_factors = Table(
    "second_factors",
    control,
    Column("user_id", BigKey, primary_key=True, autoincrement=False),
    # The server has to compute codes, so secrets lie here as they are.
    Column("secret", LargeBinary(20), nullable=True),
    Column("since_us", BigInteger, nullable=True),
    Column("last_step", BigInteger, nullable=False),
    Column("pending_secret", LargeBinary(20), nullable=True),
    Column("pending_until_us", BigInteger, nullable=True),
)

instance_secrets = Table(
    "instance_secrets",
    control,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)


def user_of(row: Row[Any]) -> User:
    """The user in a row of ``select_users``."""
    return User(
        id=row.id,
        email=row.email,
        password_hash=row.password_hash,
        role=Role(row.role),
        created_us=row.created_us,
        granted=frozenset(row.granted.split()),
        taken=frozenset(row.taken.split()),
        disabled=row.disabled,
        one_time_until_us=row.one_time_until_us,
        totp_since_us=row.totp_since_us,
        signed_in_us=row.signed_in_us,
    )


def select_users() -> Select[Any]:
    """Users, each with since when there is a second factor."""
    return select(users, second_factors.c.since_us.label("totp_since_us")).outerjoin(
        second_factors, second_factors.c.user_id == users.c.id
    )


def list_users(connection: Connection) -> list[User]:
    """Every user, by e-mail address."""
    return [user_of(row) for row in connection.execute(select_users().order_by(users.c.email))]


def find_user(connection: Connection, email: str) -> User | None:
    """The user of that e-mail address, which is stored in lower case."""
    row = connection.execute(select_users().where(users.c.email == email)).one_or_none()
    return None if row is None else user_of(row)


def get_user(connection: Connection, user_id: int) -> User | None:
    """The user of that id."""
    row = connection.execute(select_users().where(users.c.id == user_id)).one_or_none()
    return None if row is None else user_of(row)


def any_user(connection: Connection) -> bool:
    """Whether there is any console user."""
    return connection.execute(select(users.c.id).limit(1)).one_or_none() is not None


def count_users(connection: Connection) -> int:
    """How many console users there are."""
    return int(connection.execute(select(func.count()).select_from(users)).scalar_one())


def add_user(
    connection: Connection,
    *,
    email: str,
    password_hash: str,
    role: Role,
    created_us: int,
    granted: Sequence[str] = (),
    taken: Sequence[str] = (),
    one_time_until_us: int | None = None,
) -> int:
    """A new console user; the id."""
    result = connection.execute(
        insert(users).values(
            email=email,
            password_hash=password_hash,
            role=role.value,
            created_us=created_us,
            granted=" ".join(sorted(granted)),
            taken=" ".join(sorted(taken)),
            one_time_until_us=one_time_until_us,
        )
    )
    return inserted_key(result)


def set_access(
    connection: Connection,
    user_id: int,
    *,
    role: Role,
    granted: frozenset[str],
    taken: frozenset[str],
    disabled: bool,
) -> None:
    """Change what a user may do."""
    connection.execute(
        update(users)
        .where(users.c.id == user_id)
        .values(
            role=role.value,
            granted=" ".join(sorted(granted)),
            taken=" ".join(sorted(taken)),
            disabled=disabled,
        )
    )


def set_password_hash(
    connection: Connection,
    user_id: int,
    password_hash: str,
    *,
    one_time_until_us: int | None = None,
) -> None:
    """Give a user another password, which has to be replaced where it has an end."""
    connection.execute(
        update(users)
        .where(users.c.id == user_id)
        .values(password_hash=password_hash, one_time_until_us=one_time_until_us)
    )


def note_sign_in(connection: Connection, user_id: int, *, at_us: int) -> None:
    """Remember when a user signed in last."""
    connection.execute(update(users).where(users.c.id == user_id).values(signed_in_us=at_us))


def delete_user(connection: Connection, user_id: int) -> None:
    """Forget a user; sessions and second factors are for their own stores to forget."""
    connection.execute(delete(users).where(users.c.id == user_id))


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
