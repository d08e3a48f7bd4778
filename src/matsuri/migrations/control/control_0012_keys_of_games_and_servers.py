"""API keys and server keys: rotation, disabling, use, permissions."""

revision = "control_0012"
down_revision = "control_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
