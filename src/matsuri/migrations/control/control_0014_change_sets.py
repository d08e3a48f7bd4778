"""Change sets: several definitions changed together."""

revision = "control_0014"
down_revision = "control_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
