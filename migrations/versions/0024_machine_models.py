"""What was learnt of machines, a version each time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "machine_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("system_id", sa.Integer(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="the history learnt from begins"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="... and ends"),
        sa.Column("rows", sa.Integer(), nullable=False, comment="of that history without alarms"),
        sa.Column("learnt", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_models")),
        sa.ForeignKeyConstraint(
            ["system_id"], ["systems.id"], name=op.f("fk_machine_models_system_id_systems"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_machine_models_system_id", "machine_models", ["system_id"])


def downgrade() -> None:
    op.drop_table("machine_models")
