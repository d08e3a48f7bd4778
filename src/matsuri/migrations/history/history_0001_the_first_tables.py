"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "history_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letters",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("failed_us", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.create_index("ix_dead_letters_profile_key", ["profile_key"], unique=False)

    op.create_table(
        "pipeline_progress",
        sa.Column("pipeline", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("events_applied", sa.BigInteger(), nullable=False),
        sa.Column("events_duplicate", sa.BigInteger(), nullable=False),
        sa.Column("events_rejected", sa.BigInteger(), nullable=False),
        sa.Column("dead_letters", sa.BigInteger(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("committed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pipeline", name=op.f("pk_pipeline_progress")),
    )
    op.create_table(
        "profiles",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_profiles")),
    )
    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profiles_merged_into"), ["merged_into"], unique=False)

    op.create_table(
        "rejected_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("api_key", sa.String(length=128), nullable=False),
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_events")),
    )
    with op.batch_alter_table("rejected_events", schema=None) as batch_op:
        batch_op.create_index("ix_rejected_events_profile_key", ["profile_key"], unique=False)

    op.create_table(
        "seen_events",
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.LargeBinary(), nullable=False),
        sa.Column("received_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("profile_key", "event_id", name=op.f("pk_seen_events")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("seen_events", schema=None) as batch_op:
        batch_op.create_index("ix_seen_events_received_s", ["received_s"], unique=False)

    op.create_table(
        "session_facts",
        sa.Column("session_id", sa.String(length=128), nullable=False),
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=True),
        sa.Column("first_event_us", sa.BigInteger(), nullable=False),
        sa.Column("last_event_us", sa.BigInteger(), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("api_key", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "profile_key", name=op.f("pk_session_facts")),
    )


def downgrade() -> None:
    op.drop_table("session_facts")
    with op.batch_alter_table("seen_events", schema=None) as batch_op:
        batch_op.drop_index("ix_seen_events_received_s")

    op.drop_table("seen_events")
    with op.batch_alter_table("rejected_events", schema=None) as batch_op:
        batch_op.drop_index("ix_rejected_events_profile_key")

    op.drop_table("rejected_events")
    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_profiles_merged_into"))

    op.drop_table("profiles")
    op.drop_table("pipeline_progress")
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_index("ix_dead_letters_profile_key")

    op.drop_table("dead_letters")
