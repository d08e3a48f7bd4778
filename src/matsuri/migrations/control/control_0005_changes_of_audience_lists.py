"""Who changed the lists of audiences, and which entries end."""

import sqlalchemy as sa
from alembic import op

revision = "control_0005"
down_revision = "control_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audience_changes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("audience_id", sa.String(length=36), nullable=False),
        sa.Column("listing", sa.String(length=8), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=400), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audience_changes_audience", "audience_changes", ["audience_id", "id"])
    op.create_index("ix_audience_changes_time", "audience_changes", ["changed_us"])
    op.create_table(
        "audience_change_ids",
        sa.Column(
            "change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("identity_id", sa.String(length=128), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("change_id", "identity_id", name=op.f("pk_audience_change_ids")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audience_change_ids_identity", "audience_change_ids", ["identity_id"])
    op.create_index(
        "ix_audience_entries_until",
        "audience_entries",
        ["until_us"],
        sqlite_where=sa.text("until_us > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_audience_entries_until", table_name="audience_entries")
    op.drop_table("audience_change_ids")
    op.drop_table("audience_changes")
