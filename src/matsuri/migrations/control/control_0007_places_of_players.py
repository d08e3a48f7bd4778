"""What the places of players in percentages go by."""

import sqlalchemy as sa
from alembic import op

revision = "control_0007"
down_revision = "control_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite adds and drops columns in place; made anew, the table would lose AUTOINCREMENT.
    op.add_column(
        "identities",
        sa.Column("sample_id", sa.String(length=128), server_default="", nullable=False),
    )
    op.execute("UPDATE identities SET sample_id = id")


def downgrade() -> None:
    op.drop_column("identities", "sample_id")
