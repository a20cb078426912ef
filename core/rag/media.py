"""What kind of document some bytes are: by what is in them; the name only tells kinds of text apart."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from enum import StrEnum
from pathlib import PurePosixPath
from typing import ClassVar

from core.errors import BadInputError

_HEADER = 1024
"""A PDF's signature may come after some other bytes: readers look for it in the first kilobyte."""
_PDF = b"%PDF-"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound File Binary: Word 97-2003, and the envelope of encrypted Office files."""
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WORD_PART = b"word/document.xml"
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.I | re.S)


class MediaType(StrEnum):
    """The kinds of documents that are read."""

    MARKDOWN = "text/markdown"
    PLAIN = "text/plain"
    HTML = "text/html"
    PDF = "application/pdf"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    @property
    def is_plain(self) -> bool:
        """Whether the document is its own text, so that looking at it needs no parser."""
        return self in (MediaType.MARKDOWN, MediaType.PLAIN)


SUFFIXES = {
    ".md": MediaType.MARKDOWN,
    ".markdown": MediaType.MARKDOWN,
    ".txt": MediaType.PLAIN,
    ".html": MediaType.HTML,
    ".htm": MediaType.HTML,
    ".pdf": MediaType.PDF,
    ".docx": MediaType.WORD,
}
"""File name endings that can be loaded, and what they promise."""


class UnsupportedDocumentError(BadInputError):
    """No loader for this kind of file."""

    key: ClassVar[str] = "rag-unsupported-document"


class MisnamedDocumentError(BadInputError):
    """The name promises another kind of file than the bytes are."""

    key: ClassVar[str] = "rag-misnamed-document"


class EncryptedDocumentError(BadInputError):
    """The document opens with a password only."""

    key: ClassVar[str] = "rag-encrypted-document"


def media_type(name: str, content: bytes) -> MediaType:
    """Tell what `content` is; a PDF called `pump.txt` is a PDF.

    Raises:
        UnsupportedDocumentError, MisnamedDocumentError, EncryptedDocumentError
    """
    suffix = PurePosixPath(name).suffix.lower()
    promised = SUFFIXES.get(suffix)
    if _PDF in content[:_HEADER]:
        return MediaType.PDF
    if content.startswith(_ZIP):
        if _WORD_PART in content:  # its name stands uncompressed in the archive
            return MediaType.WORD
        raise _unsupported(name, suffix)
    if content.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in content:
            raise EncryptedDocumentError(f"{name}: encrypted", name=name)
        raise _unsupported(name, suffix)
    if promised is None:
        raise _unsupported(name, suffix)
    if content and promised in (MediaType.PDF, MediaType.WORD):
        raise MisnamedDocumentError(f"{name}: no {suffix} file inside", name=name, kind=suffix.removeprefix("."))
    if promised is MediaType.PLAIN and _HTML.match(_without_mark(content)[:_HEADER]):
        return MediaType.HTML
    return promised


def _unsupported(name: str, suffix: str) -> UnsupportedDocumentError:
    return UnsupportedDocumentError(f"{name}: no loader for {suffix or 'a file without an ending'}", name=name)


def _without_mark(content: bytes) -> bytes:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content[2:].replace(b"\0", b"")
    return content.removeprefix(BOM_UTF8)
