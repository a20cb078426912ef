"""Bytes to structured documents: headings, paragraphs, tables and code, in the order a reader meets them."""

import hashlib
import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import ClassVar

from core.errors import BadInputError
from core.rag.markdown import parse_markdown

MAX_NAME = 255
SUFFIXES = {".md": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain"}
"""File name endings that can be loaded, and their media types."""


class UnsafeNameError(BadInputError):
    """A document's name must be a relative path without `..`, control characters or a drive."""

    key: ClassVar[str] = "rag-unsafe-name"


class UnsupportedDocumentError(BadInputError):
    """No loader for this kind of file."""

    key: ClassVar[str] = "rag-unsupported-document"


class EmptyDocumentError(BadInputError):
    """The document has no text."""

    key: ClassVar[str] = "rag-empty-document"


class DocumentTooLargeError(BadInputError):
    """The document is over the size limit."""

    key: ClassVar[str] = "rag-document-too-large"


class DocumentEncodingError(BadInputError):
    """The bytes are not text in UTF-8 (or UTF-16 with a byte order mark)."""

    key: ClassVar[str] = "rag-document-encoding"


class BlockKind(StrEnum):
    """What a block is: tables and code are not cut at sentences."""

    TEXT = "text"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, quote, table or code block under its headings. `page` counts from 1."""

    kind: BlockKind
    text: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document as its structure; `language` is that of most of its letters."""

    name: str
    title: str
    language: str
    blocks: tuple[Block, ...]


def load_document(name: str, content: bytes, *, max_bytes: int) -> LoadedDocument:
    """Read `content` by the ending of `name`.

    Raises:
        UnsafeNameError, UnsupportedDocumentError, EmptyDocumentError, DocumentTooLargeError, DocumentEncodingError
    """
    name = safe_name(name)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnsupportedDocumentError(f"{name}: no loader for {suffix or 'a file without an ending'}", name=name)
    if len(content) > max_bytes:
        raise DocumentTooLargeError(
            f"{name}: {len(content) / 1e6:.1f} MB is over the limit of {max_bytes / 1e6:.1f} MB",
            name=name,
            size_mb=round(len(content) / 1e6, 1),
            limit_mb=round(max_bytes / 1e6, 1),
        )
    text = _decode(name, content)
    title, blocks = _markdown(text) if SUFFIXES[suffix] == "text/markdown" else (None, _plain(text))
    if not blocks:
        raise EmptyDocumentError(f"{name}: no text", name=name)
    title = title or PurePosixPath(name).stem.replace("_", " ").replace("-", " ").strip() or name
    return LoadedDocument(name, title[:MAX_NAME], language_of(text), tuple(blocks))


def safe_name(name: str) -> str:
    """Return `name` as a normalised relative POSIX path that stays below the folder it is joined to.

    Raises:
        UnsafeNameError: absolute, with a drive, with `..`, control characters or over 255 characters.
    """
    name = unicodedata.normalize("NFC", name.strip())
    path = PurePosixPath(name)
    unsafe = (
        not path.parts
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in path.parts[0]
        or len(name) > MAX_NAME
        or any(unicodedata.category(character).startswith("C") for character in name)
    )
    if unsafe:
        shown = name.encode("unicode_escape").decode("ascii")[:80] if not name.isprintable() else name[:80]
        raise UnsafeNameError(f"unsafe document name: {shown!r}", name=shown)
    return str(path)


def content_hash(content: bytes) -> str:
    """Return the SHA-256 of `content`, hex."""
    return hashlib.sha256(content).hexdigest()


def language_of(text: str) -> str:
    """Return "ru" where most letters are Cyrillic, otherwise "en"."""
    cyrillic = len(re.findall(r"[а-яё]", text, re.IGNORECASE))
    latin = len(re.findall(r"[a-z]", text, re.IGNORECASE))
    return "ru" if cyrillic > latin else "en"


def _decode(name: str, content: bytes) -> str:
    encoding = "utf-8"
    if content.startswith(BOM_UTF8):
        encoding = "utf-8-sig"
    elif content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentEncodingError(f"{name}: not {encoding} text at byte {error.start}", name=name) from None
    if "\0" in text:
        raise DocumentEncodingError(f"{name}: null characters: a binary file?", name=name)
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _markdown(text: str) -> tuple[str | None, list[Block]]:
    parsed = parse_markdown(text)
    blocks = [Block(BlockKind(part.kind), part.text, part.heading_path) for part in parsed.parts]
    return parsed.title, blocks


def _plain(text: str) -> list[Block]:
    paragraphs = (paragraph.strip() for paragraph in re.split(r"\n\s*\n", text))
    return [Block(BlockKind.TEXT, paragraph) for paragraph in paragraphs if paragraph]
