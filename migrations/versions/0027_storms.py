"""In a storm of alarms the machines of a site share one message in a chat."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "alarm_messages",
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False, comment="it tells of a storm"),
    )
    op.create_index(
        "ix_alarm_messages_shared", "alarm_messages", ["chat_id", "message_id"], postgresql_where=sa.text("shared")
    )


def downgrade() -> None:
    op.drop_index("ix_alarm_messages_shared", "alarm_messages", postgresql_where=sa.text("shared"))
    op.drop_column("alarm_messages", "shared")
