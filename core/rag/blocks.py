"""A document as its structure: what all loaders come to, and how they refuse."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from core.errors import BadInputError


class EmptyDocumentError(BadInputError):
    """The document has no text."""

    key: ClassVar[str] = "rag-empty-document"


class ScannedDocumentError(BadInputError):
    """The document has pages, but no text on them: pictures of paper."""

    key: ClassVar[str] = "rag-scanned-document"


class DocumentTooLargeError(BadInputError):
    """The document is over the size limit."""

    key: ClassVar[str] = "rag-document-too-large"


class DocumentBombError(BadInputError):
    """The document unpacks to far more than its size."""

    key: ClassVar[str] = "rag-document-bomb"


class TooManyPagesError(BadInputError):
    """The document has more pages than are read."""

    key: ClassVar[str] = "rag-too-many-pages"


class DocumentEncodingError(BadInputError):
    """The bytes are not text in UTF-8 (or UTF-16 with a byte order mark)."""

    key: ClassVar[str] = "rag-document-encoding"


class DamagedDocumentError(BadInputError):
    """The document is cut short, or its insides contradict each other."""

    key: ClassVar[str] = "rag-damaged-document"


class BlockKind(StrEnum):
    """What a block is: tables and code are not cut at sentences."""

    TEXT = "text"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, quote, table or code block under its headings. `page` counts from 1; `pages` are those of the
    lines of a table that goes on over several.
    """

    kind: BlockKind
    text: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    pages: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("heading_path", "pages"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists where it was read back from JSON


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a loader found. `pages` is None where the format has none; `empty_pages` have no text, such as scans."""

    blocks: tuple[Block, ...]
    title: str | None = None
    pages: int | None = None
    empty_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document as its structure; `language` is that of most of its letters."""

    name: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    empty_pages: tuple[int, ...] = ()
