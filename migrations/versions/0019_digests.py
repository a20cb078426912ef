"""Digests: who wants which, and until when they have been told; and what shifts hand over."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True, comment="Telegram user id"),
        sa.Column("author_name", sa.String(200), nullable=False),
        sa.Column("machines", postgresql.JSONB(), nullable=False, comment="codes of the machines it is about"),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column(
            "facts",
            postgresql.JSONB(),
            nullable=False,
            comment="as they were then: core/diagnostics/handovers/facts.py",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index("ix_handovers_at", "handovers", ["at"])


def downgrade() -> None:
    op.drop_table("handovers")
    op.drop_table("digest_profiles")
