"""The audit log: from where, how it ended."""

revision = "control_0013"
down_revision = "control_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
