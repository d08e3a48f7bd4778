"""Console users: permissions of their own, second factors, sessions."""

revision = "control_0011"
down_revision = "control_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
