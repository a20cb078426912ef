"""Digests: who wants which, and until when they have been told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "digest_profiles",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("wanted", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("covered_to", sa.DateTime(timezone=True), nullable=True, comment="end of the last digest"),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_digest_profiles")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_digest_profiles_user_id_users"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("digest_profiles")
