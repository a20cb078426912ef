"""Documents are read whole or refused with a typed error."""

import pytest

from core.rag.blocks import BlockKind, DocumentEncodingError, DocumentTooLargeError, EmptyDocumentError
from core.rag.loading import UnsafeNameError, language_of, load_document, safe_name
from core.rag.media import UnsupportedDocumentError

LIMIT = 5_000_000

MANUAL = """---
title: "Насосная станция НС-40"
author: somebody
---
<!-- for editors -->

# Насосная станция НС-40

Вводные слова с [ссылкой](http://example.org) и **выделением**.

## Поиск неисправностей

| Признак | Причина |
|---------|---------|
| Шум     | Кавитация |

### Проверки

1. Измерьте *вакуум*.
2. Осмотрите сетку.

```
E-217: low suction
```
"""


def load(text: str | bytes, name: str = "manual.md"):  # type: ignore[no-untyped-def]  # the shape is what tests look at
    return load_document(name, text.encode() if isinstance(text, str) else text, max_bytes=LIMIT)


def test_markdown_keeps_words_and_headings_and_drops_markup() -> None:
    document = load(MANUAL)
    assert (document.title, document.language) == ("Насосная станция НС-40", "ru")
    assert [(block.kind, block.heading_path) for block in document.blocks] == [
        (BlockKind.TEXT, ()),
        (BlockKind.TABLE, ("Поиск неисправностей",)),
        (BlockKind.TEXT, ("Поиск неисправностей", "Проверки")),
        (BlockKind.CODE, ("Поиск неисправностей", "Проверки")),
    ]
    assert document.blocks[0].text == "Вводные слова с ссылкой и выделением."
    assert document.blocks[1].text == "Признак | Причина\nШум | Кавитация"
    assert document.blocks[2].text == "1. Измерьте вакуум.\n2. Осмотрите сетку."
    assert document.blocks[3].text == "E-217: low suction"


def test_title_falls_back_to_the_first_heading_and_then_to_the_name() -> None:
    assert load("# Pump\n\ntext").title == "Pump"
    assert load("text", "shop/pump_noise.md").title == "pump noise"


def test_html_in_markdown_leaves_its_words_only() -> None:
    document = load("<div class='x'>Bleed &amp; fill</div>\n\n<script>alert(1)</script>\n\nDone<br>now")
    assert [block.text for block in document.blocks] == ["Bleed & fill", "Done\nnow"]


def test_plain_text_is_cut_at_blank_lines() -> None:
    assert [block.text for block in load("one\ntwo\n\n\nthree", "notes.txt").blocks] == ["one\ntwo", "three"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_with_a_byte_order_mark_is_read(encoding: str) -> None:
    assert load("Насос шумит".encode(encoding), "a.txt").blocks[0].text == "Насос шумит"


@pytest.mark.parametrize("content", ["Насос шумит".encode("cp1251"), b"\xff\xfe\x00", b"text\x00more", b"\x89PNG\r\n"])
def test_bytes_that_are_not_text_are_refused(content: bytes) -> None:
    with pytest.raises(DocumentEncodingError):
        load(content, "a.txt")


@pytest.mark.parametrize("content", ["", " \n\n\t", "---\ntitle: x\n---\n", "<!-- nothing -->", "\ufeff"])
def test_a_document_without_words_is_refused(content: str) -> None:
    with pytest.raises(EmptyDocumentError):
        load(content)


def test_a_document_over_the_limit_is_refused_and_the_sizes_are_told() -> None:
    with pytest.raises(DocumentTooLargeError) as caught:
        load(b"x" * 10_000_000)
    assert caught.value.params["size_mb"] == 10.0
    assert caught.value.params["limit_mb"] == 5.0


@pytest.mark.parametrize(
    "name",
    [
        "../x.md",
        "a/../../x.md",
        "/etc/x.md",
        "C:x.md",
        "a\\..\\x.md",
        "x\0.md",
        "x\n.md",
        "",
        ".",
        "a\u202e.md",
        "x" * 300,
    ],
)
def test_names_that_could_leave_their_folder_or_deceive_are_refused(name: str) -> None:
    with pytest.raises(UnsafeNameError):
        load(b"text", name)


def test_ordinary_names_are_normalised() -> None:
    assert safe_name(" pumps/./Насос 2.md ") == "pumps/Насос 2.md"


@pytest.mark.parametrize("name", ["a.exe", "README", "a.md.zip"])
def test_files_without_a_loader_are_refused(name: str) -> None:
    with pytest.raises(UnsupportedDocumentError):
        load(b"text", name)


def test_language_is_that_of_most_letters() -> None:
    assert language_of("Клапан A10VSO45 шумит") == "ru"
    assert language_of("The клапан (valve) is noisy") == "en"
    assert language_of("12345") == "en"
