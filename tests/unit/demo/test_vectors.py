"""The shipped vectors are those of the handbook as it is cut today."""

from pathlib import Path

import numpy as np

from core.rag.chunking import embedded_text, passage_hash
from core.rag.embeddings import EmbeddingsProvider
from core.rag.vectors import VectorShelf, read_vectors, write_vectors
from demo.seed import HANDBOOK_VECTORS
from demo.vectors import handbook_passages
from tests.fakes.embeddings import WordEmbeddings

REMEDY = "the handbook or the chunker has changed: run `python -m demo.vectors`"


def test_every_passage_of_the_handbook_has_a_vector(provider: EmbeddingsProvider) -> None:
    wanted = {passage_hash(passage) for passage in handbook_passages()}
    assert read_vectors(HANDBOOK_VECTORS, provider, wanted).keys() == wanted, REMEDY
    assert HANDBOOK_VECTORS.stat().st_size < 400_000


def test_shipped_vectors_agree_with_the_model(provider: EmbeddingsProvider) -> None:
    some = handbook_passages()[::100]
    shipped = read_vectors(HANDBOOK_VECTORS, provider, {passage_hash(p) for p in some})
    fresh = provider.embed_passages([embedded_text(p.title, p.section, p.text) for p in some])
    cosines = [float(shipped[passage_hash(p)] @ row) for p, row in zip(some, fresh, strict=True)]
    assert min(cosines) > 0.999, REMEDY


def test_vectors_of_another_model_and_damaged_files_are_not_used(tmp_path: Path) -> None:
    ours, other = WordEmbeddings(), WordEmbeddings(name="other/words")
    digest = "ab" * 32
    shelf = VectorShelf(tmp_path / "shelf")
    assert shelf.find(ours, {digest}) == {}
    for name, provider in (("ours", ours), ("other", other)):
        file = tmp_path / f"{name}.npz"
        write_vectors(file, provider, {digest: provider.embed_query(name)})
        shelf.put(file)
    (tmp_path / "shelf" / "damaged.npz").write_bytes(b"PK damaged")
    found = shelf.find(ours, {digest, "cd" * 32})
    assert found.keys() == {digest}
    assert np.allclose(found[digest], ours.embed_query("ours"), atol=1e-3)
