"""Sites and public machines, what people's rights reach to, invitations for several, and the people's own settings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SCOPE = "sites and machines by code; null: all"


def upgrade() -> None:
    op.add_column(
        "systems",
        sa.Column("site", sa.String(length=64), server_default="main", nullable=False, comment="code of the site"),
    )
    op.add_column(
        "systems",
        sa.Column("public", sa.Boolean(), server_default="false", nullable=False, comment="group chats may see it"),
    )
    op.add_column("users", sa.Column("scope", postgresql.JSONB(none_as_null=True), nullable=True, comment=_SCOPE))
    op.add_column(
        "users",
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True, comment="when they asked to be let in"),
    )
    op.add_column("users", sa.Column("units", sa.String(length=8), server_default="metric", nullable=False))
    for column, meaning in (
        ("quiet_from", "no messages that can wait from here, local time"),
        ("quiet_to", "to here; before quiet_from: over midnight"),
        ("shift_from", "on shift from here, local time"),
        ("shift_to", "to here; before shift_from: over midnight"),
    ):
        op.add_column("users", sa.Column(column, sa.Time(), nullable=True, comment=meaning))
    op.add_column("invites", sa.Column("scope", postgresql.JSONB(none_as_null=True), nullable=True, comment=_SCOPE))
    op.add_column("invites", sa.Column("max_uses", sa.Integer(), server_default="1", nullable=False))
    op.add_column("invites", sa.Column("uses", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE invites SET uses = 1 WHERE used_at IS NOT NULL")


def downgrade() -> None:
    for column in ("uses", "max_uses", "scope"):
        op.drop_column("invites", column)
    op.execute("UPDATE users SET role = 'engineer' WHERE role IN ('viewer', 'senior_engineer')")
    op.execute("UPDATE invites SET role = 'engineer' WHERE role IN ('viewer', 'senior_engineer')")
    for column in ("shift_to", "shift_from", "quiet_to", "quiet_from", "units", "asked_at", "scope"):
        op.drop_column("users", column)
    for column in ("public", "site"):
        op.drop_column("systems", column)
