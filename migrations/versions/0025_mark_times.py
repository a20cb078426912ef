"""When each mark of the roll-ups was made: not how old its readings are, but how long it has waited says who lags."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    made = sa.Column(
        "marked_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
        comment="old readings may come today",
    )
    op.add_column("rollup_marks", made)


def downgrade() -> None:
    op.drop_column("rollup_marks", "marked_at")
