"""API keys and server keys: rotation, disabling, use, permissions."""

import sqlalchemy as sa
from alembic import op

revision = "control_0012"
down_revision = "control_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "key_values",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", big_key, nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_key_values")),
    )
    op.create_index(op.f("ix_key_values_key_id"), "key_values", ["key_id"])
    op.execute(
        "INSERT INTO key_values (digest, key_id, created_us) SELECT digest, id, created_us FROM keys"
    )
    with op.batch_alter_table("keys") as batch_op:
        batch_op.drop_constraint(op.f("uq_keys_digest"), type_="unique")
        batch_op.drop_column("digest")
        batch_op.add_column(sa.Column("description", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("created_by", sa.String(length=400), server_default="system", nullable=False)
        )
        batch_op.add_column(sa.Column("permissions", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("disabled_us", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("deleted_us", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column("sessions_ended_us", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("last_used_us", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("keys") as batch_op:
        batch_op.add_column(sa.Column("digest", sa.LargeBinary(length=32), nullable=True))
    op.execute(
        "UPDATE keys SET digest = (SELECT digest FROM key_values"
        " WHERE key_id = keys.id AND ends_us IS NULL)"
    )
    # No key may open more than it did: what is deleted, disabled or restricted goes.
    op.execute(
        "DELETE FROM keys WHERE digest IS NULL OR disabled_us IS NOT NULL"
        " OR permissions IS NOT NULL"
    )
    with op.batch_alter_table("keys") as batch_op:
        batch_op.alter_column("digest", existing_type=sa.LargeBinary(length=32), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_keys_digest"), ["digest"])
        for column in (
            "description",
            "created_by",
            "permissions",
            "disabled_us",
            "deleted_us",
            "sessions_ended_us",
            "last_used_us",
        ):
            batch_op.drop_column(column)
    op.drop_index(op.f("ix_key_values_key_id"), table_name="key_values")
    op.drop_table("key_values")
