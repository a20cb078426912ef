"""Documents, their chunks, index versions and the log of questions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False, comment="safe relative path, e.g. module01/pump.md"),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False, comment="SHA-256 of the bytes, hex"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column(
            "access",
            sa.String(length=16),
            server_default="public",
            nullable=False,
            comment="public: every approved user; admin: admins only",
        ),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("error", sa.String(), nullable=True, comment="why indexing failed, as a message key"),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_documents_uploaded_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("name", name=op.f("uq_documents_name")),
    )
    op.create_table(
        "chunks",
        sa.Column("id", sa.String(length=32), nullable=False, comment="hash of document, section and text"),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="position in the document, from 0"),
        sa.Column("heading_path", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False, comment="SHA-256 of what is embedded, hex"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_chunks_document_id_documents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunks")),
        sa.UniqueConstraint("document_id", "ordinal", name=op.f("uq_chunks_document_id_ordinal")),
    )
    op.create_index("ix_chunks_text_hash", "chunks", ["text_hash"], unique=False)
    op.create_table(
        "index_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), server_default="building", nullable=False),
        sa.Column(
            "fingerprint",
            sa.String(length=64),
            nullable=False,
            comment="embedding model, dimension, metric, prefixes, chunker",
        ),
        sa.Column("embedding_model", sa.String(length=128), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("chunks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_index_versions")),
    )
    op.create_index(
        "uq_index_versions_active",
        "index_versions",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "query_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation", sa.Integer(), server_default="0", nullable=False, comment="counts up with /new"),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column(
            "outcome",
            sa.String(length=16),
            server_default="pending",
            nullable=False,
            comment="pending answered refused stopped failed",
        ),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column(
            "passages",
            postgresql.JSONB(),
            server_default="[]",
            nullable=False,
            comment="as shown: document, section, page, score, text",
        ),
        sa.Column("mode", sa.String(length=16), nullable=True, comment="model or extractive"),
        sa.Column("model", sa.String(length=128), nullable=True),
        sa.Column("prompt_version", sa.String(length=16), nullable=True),
        sa.Column("index_version", sa.Integer(), nullable=True),
        sa.Column("timings_ms", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("feedback", sa.Integer(), nullable=True, comment="+1 or -1"),
        sa.Column("correlation_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_query_log_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query_log")),
    )
    op.create_index("ix_query_log_asked_at", "query_log", ["asked_at"], unique=False)
    op.create_index("ix_query_log_chat_id_asked_at", "query_log", ["chat_id", "asked_at"], unique=False)


def downgrade() -> None:
    op.drop_table("query_log")
    op.drop_table("index_versions")
    op.drop_table("chunks")
    op.drop_table("documents")
