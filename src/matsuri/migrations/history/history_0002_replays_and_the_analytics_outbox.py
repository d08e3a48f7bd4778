"""Replays, and the outbox to the analytics store."""

import sqlalchemy as sa
from alembic import op

revision = "history_0002"
down_revision = "history_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analytics_claim",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_analytics_claim")),
    )
    op.create_table(
        "analytics_outbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_analytics_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "replay_claims",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("claimed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", name=op.f("pk_replay_claims")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("replay_claims", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_replay_claims_claimed_us"), ["claimed_us"], unique=False
        )

    # Numbers of rows are kept in the log, so none may be given twice: the tables are made anew.
    numbered = {"sqlite_autoincrement": True}
    with op.batch_alter_table(
        "dead_letters", schema=None, recreate="always", table_kwargs=numbered
    ) as batch_op:
        batch_op.add_column(sa.Column("attempts", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("closed_us", sa.BigInteger(), nullable=True))

    with op.batch_alter_table(
        "rejected_events", schema=None, recreate="always", table_kwargs=numbered
    ) as batch_op:
        batch_op.add_column(sa.Column("closed_us", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_rejected_events_group", ["closed_us", "name", "reason", "received_us"], unique=False
        )
        batch_op.create_index(
            "ix_rejected_events_identity", ["identity_id", "event_id"], unique=False
        )
        batch_op.create_index("ix_rejected_events_received_us", ["received_us"], unique=False)

    with op.batch_alter_table("seen_events", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("position", sa.BigInteger(), server_default="0", nullable=False)
        )

    with op.batch_alter_table("session_facts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_session_facts_profile_key"), ["profile_key"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("session_facts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_facts_profile_key"))

    with op.batch_alter_table("seen_events", schema=None) as batch_op:
        batch_op.drop_column("position")

    with op.batch_alter_table("rejected_events", schema=None) as batch_op:
        batch_op.drop_index("ix_rejected_events_received_us")
        batch_op.drop_index("ix_rejected_events_identity")
        batch_op.drop_index("ix_rejected_events_group")
        batch_op.drop_column("closed_us")

    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_column("closed_us")
        batch_op.drop_column("attempts")

    with op.batch_alter_table("replay_claims", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replay_claims_claimed_us"))

    op.drop_table("replay_claims")
    op.drop_table("analytics_outbox")
    op.drop_table("analytics_claim")
