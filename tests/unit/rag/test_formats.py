"""PDF, DOCX and HTML keep what a reader needs: pages, headings, tables, words."""

import pytest
from reportlab.platypus import Paragraph

from core.rag.blocks import BlockKind, DocumentEncodingError, ScannedDocumentError, TooManyPagesError
from core.rag.chunking import chunk_document
from core.rag.loading import load_document
from core.rag.media import MediaType, MisnamedDocumentError, UnsupportedDocumentError, media_type
from tests.fixtures.papers import MANUAL_HTML, manual_pdf, manual_word, pages_pdf, pdf, styles

LIMIT = 20_000_000
ROWS = "Признак | Причина | Предел\nШум | Кавитация на всасывании | 0,8 бар\nНагрев | Клапан A10VSO45 | 70 °C"


def test_a_pdf_keeps_pages_headings_and_tables_and_loses_its_footers() -> None:
    document = load_document("ns-40.pdf", manual_pdf(), max_bytes=LIMIT)
    assert (document.title, document.language) == ("Насосная станция НС-40", "ru")
    assert (document.pages, document.empty_pages) == (3, (2,))
    assert [(block.kind, block.heading_path, block.page) for block in document.blocks] == [
        (BlockKind.TEXT, ("1 Назначение",), 1),
        (BlockKind.TABLE, ("2 Неисправности", "2.1 Таблица"), 1),
        (BlockKind.TEXT, ("2 Неисправности", "2.1 Таблица"), 1),
        (BlockKind.TEXT, ("3 Обслуживание",), 3),
    ]
    assert document.blocks[0].text == " ".join(["Станция подаёт масло к гидроцилиндрам пресса."] * 6)
    assert document.blocks[1].text == ROWS
    assert document.blocks[3].text == "Меняйте сливной фильтр через каждые 500 часов."


def test_chunks_of_a_pdf_stay_on_their_page_and_tables_whole() -> None:
    chunks = chunk_document(load_document("ns-40.pdf", manual_pdf(), max_bytes=LIMIT))
    assert {chunk.page for chunk in chunks} == {1, 3}
    assert [ROWS in chunk.text for chunk in chunks].count(True) == 1


def test_words_divided_at_the_end_of_a_line_are_whole_again() -> None:
    content = pdf([Paragraph("Гидро-<br/>цилиндр A10VSO-<br/>45 и<br/>1. фильтр", styles()["Normal"])])
    assert load_document("a.pdf", content, max_bytes=LIMIT).blocks[0].text == "Гидроцилиндр A10VSO- 45 и\n1. фильтр"


def test_a_pdf_without_text_is_called_a_scan() -> None:
    with pytest.raises(ScannedDocumentError) as caught:
        load_document("scan.pdf", pages_pdf(3, lambda _: "&nbsp;"), max_bytes=LIMIT)
    assert caught.value.params["pages"] == 3


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    with pytest.raises(TooManyPagesError):
        load_document("long.pdf", pages_pdf(12), max_bytes=LIMIT, max_pages=10)


def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    document = load_document("np-25.docx", manual_word(), max_bytes=LIMIT)
    assert (document.title, document.pages) == ("Насос НП-25", None)
    assert [(block.kind, block.heading_path, block.text) for block in document.blocks] == [
        (BlockKind.TEXT, ("Шум",), "Ровный вой означает кавитацию."),
        (BlockKind.TEXT, ("Шум",), "- Проверьте сетку\n- Проверьте сапун"),
        (BlockKind.TABLE, ("Шум",), "Узел | Давление | Расход\nP-200 | 210 бар | 40 л/мин\nМасло ISO VG 46"),
    ]


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r"])
def test_a_web_page_keeps_what_a_reader_would_see(charset: str) -> None:
    document = load_document("valve.html", MANUAL_HTML.format(charset=charset).encode(charset), max_bytes=LIMIT)
    assert (document.title, document.language) == ("Клапан поёт", "ru")
    assert [(block.kind, block.text) for block in document.blocks] == [
        (BlockKind.TEXT, "Свист тонкий, ровный\nи громкий > 80 дБ"),
        (BlockKind.TEXT, "- износ седла"),
        (BlockKind.TEXT, "- воздух в масле"),
        (BlockKind.TABLE, "Клапан | Настройка\nP-10 | 160 бар"),
        (BlockKind.CODE, "E-217:\n  low suction"),
    ]
    assert document.blocks[-1].heading_path == ("Причины",)


def test_a_page_that_does_not_tell_its_encoding_is_not_guessed_at() -> None:
    with pytest.raises(DocumentEncodingError):
        load_document("valve.html", "<p>Клапан</p>".encode("cp1251"), max_bytes=LIMIT)


def test_what_a_file_is_decides_its_content_not_its_name() -> None:
    assert media_type("pump.txt", manual_pdf()) is MediaType.PDF
    assert media_type("pump.exe", manual_word()) is MediaType.WORD
    assert media_type("pump.txt", b"\xef\xbb\xbf<!doctype HTML><p>x") is MediaType.HTML
    assert media_type("pump.md", b"<div>x</div>") is MediaType.MARKDOWN
    with pytest.raises(MisnamedDocumentError):
        media_type("pump.pdf", b"just words")
    with pytest.raises(UnsupportedDocumentError):
        media_type("table.docx", b"PK\x03\x04....xl/workbook.xml")
