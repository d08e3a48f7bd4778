"""Which profiles are those of test devices."""

import sqlalchemy as sa
from alembic import op

revision = "history_0009"
down_revision = "history_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_marks",
        sa.Column(
            "profile_key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("profile_key", name=op.f("pk_device_marks")),
    )


def downgrade() -> None:
    op.drop_table("device_marks")
