"""Erased keys and the worker's reports of erasures."""

import sqlalchemy as sa
from alembic import op

revision = "history_0003"
down_revision = "history_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_keys",
        sa.Column(
            "profile_key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("erased_key", sa.BigInteger(), nullable=False),
        sa.Column("erased_us", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("clean_position", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("profile_key", name=op.f("pk_erased_keys")),
    )
    with op.batch_alter_table("erased_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erased_keys_erased_key"), ["erased_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_erased_keys_waiting"), ["waiting"], unique=False)

    op.create_table(
        "erasure_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_reports")),
    )
    op.create_table(
        "log_seals",
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_log_seals")),
    )


def downgrade() -> None:
    op.drop_table("log_seals")
    op.drop_table("erasure_reports")
    with op.batch_alter_table("erased_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erased_keys_waiting"))
        batch_op.drop_index(batch_op.f("ix_erased_keys_erased_key"))

    op.drop_table("erased_keys")
