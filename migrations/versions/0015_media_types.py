"""Room for long media types: that of Word files has 71 characters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.alter_column("documents", "media_type", existing_type=sa.String(64), type_=sa.String(127))


def downgrade() -> None:
    op.execute("UPDATE documents SET media_type = left(media_type, 64)")
    op.alter_column("documents", "media_type", existing_type=sa.String(127), type_=sa.String(64))
