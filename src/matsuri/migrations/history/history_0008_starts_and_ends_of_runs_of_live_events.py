"""Starts and ends of runs of live events."""

import sqlalchemy as sa
from alembic import op

revision = "history_0008"
down_revision = "history_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_event_marks",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("told_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_live_event_marks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "live_event_readers",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("acked", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_live_event_readers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "live_event_runs",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("run", sa.String(length=24), nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "run", "start_us", name=op.f("pk_live_event_runs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "live_event_transitions",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("told_us", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_live_event_transitions")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_live_event_transitions_event_id", "live_event_transitions", ["event_id", "number"]
    )
    op.create_index("ix_live_event_transitions_told_us", "live_event_transitions", ["told_us"])


def downgrade() -> None:
    op.drop_table("live_event_transitions")
    op.drop_table("live_event_runs")
    op.drop_table("live_event_readers")
    op.drop_table("live_event_marks")
