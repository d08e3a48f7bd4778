"""Single sign-on: whose accounts at OpenID providers are which users'."""

import sqlalchemy as sa
from alembic import op

revision = "control_0015"
down_revision = "control_0014"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "oidc_links",
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("linked_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_oidc_links")),
    )
    op.create_index("ix_oidc_links_user_id", "oidc_links", ["user_id"])


def downgrade() -> None:
    op.drop_table("oidc_links")
