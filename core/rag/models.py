"""Documents, their chunks, index versions and the log of questions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class DocumentState(StrEnum):
    """Where a document stands on its way into the index."""

    PENDING = "pending"
    INDEXED = "indexed"
    FAILED = "failed"
    DELETED = "deleted"


class IndexState(StrEnum):
    """Where an index version stands; exactly one is active."""

    BUILDING = "building"
    READY = "ready"
    ACTIVE = "active"
    FAILED = "failed"


class Document(Base):
    """A source document, with its bytes, so that an upload is one transaction and no machine's disk matters."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True, comment="safe relative path, e.g. module01/pump.md")
    title: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(127))
    language: Mapped[str] = mapped_column(String(2))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    content_hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the bytes, hex")
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int] = mapped_column(comment="bytes")
    access: Mapped[str] = mapped_column(
        String(16),
        default="public",
        server_default="public",
        comment="public: every member; engineer: without viewers; admin: who manages documents",
    )
    machines: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]", comment="codes of the machines it is about; none: of all"
    )
    pages: Mapped[int | None] = mapped_column(comment="null: no pages in this format")
    empty_pages: Mapped[list[int]] = mapped_column(
        default=list, server_default="[]", comment="numbers of pages without text, such as scans"
    )
    state: Mapped[str] = mapped_column(String(16), default=DocumentState.PENDING, server_default="pending")
    error: Mapped[str | None] = mapped_column(comment="why indexing failed, as a message key")
    error_params: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}", comment="what fills in the message"
    )
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Chunk(Base):
    """A piece of a document's current revision, cut along its structure."""

    __tablename__ = "chunks"
    __table_args__ = (
        UniqueConstraint("document_id", "ordinal"),
        Index("ix_chunks_text_hash", "text_hash"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, comment="hash of document, section and text")
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    ordinal: Mapped[int] = mapped_column(comment="position in the document, from 0")
    heading_path: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    page: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str]
    text_hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 of what is embedded, hex")


class IndexVersion(Base):
    """One immutable `v_<version>` in storage."""

    __tablename__ = "index_versions"
    __table_args__ = (
        Index("uq_index_versions_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), default=IndexState.BUILDING, server_default="building")
    fingerprint: Mapped[str] = mapped_column(
        String(64), comment="embedding model, dimension, metric, prefixes, chunker"
    )
    embedding_model: Mapped[str] = mapped_column(String(128))
    dimension: Mapped[int]
    documents: Mapped[int] = mapped_column(default=0, server_default="0")
    chunks: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    activated_at: Mapped[datetime | None]


class QueryLogEntry(Base):
    """A question, written before anything is generated, and how it was answered."""

    __tablename__ = "query_log"
    __table_args__ = (
        Index("ix_query_log_chat_id_asked_at", "chat_id", "asked_at"),
        Index("ix_query_log_asked_at", "asked_at"),
        Index("ix_query_log_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    conversation: Mapped[int] = mapped_column(default=0, server_default="0", comment="counts up with /new")
    machine: Mapped[str | None] = mapped_column(String(64), comment="code of the machine asked about")
    language: Mapped[str] = mapped_column(String(2))
    question: Mapped[str]
    outcome: Mapped[str] = mapped_column(
        String(16), default="pending", server_default="pending", comment="pending answered refused stopped failed"
    )
    answer: Mapped[str | None]
    passages: Mapped[list[dict[str, Any]]] = mapped_column(
        default=list, server_default="[]", comment="as shown: document, section, page, score, text"
    )
    evidence: Mapped[dict[str, Any] | None] = mapped_column(comment="sensors, as shown")
    refusal: Mapped[dict[str, Any] | None] = mapped_column(comment="what the documents lack, as shown")
    mode: Mapped[str | None] = mapped_column(String(16), comment="model or extractive")
    model: Mapped[str | None] = mapped_column(String(128))
    prompt_version: Mapped[str | None] = mapped_column(String(16))
    index_version: Mapped[int | None]
    timings_ms: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    feedback: Mapped[int | None] = mapped_column(comment="+1 or -1")
    feedback_reason: Mapped[str | None] = mapped_column(String(16), comment="why a thumb went down")
    ticked: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]", comment="points of the safety checklist that the asker has confirmed"
    )
    isolated_at: Mapped[datetime | None] = mapped_column(
        comment="when the asker confirmed the safety checklist in front of the steps"
    )
    correlation_id: Mapped[str | None] = mapped_column(String(32))


class Conversation(Base):
    """What a person talks about in a chat; their questions and answers are in the log."""

    __tablename__ = "conversations"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    machine: Mapped[str | None] = mapped_column(String(64), comment="code of the machine talked about")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
