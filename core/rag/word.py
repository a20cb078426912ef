"""DOCX to blocks: headings by their styles' outline levels, lists, tables as rows."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from core.rag.blocks import Block, BlockKind, DamagedDocumentError, DocumentBombError, ParsedDocument
from core.rag.media import EncryptedDocumentError
from core.rag.outline import Outline
from core.rag.tables import Cell, table_lines

MOST_UNPACKED_MB = 200
"""Word files unpack to a few times their size; what goes beyond this is a bomb."""
_MOST_PARTS = 5000
_ENCRYPTED = 0x1
"""Bit of a zip entry's general purpose flags."""
_HEADING_STYLE = re.compile(r"(?:heading|заголовок)\s*(\d)", re.IGNORECASE)
_TITLE_STYLES = {"title", "название"}
_CONTENTS_STYLE = re.compile(r"(?:toc|оглавление)\b", re.IGNORECASE)
_WRAPPERS = tuple(qn(f"w:{name}") for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml"))
"""Content controls, accepted changes and tags, in which python-docx does not look for text."""
_BODY_LEVEL = 9
"""The outline level (from 0) of what is no heading."""


def parse_word(name: str, content: bytes) -> ParsedDocument:
    """Read a DOCX.

    Raises:
        DamagedDocumentError, DocumentBombError, EncryptedDocumentError
    """
    _check_archive(name, content)
    document = docx.Document(io.BytesIO(content))
    _unwrap(document.element.body)
    outline = Outline((document.core_properties.title or "").strip() or None)
    return ParsedDocument(tuple(_blocks(document, outline)), outline.title)


def _check_archive(name: str, content: bytes) -> None:
    """Look at the table of contents before anything is unpacked; nothing is ever unpacked to disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise DamagedDocumentError(f"{name}: {error}", name=name) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_MB * 1e6:
        raise DocumentBombError(f"{name}: over {MOST_UNPACKED_MB} MB unpacked", name=name, limit_mb=MOST_UNPACKED_MB)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise EncryptedDocumentError(f"{name}: encrypted", name=name)
    paths = [PurePosixPath(part.filename.replace("\\", "/")) for part in parts]
    if any(path.is_absolute() or ".." in path.parts for path in paths):
        raise DamagedDocumentError(f"{name}: parts outside the archive", name=name)


def _unwrap(body: Any) -> None:
    """Put what is wrapped in the place of its wrapper."""
    for wrapper in list(body.iter(*_WRAPPERS)):
        parent = wrapper.getparent()
        place = parent.index(wrapper)
        parent[place : place + 1] = list(wrapper)


def _blocks(document: Any, outline: Outline) -> Iterator[Block]:
    items: list[str] = []
    for element in document.iter_inner_content():
        if isinstance(element, Paragraph) and _is_item(element):
            if text := _text(element):
                items.append(f"- {text}")
            continue
        if items:
            yield Block(BlockKind.TEXT, "\n".join(items), outline.path)
            items = []
        if isinstance(element, Table):
            if rows := _rows(element):
                yield Block(BlockKind.TABLE, rows, outline.path)
        elif text := _text(element):
            if level := _level(element):
                outline.enter(level, " ".join(text.split()))
            else:
                yield Block(BlockKind.TEXT, text, outline.path)
    if items:
        yield Block(BlockKind.TEXT, "\n".join(items), outline.path)


def _text(paragraph: Paragraph) -> str:
    """Return the words of a paragraph; none of a table of contents, which names headings without what they head."""
    if _CONTENTS_STYLE.match(_style(paragraph)):
        return ""
    return "\n".join(words for line in paragraph.text.splitlines() if (words := " ".join(line.split())))


def _rows(table: Table) -> str:
    """Return a row per line."""
    cells: dict[Any, Cell] = {}
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells, row.grid_cols_before):
            known = cells.get(cell._tc)  # a merged cell is given at each place that it takes up
            cells[cell._tc] = (
                Cell(number, column, _inside(cell))
                if known is None
                else replace(known, rows=number - known.row + 1, columns=max(known.columns, column - known.column + 1))
            )
    return "\n".join(table_lines(tuple(cells.values())))


def _inside(cell: Any) -> str:
    """Return the words of a cell, and of the tables in it."""
    parts = (part.text if isinstance(part, Paragraph) else _rows(part) for part in cell.iter_inner_content())
    return " ".join(" ".join(parts).split())


def _is_item(paragraph: Paragraph) -> bool:
    if _level(paragraph):
        return False
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    return numbered or _style(paragraph).startswith("List")


def _style(paragraph: Paragraph) -> str:
    return "" if paragraph.style is None else paragraph.style.name or ""


def _level(paragraph: Paragraph) -> int | None:
    """Return the heading's level, from 1; None for ordinary text. A style inherits its level from its base."""
    style: Any = paragraph.style
    if style is not None and (style.name or "").casefold() in _TITLE_STYLES:
        return 1
    properties = [paragraph._p.pPr]
    for _ in range(_BODY_LEVEL):
        if style is None:
            break
        if match := _HEADING_STYLE.match(style.name or ""):
            return int(match[1])
        properties.append(style.element.pPr)
        style = style.base_style
    for found in properties:
        level = found.find(qn("w:outlineLvl")) if found is not None else None
        if level is not None:
            value = int(level.get(qn("w:val"), _BODY_LEVEL))
            return value + 1 if value < _BODY_LEVEL else None
    return None
