"""The audit log: from where, how it ended."""

import sqlalchemy as sa
from alembic import op

revision = "control_0013"
down_revision = "control_0012"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("subject_name", sa.String(length=255), ""),
    ("revision", sa.BigInteger(), "0"),
    ("address", sa.String(length=64), ""),
    ("user_agent", sa.String(length=200), ""),
    ("request_id", sa.String(length=64), ""),
    ("operation", sa.String(length=100), ""),
    ("outcome", sa.String(length=8), "ok"),
    ("status", sa.Integer(), "0"),
    ("message", sa.Text(), ""),
    ("calls", sa.BigInteger(), "1"),
    ("salt", sa.LargeBinary(), sa.text("X''")),
    ("told_digest", sa.LargeBinary(), sa.text("X''")),
    ("digest", sa.LargeBinary(), sa.text("X''")),
)


def upgrade() -> None:
    for name, type_, default in _COLUMNS:
        op.add_column(
            "audit_entries", sa.Column(name, type_, server_default=default, nullable=False)
        )
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "at_us", "number"])
    op.create_table(
        "audit_retention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("removed_number", sa.BigInteger(), nullable=False),
        sa.Column("removed_digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_retention_one_row")),
        sa.CheckConstraint("days = 0 OR days >= 30", name=op.f("ck_audit_retention_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_retention")),
    )
    op.execute("DROP TRIGGER audit_entries_stay")
    op.execute("DROP TRIGGER audit_entries_stay_as_they_are")
    op.execute(
        """
        CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
        WHEN NOT EXISTS (
            SELECT 1 FROM audit_retention
            WHERE days >= 30
            AND OLD.at_us < (CAST(strftime('%s', 'now') AS INTEGER) - days * 86400) * 1000000
        )
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_entries_are_not_replaced BEFORE INSERT ON audit_entries
        WHEN EXISTS (SELECT 1 FROM audit_entries WHERE number = NEW.number)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_entries_stay_as_they_are
        BEFORE UPDATE OF number, at_us, actor, actor_is_key, action, subject_kind, revision,
            address, user_agent, request_id, operation, outcome, status, message, calls,
            told_digest, digest
        ON audit_entries
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_entries_are_only_emptied
        BEFORE UPDATE OF subject_id, subject_name, note, before, after, subject_erased, salt
        ON audit_entries
        WHEN NOT (
            NEW.subject_erased AND NEW.subject_id = '' AND NEW.subject_name = '' AND NEW.note = ''
            AND NEW.before IS NULL AND NEW.after IS NULL AND NEW.salt = X''
        )
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """
    )


def downgrade() -> None:
    for trigger in (
        "audit_entries_stay",
        "audit_entries_are_not_replaced",
        "audit_entries_stay_as_they_are",
        "audit_entries_are_only_emptied",
    ):
        op.execute(f"DROP TRIGGER {trigger}")
    op.drop_table("audit_retention")
    op.drop_index("ix_audit_entries_action", table_name="audit_entries")
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("audit_entries", name)
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
