"""Imports that replace audience lists."""

import sqlalchemy as sa
from alembic import op

revision = "control_0006"
down_revision = "control_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audience_imports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("audience_id", sa.String(length=36), nullable=False),
        sa.Column("listing", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("ids", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_imports")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audience_imports_list", "audience_imports", ["audience_id", "listing"])
    op.create_table(
        "audience_import_entries",
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("identity_id", sa.String(length=128), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "import_id", "identity_id", name=op.f("pk_audience_import_entries")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("audience_import_entries")
    op.drop_index("ix_audience_imports_list", table_name="audience_imports")
    op.drop_table("audience_imports")
