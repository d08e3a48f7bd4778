"""Places of players in phases of experiments and runs of live events."""

import sqlalchemy as sa
from alembic import op

revision = "control_0008"
down_revision = "control_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolments",
        sa.Column("identity_id", sa.String(length=128), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("variant", sa.String(length=128), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("enrolled_us", sa.BigInteger(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("not_with", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity_id", "subject_id", "part", name=op.f("pk_enrolments")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_enrolments_part", "enrolments", ["subject_id", "part", "identity_id"])
    op.create_table(
        "enrolment_counts",
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=128), nullable=False),
        sa.Column("participants", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "part", "variant", name=op.f("pk_enrolment_counts")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("enrolment_counts")
    op.drop_index("ix_enrolments_part", table_name="enrolments")
    op.drop_table("enrolments")
