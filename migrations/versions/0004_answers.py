"""Machines of documents, pages without text, conversations about a machine, ratings, and what refusals lacked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def _list(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default="[]", nullable=False, comment=comment)


def upgrade() -> None:
    op.add_column("users", _list("extra_rights", "granted on top of the role's"))
    op.add_column(
        "users",
        sa.Column(
            "poor_signal",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="answers begin with under 1 KB of text, the rest on a tap",
        ),
    )
    op.add_column("documents", _list("machines", "codes of the machines it is about; none: of all"))
    op.add_column("documents", sa.Column("pages", sa.Integer(), nullable=True, comment="null: no pages in this format"))
    op.add_column("documents", _list("empty_pages", "numbers of pages without text, such as scans"))
    op.add_column(
        "query_log",
        sa.Column("machine", sa.String(length=64), nullable=True, comment="code of the machine asked about"),
    )
    op.add_column("query_log", sa.Column("evidence", postgresql.JSONB(), nullable=True, comment="sensors, as shown"))
    op.add_column(
        "query_log",
        sa.Column("refusal", postgresql.JSONB(), nullable=True, comment="what the documents lack, as shown"),
    )
    op.add_column(
        "query_log", sa.Column("feedback_reason", sa.String(length=16), nullable=True, comment="why a thumb went down")
    )
    op.add_column("query_log", _list("ticked", "points of the safety checklist that the asker has confirmed"))
    op.add_column(
        "query_log",
        sa.Column(
            "isolated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the asker confirmed the safety checklist in front of the steps",
        ),
    )
    op.create_table(
        "conversations",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=True, comment="code of the machine talked about"),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_conversations_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "user_id", name=op.f("pk_conversations")),
    )


def downgrade() -> None:
    op.drop_table("conversations")
    for column in ("isolated_at", "ticked", "feedback_reason", "refusal", "evidence", "machine"):
        op.drop_column("query_log", column)
    for column in ("empty_pages", "pages", "machines"):
        op.drop_column("documents", column)
    for column in ("poor_signal", "extra_rights"):
        op.drop_column("users", column)
