"""Audience lists, reads of flags, and versions of identities."""

import sqlalchemy as sa
from alembic import op

revision = "control_0004"
down_revision = "control_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audience_entries",
        sa.Column("identity_id", sa.String(length=128), nullable=False),
        sa.Column("audience_id", sa.String(length=36), nullable=False),
        sa.Column("listing", sa.String(length=8), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "identity_id", "audience_id", "listing", name=op.f("pk_audience_entries")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_audience_entries_list", "audience_entries", ["audience_id", "listing", "identity_id"]
    )
    op.create_table(
        "flag_reads",
        sa.Column("flag_id", sa.String(length=36), nullable=False),
        sa.Column("read_us", sa.BigInteger(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flag_id", name=op.f("pk_flag_reads")),
        sqlite_with_rowid=False,
    )
    # SQLite adds and drops columns in place; made anew, the table would lose AUTOINCREMENT.
    op.add_column(
        "identities", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("identities", "version")
    op.drop_table("flag_reads")
    op.drop_index("ix_audience_entries_list", table_name="audience_entries")
    op.drop_table("audience_entries")
