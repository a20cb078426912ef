"""What a question's answer has none of is NULL, not JSON's null: the gap report took the latter for a refusal."""

from collections.abc import Sequence

from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute("UPDATE query_log SET refusal = NULL WHERE refusal = 'null'::jsonb")
    op.execute("UPDATE query_log SET evidence = NULL WHERE evidence = 'null'::jsonb")


def downgrade() -> None:
    pass  # both are read as nothing
