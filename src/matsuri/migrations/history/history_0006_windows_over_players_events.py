"""What is kept of players' events for windows, and its backfills."""

import sqlalchemy as sa
from alembic import op

revision = "history_0006"
down_revision = "history_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_backfills",
        sa.Column(
            "series_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("reach_s", sa.BigInteger(), nullable=False),
        sa.Column("before_position", sa.BigInteger(), nullable=False),
        sa.Column("before_day", sa.BigInteger(), nullable=False),
        sa.Column("next_key", sa.BigInteger(), nullable=False),
        sa.Column("last_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_event_backfills")),
    )
    op.create_table(
        "event_moments",
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("profile_key", "series_id", name=op.f("pk_event_moments")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("event_moments", schema=None) as batch_op:
        batch_op.create_index("ix_event_moments_series_id", ["series_id"], unique=False)

    op.create_table(
        "event_series",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("then_event", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("kept_s", sa.BigInteger(), nullable=False),
        sa.Column("ready_s", sa.BigInteger(), nullable=False),
        sa.Column("kept_from_day", sa.BigInteger(), nullable=False),
        sa.Column("surplus_since_us", sa.BigInteger(), nullable=True),
        sa.Column("removing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_series")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event_windows",
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Text(), nullable=True),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("profile_key", "series_id", "day", name=op.f("pk_event_windows")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("event_windows", schema=None) as batch_op:
        batch_op.create_index("ix_event_windows_series_id_day", ["series_id", "day"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("event_windows", schema=None) as batch_op:
        batch_op.drop_index("ix_event_windows_series_id_day")

    op.drop_table("event_windows")
    op.drop_table("event_series")
    with op.batch_alter_table("event_moments", schema=None) as batch_op:
        batch_op.drop_index("ix_event_moments_series_id")

    op.drop_table("event_moments")
    op.drop_table("event_backfills")
