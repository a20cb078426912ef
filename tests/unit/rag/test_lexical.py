"""BM25 as the library bm25s computes it, over postings that are stored and revised text by text."""

from pathlib import Path

import bm25s
import numpy as np
import pytest

from core.rag.lexical import LexicalIndex
from core.rag.postings import Postings
from core.rag.tokens import terms

TEXTS = [
    "The pump whines: cavitation. Check the suction strainer of the pump.",
    "Насос воет: кавитация. Проверьте фильтр на всасывании.",
    "",
    "A10VSO45 error E-217: swashplate sensor",
    "ISO 4406 18/16/13 for servo valves, 2,5 bar",
]
MORE = ["Насос воет на холодном масле", "pump pump pump E-217"]
QUERIES = ["pump", "насос воет", "E-217 sensor", "cavitation pump pump", "nothing of that"]


def agree(one: LexicalIndex, other: LexicalIndex) -> None:
    assert len(one) == len(other)
    for query in QUERIES:
        assert one.scores(terms(query)) == pytest.approx(other.scores(terms(query)), abs=1e-6)
        assert [one.rarity(term) for term in terms(query)] == [other.rarity(term) for term in terms(query)]


def test_scores_are_those_of_bm25s() -> None:
    vocabulary: dict[str, int] = {}
    documents = [[vocabulary.setdefault(term, len(vocabulary)) for term in terms(text)] for text in TEXTS]
    oracle = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    oracle.index((documents, vocabulary), create_empty_token=False, show_progress=False)
    index = LexicalIndex.of(TEXTS, terms)
    for query in QUERIES:
        ids = [vocabulary[term] for term in terms(query) if term in vocabulary]
        expected = oracle.get_scores_from_ids(ids) if ids else np.zeros(len(TEXTS))
        assert index.scores(terms(query)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("rows", "new"),
    [([0, 1, 2, 3, 4], []), ([4, -1, 0, 0, -1], MORE), ([-1, -1], MORE), ([], []), ([2], []), ([3], [])],
)
def test_revised_postings_are_those_counted_afresh(rows: list[int], new: list[str]) -> None:
    added = iter(new)
    texts = [TEXTS[row] if row >= 0 else next(added) for row in rows]
    revised = Postings.count(TEXTS, terms).revised(np.array(rows, dtype=np.int64), new, terms)
    fresh = Postings.count(texts, terms)
    assert sorted(revised.vocabulary) == sorted(fresh.vocabulary)
    agree(LexicalIndex(revised), LexicalIndex(fresh))


@pytest.mark.parametrize("texts", [TEXTS, [""], []])
def test_saved_postings_read_back(texts: list[str], tmp_path: Path) -> None:
    Postings.count(texts, terms).save(tmp_path / "lexical.npz")
    agree(LexicalIndex(Postings.load(tmp_path / "lexical.npz")), LexicalIndex.of(texts, terms))


def test_a_text_without_terms_changes_nothing_for_others() -> None:
    assert not LexicalIndex.of(["", ""], terms).scores(["pump"]).any()
    assert not LexicalIndex.of(TEXTS, terms).knows("hose")
