"""Console users: permissions of their own, second factors, sessions.

Who is signed in signs in once more: what a session is has changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "control_0011"
down_revision = "control_0010"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table(
        "users", recreate="always", table_kwargs={"sqlite_autoincrement": True}
    ) as batch_op:
        batch_op.add_column(sa.Column("granted", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("taken", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("disabled", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("one_time_until_us", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("signed_in_us", sa.BigInteger(), nullable=True))
    op.create_table(
        "second_factors",
        sa.Column("user_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(length=20), nullable=True),
        sa.Column("since_us", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("pending_secret", sa.LargeBinary(length=20), nullable=True),
        sa.Column("pending_until_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "sign_in_tickets",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_tickets")),
    )
    op.create_index("ix_sign_in_tickets_user_id", "sign_in_tickets", ["user_id"])
    op.create_index("ix_sign_in_tickets_expires_us", "sign_in_tickets", ["expires_us"])
    op.drop_table("console_sessions")
    op.create_table(
        "console_sessions",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_console_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_console_sessions_id")),
    )
    op.create_index("ix_console_sessions_user_id", "console_sessions", ["user_id"])
    op.create_index("ix_console_sessions_expires_us", "console_sessions", ["expires_us"])


def downgrade() -> None:
    op.drop_table("console_sessions")
    op.create_table(
        "console_sessions",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_console_sessions")),
    )
    op.create_index("ix_console_sessions_user_id", "console_sessions", ["user_id"])
    op.create_index("ix_console_sessions_expires_us", "console_sessions", ["expires_us"])
    op.drop_table("sign_in_tickets")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    with op.batch_alter_table("users", recreate="always") as batch_op:
        for name in ("signed_in_us", "one_time_until_us", "disabled", "taken", "granted"):
            batch_op.drop_column(name)
