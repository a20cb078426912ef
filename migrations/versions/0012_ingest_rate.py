"""Rows inserted, in the time series of sizes: the rate at which readings come."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    comment = "rows, since the server's statistics began"
    op.add_column("stats_snapshots", sa.Column("inserted", sa.BigInteger(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("stats_snapshots", "inserted")
