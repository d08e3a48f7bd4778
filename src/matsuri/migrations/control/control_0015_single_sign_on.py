"""Single sign-on."""

revision = "control_0015"
down_revision = "control_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
