"""People who had themselves forgotten, and indexes to find what is kept about a person."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_BEFORE = "Telegram user id; null: the system itself"
_NOW = f"{_BEFORE}; negative: somebody who is forgotten"


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
    )
    op.create_index("ix_audit_log_actor_id", "audit_log", ["actor_id"])
    op.create_index("ix_query_log_user_id", "query_log", ["user_id"])
    op.alter_column("audit_log", "actor_id", existing_type=sa.BigInteger(), comment=_NOW, existing_comment=_BEFORE)


def downgrade() -> None:
    op.alter_column("audit_log", "actor_id", existing_type=sa.BigInteger(), comment=_BEFORE, existing_comment=_NOW)
    op.drop_index("ix_query_log_user_id", "query_log")
    op.drop_index("ix_audit_log_actor_id", "audit_log")
    op.drop_table("departures")
