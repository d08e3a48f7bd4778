"""Change sets: several definitions changed together."""

import sqlalchemy as sa
from alembic import op

revision = "control_0014"
down_revision = "control_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_sets",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=400), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("publish_us", sa.BigInteger(), nullable=False),
        sa.Column("change_count", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_change_sets")),
        sa.UniqueConstraint("id", name=op.f("uq_change_sets_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_sets_state", "change_sets", ["state", "publish_us"])


def downgrade() -> None:
    op.drop_index("ix_change_sets_state", table_name="change_sets")
    op.drop_table("change_sets")
