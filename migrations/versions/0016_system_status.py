"""Whether a machine is in service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    status = sa.Column("status", sa.String(16), server_default="in_service", nullable=False)
    op.add_column("systems", status)


def downgrade() -> None:
    op.drop_column("systems", "status")
