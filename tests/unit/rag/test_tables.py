"""Tables of every format come out readable and whole: merged cells, heads in several rows, several pages."""

from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.platypus import PageBreak, Paragraph, Table

from core.rag.blocks import BlockKind, LoadedDocument
from core.rag.chunking import MAX_TABLE_TOKENS, approximate_tokens, chunk_document
from core.rag.loading import load_document
from core.rag.tables import Cell, table_lines
from tests.fixtures.papers import GRID, pdf, styles, word

LIMIT = 20_000_000
HEAD = [["Узел", "Давление, бар", "", "Расход"], ["", "мин.", "макс.", ""]]
BODY = [["Пресс", "210", "250", "40 л/мин"], ["", "90", "160", "25 л/мин"], ["Масло заменить через 2000 ч", "", "", ""]]
MERGED = [((0, 0), (0, 1)), ((1, 0), (2, 0)), ((3, 0), (3, 1)), ((0, 2), (0, 3)), ((0, 4), (3, 4))]
READ = [
    "Узел | Давление, бар: мин. | Давление, бар: макс. | Расход",
    "Пресс | 210 | 250 | 40 л/мин",
    "Пресс | 90 | 160 | 25 л/мин",
    "Масло заменить через 2000 ч",
]


def tables(name: str, content: bytes) -> list[str]:
    blocks = load_document(name, content, max_bytes=LIMIT).blocks
    return [block.text for block in blocks if block.kind is BlockKind.TABLE]


def test_merged_cells_of_a_pdf_are_said_where_they_stand() -> None:
    styles()
    spans = [("SPAN", *span) for span in MERGED]
    assert tables("t.pdf", pdf([Table([*HEAD, *BODY], style=[*GRID, *spans])])) == ["\n".join(READ)]


def test_merged_cells_of_a_word_file_are_said_where_they_stand() -> None:
    def fill(document: Any) -> None:
        table = document.add_table(5, 4)
        for row, cells in enumerate([*HEAD, *BODY]):
            for column, words in enumerate(cells):
                table.cell(row, column).text = words
        for (left, top), (right, bottom) in MERGED:
            words = table.cell(top, left).text
            table.cell(top, left).merge(table.cell(bottom, right)).text = words

    assert tables("t.docx", word(fill)) == ["\n".join(READ)]


def test_merged_cells_of_a_page_are_said_where_they_stand() -> None:
    page = """<table><tr><th rowspan=2>Узел<th colspan=2>Давление, бар<th rowspan=2>Расход</tr>
        <tr><th>мин.<th>макс.</tr><tr><td rowspan="2">Пресс<td>210<td>250<td>40 л/мин</tr>
        <tr><td>90<td>160<td>25 л/мин</tr><tr><td colspan=4>Масло заменить через 2000 ч</tr></table>"""
    assert tables("t.html", page.encode()) == ["\n".join(READ)]


@pytest.mark.parametrize("span", ["99999999999", "-3", "x", "0", ""])
def test_a_page_cannot_make_a_cell_span_the_world(span: str) -> None:
    page = f'<table><tr><td rowspan="{span}" colspan="{span}">a<td>b</tr><tr><td>c<td>d</tr></table>'
    [text] = tables("t.html", page.encode())
    assert len(text) < 2000
    assert {"a", "b"} <= set(text.replace("\n", " ").split())


def test_a_first_row_with_a_wide_cell_is_no_head_of_what_stands_below() -> None:
    cells = [Cell(0, 0, "Параметр"), Cell(0, 1, "Значение", columns=2)]
    cells += [Cell(1, 0, "Давление"), Cell(1, 1, "210"), Cell(1, 2, "бар")]
    assert table_lines(cells) == ["Параметр | Значение | Значение", "Давление | 210 | бар"]


def test_a_table_without_words_has_no_lines() -> None:
    assert table_lines([]) == []
    assert table_lines([Cell(0, 0, ""), Cell(0, 1, "")]) == []


ROWS = [[f"E-{n}", f"Неисправ-\nность {n}", f"{n} бар"] for n in range(100, 190)]
NUMBERS = ["1", "2", "3"]


