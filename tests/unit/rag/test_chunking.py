"""Chunks follow a document's structure, fit the embedding window and keep their names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rag.blocks import Block, BlockKind, LoadedDocument
from core.rag.chunking import (
    MAX_TABLE_TOKENS,
    MAX_TOKENS,
    approximate_tokens,
    chunk_document,
    embedded_text,
    passage_hash,
    to_passage,
)
from core.rag.loading import load_document


def document(*blocks: Block) -> LoadedDocument:
    return LoadedDocument("a.md", "A", "en", blocks)


def paragraph(words: int, *path: str) -> Block:
    return Block(BlockKind.TEXT, " ".join(f"word{number}" for number in range(words)) + ".", path)


def test_sections_stay_apart_when_they_are_long_enough() -> None:
    chunks = chunk_document(document(paragraph(100, "One"), paragraph(100, "Two")))
    assert [chunk.heading_path for chunk in chunks] == [("One",), ("Two",)]


@pytest.mark.parametrize("heading", ["Sources", "Источники", "References:"])
def test_a_list_of_references_stays_apart_from_what_it_supports(heading: str) -> None:
    chunks = chunk_document(document(paragraph(5, "Remedy"), paragraph(5, heading)))
    assert [chunk.heading_path for chunk in chunks] == [("Remedy",), (heading,)]


def test_of_many_joined_sections_the_first_and_the_last_are_named() -> None:
    chunks = chunk_document(document(*(paragraph(5, "Checks", name) for name in ("A", "B", "C", "D"))))
    assert [chunk.heading_path for chunk in chunks] == [("Checks", "A … D")]


def test_small_sections_join_their_siblings_and_keep_their_headings_in_the_text() -> None:
    chunks = chunk_document(document(paragraph(5, "Checks", "Level"), paragraph(5, "Checks", "Strainer")))
    assert [chunk.heading_path for chunk in chunks] == [("Checks", "Level / Strainer")]
    assert chunks[0].text.startswith("Level\nword0")
    assert "\n\nStrainer\nword0" in chunks[0].text


def test_a_long_paragraph_is_cut_at_sentences_and_no_word_is_lost() -> None:
    sentences = [f"Sentence number {number} tells something about the pump." for number in range(120)]
    text = " ".join(sentences)
    chunks = chunk_document(document(Block(BlockKind.TEXT, text, ("S",))))
    assert len(chunks) > 1
    assert all(approximate_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)
    assert all(chunk.text.endswith("pump.") for chunk in chunks)
    assert " ".join(chunk.text for chunk in chunks).split() == text.split()


def test_a_table_stays_whole_and_a_huge_one_repeats_its_header() -> None:
    rows = [f"fault {number} | cause {number}" for number in range(100)]
    small = chunk_document(document(Block(BlockKind.TABLE, "\n".join(["Fault | Cause", *rows]))))
    assert len(small) == 1
    many = [f"fault {number} | cause {number}" for number in range(2000)]
    huge = chunk_document(document(Block(BlockKind.TABLE, "\n".join(["Fault | Cause", *many]))))
    assert len(huge) > 1
    assert all(chunk.text.startswith("Fault | Cause\n") for chunk in huge)
    assert all(approximate_tokens(chunk.text) <= MAX_TABLE_TOKENS for chunk in huge)


def test_a_word_of_a_megabyte_is_cut_too() -> None:
    chunks = chunk_document(document(Block(BlockKind.TEXT, "x" * 100_000)))
    assert all(approximate_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "x" * 100_000


def test_ids_are_stable_and_depend_on_document_and_text_only() -> None:
    first = load_document(
        "a.md", b"# T\n\n## One\n\n" + b"alpha " * 100 + b"\n\n## Two\n\n" + b"beta " * 100, max_bytes=9999
    )
    changed = load_document(
        "a.md", b"# T\n\n## New\n\n" + b"gamma " * 100 + b"\n\n## Two\n\n" + b"beta " * 100, max_bytes=9999
    )
    ids = [chunk.id for chunk in chunk_document(first)]
    assert ids == [chunk.id for chunk in chunk_document(first)]
    assert ids[1] == chunk_document(changed)[1].id
    assert ids[0] != chunk_document(changed)[0].id


def test_equal_passages_of_one_document_have_ids_of_their_own() -> None:
    blocks = [paragraph(100, "A"), paragraph(100, "B"), paragraph(100, "A")]
    chunks = chunk_document(document(*blocks))
    assert len({chunk.id for chunk in chunks}) == 3


def test_what_is_embedded_is_title_section_and_text() -> None:
    chunk = chunk_document(document(paragraph(100, "Pump", "Noise")))[0]
    passage = to_passage(chunk, document="a.md", title="A")
    assert passage.section == "Pump › Noise"
    assert embedded_text(passage.title, passage.section, passage.text).startswith("A\nPump › Noise\nword0")
    assert passage_hash(passage) == chunk.text_hash


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=3000))
def test_any_text_gives_chunks_in_order_within_the_limit(text: str) -> None:
    chunks = chunk_document(document(Block(BlockKind.TEXT, text.strip() or "x")))
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(approximate_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)
