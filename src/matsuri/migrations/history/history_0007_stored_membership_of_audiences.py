"""Stored membership of audiences."""

import sqlalchemy as sa
from alembic import op

revision = "history_0007"
down_revision = "history_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audience_keys",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("audience_id", sa.String(length=36), nullable=False),
        sa.Column("members", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audience_keys")),
        sa.UniqueConstraint("audience_id", name=op.f("uq_audience_keys_audience_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audience_members",
        sa.Column("audience_key", sa.BigInteger(), nullable=False),
        sa.Column("profile_key", sa.BigInteger(), nullable=False),
        sa.Column("entered_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience_key", "profile_key", name=op.f("pk_audience_members")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audience_members_profile_key", "audience_members", ["profile_key"])
    op.create_table(
        "audience_sizes",
        sa.Column("audience_key", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience_key", "at_us", name=op.f("pk_audience_sizes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "membership_checks",
        sa.Column(
            "profile_key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("identity_version", sa.BigInteger(), nullable=False),
        sa.Column("profile_version", sa.BigInteger(), nullable=False),
        sa.Column("entries_digest", sa.BigInteger(), nullable=False),
        sa.Column("audiences_version", sa.BigInteger(), nullable=False),
        sa.Column("recheck_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("profile_key", name=op.f("pk_membership_checks")),
    )
    op.create_table(
        "membership_progress",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("passed_version", sa.BigInteger(), nullable=False),
        sa.Column("passed_us", sa.BigInteger(), nullable=False),
        sa.Column("pass_us", sa.BigInteger(), nullable=False),
        sa.Column("evaluated", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_membership_progress")),
    )


def downgrade() -> None:
    op.drop_table("membership_progress")
    op.drop_table("membership_checks")
    op.drop_table("audience_sizes")
    op.drop_table("audience_members")
    op.drop_table("audience_keys")
