"""Who was told the values of keys."""

import sqlalchemy as sa
from alembic import op

revision = "control_0016"
down_revision = "control_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "key_values", sa.Column("told_to", sa.Text(), server_default="[]", nullable=False)
    )
    op.execute(
        "UPDATE key_values SET told_to = (SELECT json_array(created_by) FROM keys"
        " WHERE keys.id = key_values.key_id AND created_by <> 'system')"
        " WHERE key_id IN (SELECT id FROM keys WHERE created_by <> 'system')"
    )


def downgrade() -> None:
    with op.batch_alter_table("key_values") as batch_op:
        batch_op.drop_column("told_to")
