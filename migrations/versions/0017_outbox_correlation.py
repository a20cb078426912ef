"""The outbox: what a message was caused by, so that its delivery can be found in the logs beside its cause."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("correlation_id", sa.String(32), comment="of the request or job that caused it"))


def downgrade() -> None:
    op.drop_column("outbox", "correlation_id")
