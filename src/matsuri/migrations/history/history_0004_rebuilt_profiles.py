"""Profiles that a rebuild set aside."""

import sqlalchemy as sa
from alembic import op

revision = "history_0004"
down_revision = "history_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rebuilt_profiles",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rebuilt_profiles")),
    )


def downgrade() -> None:
    op.drop_table("rebuilt_profiles")
