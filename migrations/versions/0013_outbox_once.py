"""The outbox: each chat's messages in order, and what a sender noted before it sent, so that nothing arrives twice."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_WAITING = sa.text("sent_at IS NULL AND failed_at IS NULL")


def upgrade() -> None:
    for column in (
        sa.Column("retry_at", sa.DateTime(timezone=True), comment="a try failed; its chat waits until then"),
        sa.Column("lease_until", sa.DateTime(timezone=True), comment="claimed by a sender until then"),
        sa.Column(
            "digest", sa.String(64), comment="of the words on their way: with it set, the message may have arrived"
        ),
        sa.Column("watermark", sa.BigInteger(), comment="Telegram's newest message id before it"),
        sa.Column("message_id", sa.BigInteger(), comment="Telegram's id of what arrived"),
    ):
        op.add_column("outbox", column)
    op.alter_column(
        "outbox",
        "due_at",
        nullable=True,
        server_default=None,
        comment="not before; null: at once",
        existing_comment="not before; also the lease's end",
    )
    op.drop_index("ix_outbox_due", table_name="outbox")
    op.create_index("ix_outbox_waiting", "outbox", ["chat_id", "id"], postgresql_where=_WAITING)


def downgrade() -> None:
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.create_index("ix_outbox_due", "outbox", ["due_at"], postgresql_where=_WAITING)
    op.execute("UPDATE outbox SET due_at = now() WHERE due_at IS NULL")
    op.alter_column(
        "outbox",
        "due_at",
        nullable=False,
        server_default=sa.text("now()"),
        comment="not before; also the lease's end",
        existing_comment="not before; null: at once",
    )
    for column in ("message_id", "watermark", "digest", "lease_until", "retry_at"):
        op.drop_column("outbox", column)
