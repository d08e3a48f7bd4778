"""The audit log: who changed what in the console."""

import sqlalchemy as sa
from alembic import op

revision = "control_0010"
down_revision = "control_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=320), nullable=False),
        sa.Column("actor_is_key", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=128), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("subject_erased", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entries_at_us", "audit_entries", ["at_us", "number"])
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_id", "at_us", "number"])
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor", "at_us", "number"])
    op.execute(
        """
        CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_entries_stay_as_they_are
        BEFORE UPDATE OF number, at_us, actor, actor_is_key, action, subject_kind ON audit_entries
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
    )


def downgrade() -> None:
    op.drop_index("ix_audit_entries_actor", table_name="audit_entries")
    op.drop_index("ix_audit_entries_subject", table_name="audit_entries")
    op.drop_index("ix_audit_entries_at_us", table_name="audit_entries")
    op.drop_table("audit_entries")