def long_table(
    head: list[list[str]], repeated: int, footer: str = "", rows: list[list[str]] | None = None
) -> LoadedDocument:
    """Return a manual with a table over several pages."""
    style = styles()["Normal"]
    story = [
        Paragraph("Таблица 1 — Коды", style),
        Table([*head, *(rows or ROWS)], style=GRID, repeatRows=repeated, colWidths=[80, 150, 80]),
        Paragraph("После таблицы.", style),
    ]
    return load_document("long.pdf", pdf(story, footer=footer), max_bytes=LIMIT)


@pytest.mark.parametrize("footer", ["", "Руководство РЭ-17, лист"])
@pytest.mark.parametrize("repeated", [0, 1, 2])
def test_a_table_over_several_pages_is_one_with_one_head(repeated: int, footer: str) -> None:
    document = long_table([["Код", "Признак", "Предел"], NUMBERS], repeated, footer)
    assert document.pages is not None
    assert document.pages > 2
    [table] = [block for block in document.blocks if block.kind is BlockKind.TABLE]
    lines = table.text.split("\n")
    assert lines[:3] == ["Код | Признак | Предел", "1 | 2 | 3", "E-100 | Неисправность 100 | 100 бар"]
    assert [line.partition(" ")[0] for line in lines[2:]] == [code for code, *_ in ROWS]
    assert (table.page, table.pages[-1]) == (1, document.pages)


def test_parts_of_a_long_table_tell_their_own_page_and_the_head() -> None:
    chunks = chunk_document(long_table([["Код", "Признак", "Предел"]], 1, rows=3 * ROWS))
    parts = [chunk for chunk in chunks if "Код | Признак | Предел" in chunk.text]
    assert len(parts) > 1
    assert all(approximate_tokens(part.text) <= MAX_TABLE_TOKENS for part in parts)
    pages = [part.page or 0 for part in parts]
    assert pages == sorted(pages)
    assert (pages[0], pages[-1] > 2) == (1, True)
    assert sum(part.text.count("| Неисправность") for part in parts) == 3 * len(ROWS)


@pytest.mark.parametrize("between", ["Продолжение таблицы 1", "Окончание таблицы 1"])
def test_a_caption_on_the_next_page_does_not_cut_a_table(between: str) -> None:
    style = styles()["Normal"]
    widths = [80, 150, 80]
    story = [
        Table([["Код", "Признак", "Предел"], *ROWS[:5]], style=GRID, colWidths=widths),
        PageBreak(),
        Paragraph(between, style),
        Table([["Код", "Признак", "Предел"], *ROWS[5:9]], style=GRID, colWidths=widths),
    ]
    [text] = tables("t.pdf", pdf(story))
    assert len(text.split("\n")) == 10
    assert between not in text


def test_two_tables_on_one_page_stay_two() -> None:
    style = styles()["Normal"]
    first, second = (Table(ROWS[n : n + 3], style=GRID, colWidths=[80, 150, 80]) for n in (0, 3))
    assert len(tables("t.pdf", pdf([first, Paragraph("Другая", style), second]))) == 2
    assert len(tables("t.pdf", pdf([first, PageBreak(), Paragraph("Другая", style), second]))) == 2


def test_words_in_content_controls_nested_tables_and_accepted_changes_are_read() -> None:
    def fill(document: Any) -> None:
        document.add_paragraph("1 Назначение\t3", style=document.styles.add_style("TOC 1", 1))
        paragraph = document.add_paragraph("Давление ")
        inserted = f'<w:ins {nsdecls("w")} w:id="1" w:author="a"><w:r><w:t>210 бар</w:t></w:r></w:ins>'
        paragraph._p.append(parse_xml(inserted))
        outer = document.add_table(2, 2)
        outer.cell(0, 0).text = "Насос"
        outer.cell(0, 1).text = "Данные"
        outer.cell(1, 0).text = "НП-25"
        outer.cell(1, 1).add_table(1, 2).cell(0, 1).text = "40 л/мин"
        control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtPr/><w:sdtContent/></w:sdt>")
        control[1].append(outer._tbl)
        document.element.body.insert(2, control)

    document = load_document("t.docx", word(fill), max_bytes=LIMIT)
    assert [block.text for block in document.blocks] == ["Давление 210 бар", "Насос | Данные\nНП-25 | | 40 л/мин"]
