"""How a large index is searched, and what it costs to bring an index up to date.

    python benchmarks/index.py [--vectors 1000000] [--passages 2000] [--questions 200] [--seed 1] [--json]

Searching. `--vectors` vectors of the embedding model's dimension are drawn around the passages of the demonstration
handbook: each subject is a mixture of three passages in one language, each vector a subject and steps along differences
between real passages (subjects of some fifty passages each; as hard to search as real sentences, see `_WAYS`). With
`--uniform` they are spread evenly over the sphere, as no texts are: clusters mean nothing there, and recall shows it.
The questions are the real ones of tests/evals, embedded by the model; how many clusters a search visits is measured
before, on sentences of the handbook, as the product does on its passages. `recall_at_10` is the share
of the ten nearest (of an exact search of the same vectors) that the product's index returns, `speedup_p95` the 95th
percentile of an exact FAISS search (`IndexFlatIP`, one question at a time) over that of the product's search, scoring
candidates again included.

Bringing up to date. `--passages` passages are really embedded, counted, written with checksums and put to use as a
first version; then one document in a hundred changes, and the next version is made: the one before is read, what
changed is embedded, all is written. `rebuild_ratio_1pct` is the second time over the first, nothing estimated.
PostgreSQL is not in it. `index_ratio_1pct` is the same ratio for the index of `--vectors` vectors alone, without any
embedding: that takes hours at a million, in full builds, so the index hardly matters beside it.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import faiss as faiss_untyped
import numpy as np
import structlog

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any

from benchmarks.lessons import read_lines
from benchmarks.library import Library
from benchmarks.telling import tell
from core.clock import utc_now
from core.rag.answers import Passage
from core.rag.archive import read_snapshot, save_snapshot
from core.rag.chunking import passage_hash
from core.rag.clusters import Asked, Earlier, HalfVectors, IndexKind, build_index, load_index
from core.rag.embeddings import EmbeddingsProvider, Vectors, create_provider
from core.rag.probing import SAMPLE, sentences_asked
from core.rag.snapshot import EXACT_UP_TO, Snapshot, build_snapshot
from core.rag.storage import LocalStorageBackend
from core.rag.vector_index import BLOCK, Nearest
from core.rag.vectors import read_vectors
from core.settings import load_settings
from demo.seed import HANDBOOK_VECTORS
from demo.vectors import handbook_passages

faiss: Any = faiss_untyped

_QUESTIONS = sorted((Path(__file__).resolve().parents[1] / "tests" / "evals").glob("handbook.*.jsonl"))
_SUBJECT = 50
"""Vectors around one subject, on average."""
_MIXED = 3
"""Passages that make up a subject."""
_WAYS = 32
"""Directions in which passages on one subject differ. With so many the vectors have a local dimension (Levina & Bickel
2004, ten neighbours) of 14 among themselves and 20 in a sample of 1200; 1200 sentences of XQuAD have 14."""
_NOISE = 0.7
"""Spread around a subject, in spreads of real passages."""
_CHANGED = 100
"""One document in so many changes."""


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--passages", type=int, default=2_000, metavar="N")
    parser.add_argument("--questions", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--uniform", action="store_true", help="evenly spread vectors and questions; only search")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    provider = create_provider(load_settings())
    asked: Asked = partial(sentences_asked, [one.text for one in handbook_passages()], provider, options.seed)
    if options.uniform:
        asked = partial(_uniform_questions, provider.dimension, options.seed + 2)
        vectors = _uniform(options.vectors, provider.dimension, options.seed)
        questions = _uniform(options.questions, provider.dimension, options.seed + 1).astype(np.float32)
    else:
        vectors = _many(options.vectors, options.seed)
        questions = _embedded(provider, options.questions, options.seed)
    tell(f"{len(vectors)} vectors made")
    with tempfile.TemporaryDirectory() as folder:
        figures = searching(vectors, questions, asked, options.seed, folder)
    if not options.uniform:
        with tempfile.TemporaryDirectory() as folder:
            figures |= updating(options.passages, provider, options.seed, folder)
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


def searching(vectors: HalfVectors, questions: Vectors, asked: Asked, seed: int, folder: str) -> dict[str, Any]:
    """Build, search and revise an index of `vectors`."""
    size = len(vectors)
    kept: list[tuple[Nearest, IndexKind]] = []
    build_s = _seconds(lambda: _built(vectors, asked, folder, kept))
    index, kind = kept.pop()
    tell(f"index built in {build_s:.0f} s: {kind}")
    exact = faiss.IndexFlatIP(vectors.shape[1])
    for start in range(0, size, BLOCK):
        exact.add(vectors[start : start + BLOCK].astype(np.float32))
    hits, exact_ms, ours_ms = _compared(index, exact, questions)
    del exact
    tell("searched")
    revise_s = _seconds(lambda: _revised(vectors, kind, folder, seed))
    return {
        "recall_at_10": round(hits, 4),
        "speedup_p95": round(exact_ms / ours_ms, 1),
        "p95_ms": round(ours_ms, 2),
        "p95_ms_exact": round(exact_ms, 1),
        "vectors": size,
        "dimension": int(vectors.shape[1]),
        "questions": len(questions),
        "clusters": kind.clusters,
        "probes": kind.probes,
        "directions": kind.directions,
        "build_s": round(build_s, 1),
        "index_ratio_1pct": round(revise_s / build_s, 3),
    }


def _many(size: int, seed: int) -> HalfVectors:
    """Return `size` vectors of length 1 that lie as texts do, in half precision as the product keeps them."""
    random = np.random.default_rng(seed)
    passages = handbook_passages()
    known = read_vectors(HANDBOOK_VECTORS, create_provider(load_settings()), [passage_hash(one) for one in passages])
    real = np.array([known[passage_hash(one)] for one in passages])
    languages = np.array([one.language for one in passages])
    picks = [np.flatnonzero(languages == language) for language in np.unique(languages)]
    count = max(1, size // _SUBJECT)
    chosen = np.array([random.choice(picks[n % len(picks)], _MIXED + 2 * _WAYS) for n in range(count)])
    shares = random.dirichlet(np.ones(_MIXED), count)
    vectors = np.empty((size, real.shape[1]), dtype=np.float16)
    for start in range(0, size, BLOCK):
        rows = np.arange(min(BLOCK, size - start))[:, np.newaxis]
        subject = random.integers(count, size=len(rows))
        steps = random.standard_normal((len(rows), _WAYS)) * (_NOISE / np.sqrt(2 * _WAYS))
        weights = np.zeros((len(rows), len(real)), dtype=np.float32)
        np.add.at(weights, (rows, chosen[subject]), np.hstack([shares[subject], steps, -steps]))
        vectors[start : start + len(rows)] = _normalised(weights @ real)
    return vectors


def _uniform(size: int, dimension: int, seed: int) -> HalfVectors:
    """Return `size` vectors spread evenly over the sphere: nothing is near to anything, and clusters mean nothing."""
    random = np.random.default_rng(seed)
    vectors = np.empty((size, dimension), dtype=np.float16)
    for start in range(0, size, BLOCK):
        rows = min(BLOCK, size - start)
        vectors[start : start + rows] = _normalised(random.standard_normal((rows, dimension), dtype=np.float32))
    return vectors


def _uniform_questions(dimension: int, seed: int) -> Vectors:
    return _uniform(SAMPLE, dimension, seed).astype(np.float32)


def _normalised(vectors: Vectors) -> Vectors:
    normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised


def _built(vectors: Any, asked: Asked, folder: str, kept: list[tuple[Nearest, IndexKind]]) -> None:
    kept.append(build_index(vectors, "ip", EXACT_UP_TO, asked=asked))
    kept[0][0].save(Path(folder))


def _revised(vectors: Any, kind: IndexKind, folder: str, seed: int) -> None:
    """Read the index, make the next one, and write it."""
    files = {path.name: path for path in Path(folder).iterdir()}
    rows = np.arange(len(vectors))
    rows[np.random.default_rng(seed).choice(len(rows), len(rows) // _CHANGED, replace=False)] = -1
    index, _ = build_index(vectors, "ip", EXACT_UP_TO, Earlier(load_index(files, kind), rows))
    with tempfile.TemporaryDirectory() as other:
        index.save(Path(other))


def _compared(index: Nearest, exact: Any, questions: Vectors) -> tuple[float, float, float]:
    """Return recall@10 and the 95th percentiles of both searches, in milliseconds."""
    hits, slow, fast = 0, [], []
    for question in questions:
        started = time.perf_counter()
        _, right = exact.search(question[np.newaxis], 10)
        slow.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        found, _ = index.search(question, 10)
        fast.append((time.perf_counter() - started) * 1000)
        hits += len(np.intersect1d(found, right[0]))
    return hits / (10 * len(questions)), float(np.percentile(slow, 95)), float(np.percentile(fast, 95))


def updating(size: int, provider: EmbeddingsProvider, seed: int, folder: str) -> dict[str, Any]:
    """Build a library, change one document in a hundred, and build again."""
    passages = Library(size, provider, seed).passages
    storage = LocalStorageBackend(Path(folder))
    provider.embed_query("warm up")
    full_s = _seconds(lambda: _version(1, passages, provider, storage))
    tell(f"{size} passages built in {full_s:.0f} s")
    changed, documents = _edited(passages)
    again_s = _seconds(lambda: _version(2, changed, provider, storage))
    return {
        "rebuild_ratio_1pct": round(again_s / full_s, 4),
        "full_s": round(full_s, 1),
        "rebuild_s": round(again_s, 2),
        "passages": size,
        "documents_changed": documents,
    }


def _edited(passages: Sequence[Passage]) -> tuple[list[Passage], int]:
    """Change every passage of one document in a hundred, at least of one."""
    names = sorted({passage.document for passage in passages})
    edited = set(names[:: max(1, min(_CHANGED, len(names)))])
    return [replace(one, text=f"{one.text} Rev. 2") if one.document in edited else one for one in passages], len(edited)


def _version(
    number: int, passages: Sequence[Passage], provider: EmbeddingsProvider, storage: LocalStorageBackend
) -> None:
    before: Snapshot | None = read_snapshot(storage, number - 1) if number > 1 else None
    snapshot = build_snapshot(passages, provider, previous=before)
    save_snapshot(snapshot, storage, number, created_at=utc_now())
    storage.activate(number)


def _embedded(provider: EmbeddingsProvider, count: int, seed: int) -> Vectors:
    asked = [entry["question"] for file in _QUESTIONS for entry in read_lines(file)]
    picked = np.random.default_rng(seed).permutation(len(asked))[:count]
    return np.array([provider.embed_query(asked[number]) for number in picked.tolist()])


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
