"""How many parts are applied of a record that is taken apart."""

import sqlalchemy as sa
from alembic import op

revision = "history_0005"
down_revision = "history_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pipeline_progress", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("parts_applied", sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("pipeline_progress", schema=None) as batch_op:
        batch_op.drop_column("parts_applied")
