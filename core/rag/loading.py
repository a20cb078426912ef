"""Bytes to structured documents: headings, paragraphs, tables and code, in the order a reader meets them."""

import hashlib
import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import PurePosixPath
from typing import ClassVar

from core.errors import BadInputError
from core.rag.blocks import (
    Block,
    BlockKind,
    DocumentEncodingError,
    DocumentTooLargeError,
    EmptyDocumentError,
    LoadedDocument,
    ParsedDocument,
)
from core.rag.markdown import parse_markdown
from core.rag.media import MediaType, media_type

MAX_NAME = 255
MAX_PAGES = 1000
_MAX_TEXT_BYTES = 5_000_000
"""Text is read whole, markup and all: more of it than any manual has is refused."""


class UnsafeNameError(BadInputError):
    """A document's name must be a relative path without `..`, control characters or a drive."""

    key: ClassVar[str] = "rag-unsafe-name"


def load_document(name: str, content: bytes, *, max_bytes: int, max_pages: int = MAX_PAGES) -> LoadedDocument:
    """Read `content`, whatever `name` calls it. PDF, DOCX and HTML can be hostile: see `core.rag.parsing`.

    Raises:
        BadInputError: it can't be read; a subclass for each reason.
    """
    name = safe_name(name)
    kind = check_content(name, content, max_bytes=max_bytes)
    parsed = _parse(kind, name, content, max_pages)
    if not parsed.blocks:
        raise EmptyDocumentError(f"{name}: no text", name=name)
    words = "\n".join(block.text for block in parsed.blocks)
    title = (parsed.title or title_from_name(name))[:MAX_NAME]
    return LoadedDocument(name, title, language_of(words), parsed.blocks, parsed.pages, parsed.empty_pages)


def check_content(name: str, content: bytes, *, max_bytes: int) -> MediaType:
    """Return what kind of document `content` is, at a glance: nothing is parsed.

    Raises:
        UnsupportedDocumentError, MisnamedDocumentError, EncryptedDocumentError, DocumentTooLargeError,
        EmptyDocumentError
    """
    check_size(name, len(content), max_bytes)
    kind = media_type(name, content)
    if not content.strip():
        raise EmptyDocumentError(f"{name}: no text", name=name)
    if kind not in (MediaType.PDF, MediaType.WORD):
        check_size(name, len(content), min(max_bytes, _MAX_TEXT_BYTES))
    return kind


def title_from_name(name: str) -> str:
    """Return what a document is called that does not say so itself."""
    return PurePosixPath(name).stem.replace("_", " ").replace("-", " ").strip() or name


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


def decode(name: str, content: bytes, declared: str | None = None) -> str:
    """Return the text: in UTF-16 or UTF-8 as its byte order mark says, else as it is `declared`, else in UTF-8.

    Raises:
        DocumentEncodingError
    """
    encoding = declared or "utf-8"
    if content.startswith(BOM_UTF8):
        encoding = "utf-8-sig"
    elif content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except (UnicodeError, LookupError):
        raise DocumentEncodingError(f"{name}: not {encoding} text", name=name) from None
    if "\0" in text:
        raise DocumentEncodingError(f"{name}: null characters: a binary file?", name=name)
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def check_size(name: str, size: int, limit: int) -> None:
    """Raise DocumentTooLargeError for more bytes than `limit`."""
    if size > limit:
        raise DocumentTooLargeError(
            f"{name}: {size / 1e6:.1f} MB is over the limit of {limit / 1e6:.1f} MB",
            name=name,
            size_mb=round(size / 1e6, 1),
            limit_mb=round(limit / 1e6, 1),
        )


def _parse(kind: MediaType, name: str, content: bytes, max_pages: int) -> ParsedDocument:
    """Read `content`; the libraries are imported here, for bot and workers to start without them."""
    match kind:
        case MediaType.PDF:
            from core.rag.pdf import parse_pdf

            return parse_pdf(name, content, max_pages=max_pages)
        case MediaType.WORD:
            from core.rag.word import parse_word

            return parse_word(name, content)
        case MediaType.HTML:
            from core.rag.hypertext import declared_encoding, parse_html

            return parse_html(decode(name, content, declared_encoding(content)))
        case MediaType.MARKDOWN:
            return _markdown(decode(name, content))
        case MediaType.PLAIN:
            return ParsedDocument(tuple(_plain(decode(name, content))))


def _markdown(text: str) -> ParsedDocument:
    parsed = parse_markdown(text)
    blocks = tuple(Block(BlockKind(part.kind), part.text, part.heading_path) for part in parsed.parts)
    return ParsedDocument(blocks, parsed.title)


def _plain(text: str) -> list[Block]:
    paragraphs = (paragraph.strip() for paragraph in re.split(r"\n\s*\n", text))
    return [Block(BlockKind.TEXT, paragraph) for paragraph in paragraphs if paragraph]
