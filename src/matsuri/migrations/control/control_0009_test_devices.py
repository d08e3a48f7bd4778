"""Test devices: identities with a clock of their own."""

import sqlalchemy as sa
from alembic import op

revision = "control_0009"
down_revision = "control_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite adds and drops columns in place; made anew, the table would lose AUTOINCREMENT.
    op.add_column("identities", sa.Column("clock_offset_s", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_identities_test_devices",
        "identities",
        ["key"],
        sqlite_where=sa.text("clock_offset_s IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_identities_test_devices", table_name="identities")
    op.drop_column("identities", "clock_offset_s")
