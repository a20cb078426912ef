"""Why a document could not be read, with the numbers; documents for engineers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_ACCESS_BEFORE = "public: every approved user; admin: admins only"
_ACCESS = "public: every member; engineer: without viewers; admin: who manages documents"


def upgrade() -> None:
    op.add_column(
        "documents",
        sa.Column(
            "error_params",
            postgresql.JSONB(),
            server_default="{}",
            nullable=False,
            comment="what fills in the message",
        ),
    )
    op.alter_column("documents", "access", comment=_ACCESS, existing_comment=_ACCESS_BEFORE)


def downgrade() -> None:
    op.execute("UPDATE documents SET access = 'admin' WHERE access = 'engineer'")
    op.alter_column("documents", "access", comment=_ACCESS_BEFORE, existing_comment=_ACCESS)
    op.drop_column("documents", "error_params")
