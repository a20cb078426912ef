"""Markdown becomes entities that Telegram accepts, in pieces that fit and lose nothing."""

import pytest
from aiogram.types import MessageEntity
from hypothesis import given
from hypothesis import strategies as st

from bot.formatting import Formatted, escape, render, split


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _covered(message: Formatted, entity: MessageEntity) -> str:
    raw = message.text.encode("utf-16-le")
    return raw[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def test_entities_count_utf_16_units() -> None:
    message = render("🔥🔥 **насос** и `p = 210 bar`")
    assert [(e.type, _covered(message, e)) for e in message.entities] == [("bold", "насос"), ("code", "p = 210 bar")]


def test_headings_lists_and_tables_read_without_markup() -> None:
    message = render("# Causes\n\n- air\n- water\n\n| p | bar |\n|---|---|\n| 1 | 210 |")
    assert message.text.startswith("Causes\n\n• air\n• water")
    assert "210" in message.text
    assert "pre" in {entity.type for entity in message.entities}


@pytest.mark.parametrize(
    "broken", ["**bold", "`code", "```\nblock", "[link](", "_a *b_ c*", "> ", "|a|", "\\", "<b", "&#0;"]
)
def test_broken_markdown_never_raises(broken: str) -> None:
    assert isinstance(render(broken).text, str)


@pytest.mark.parametrize("text", ["snake_case_name", "5 * 3 * 2", "[1] a < b > c", "# not a heading", "1. x", "~~|`"])
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert render(escape(text)) == Formatted(text)


def test_pieces_end_at_paragraphs() -> None:
    text = "\n\n".join(f"{number} " + "слово " * 30 for number in range(10))
    pieces = split(Formatted(text), 400)
    assert all(piece.text[0].isdigit() for piece in pieces)


@given(st.text(alphabet=st.sampled_from("ab я🔥\n.👨‍👩‍👧"), max_size=400), st.integers(2, 50))
def test_pieces_fit_and_lose_nothing_but_white_space(text: str, limit: int) -> None:
    pieces = split(Formatted(text), limit)
    assert all(0 < _units(piece.text) <= limit for piece in pieces)
    assert "".join("".join(piece.text.split()) for piece in pieces) == "".join(text.split())


@given(st.text(alphabet=st.sampled_from("ab🔥 \n"), min_size=1, max_size=200), st.data(), st.integers(2, 40))
def test_entities_are_cut_with_their_text(text: str, data: st.DataObject, limit: int) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    whole = MessageEntity(type="bold", offset=_units(text[:start]), length=_units(text[start:end]))
    pieces = split(Formatted(text, (whole,)), limit)
    assert all(e.offset + e.length <= _units(piece.text) for piece in pieces for e in piece.entities)
    bold = "".join(_covered(piece, entity) for piece in pieces for entity in piece.entities)
    assert "".join(bold.split()) == "".join(text[start:end].split())
