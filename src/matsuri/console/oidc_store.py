"""Whose accounts at OpenID providers are which users', in the control database."""

from sqlalchemy import BigInteger, Column, String, Table, delete, insert, select
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import BigKey, control
from matsuri.console.model import User
from matsuri.console.store import select_users, user_of, users

oidc_links = Table(
    "oidc_links",
    control,
    Column("issuer", String(512), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", BigKey, nullable=False, index=True),
    Column("linked_us", BigInteger, nullable=False),
)

_links = oidc_links.c


def find_user_of_subject(connection: Connection, issuer: str, subject: str) -> User | None:
    """The user of an account there."""
    row = connection.execute(
        select_users()
        .join(oidc_links, _links.user_id == users.c.id)
        .where(_links.issuer == issuer, _links.subject == subject)
    ).one_or_none()
    return None if row is None else user_of(row)


def is_linked(connection: Connection, issuer: str, user_id: int) -> bool:
    """Whether a user has an account there."""
    found = connection.execute(
        select(_links.subject).where(_links.issuer == issuer, _links.user_id == user_id).limit(1)
    )
    return found.one_or_none() is not None


def add_link(
    connection: Connection, *, issuer: str, subject: str, user_id: int, linked_us: int
) -> None:
    """An account there is a user's from now on."""
    connection.execute(
        insert(oidc_links).values(
            issuer=issuer, subject=subject, user_id=user_id, linked_us=linked_us
        )
    )


def remove_links(connection: Connection, user_id: int) -> int:
    """Forget a user's accounts; how many."""
    return connection.execute(delete(oidc_links).where(_links.user_id == user_id)).rowcount
