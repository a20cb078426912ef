"""What a question costs beside the model, at a given number of passages.

    python benchmarks/ask.py [--chunks 100000] [--questions 200] [--seed 1] [--json]

Each question of the handbook's evaluation sets (both languages) is put to a made-up library (benchmarks/library.py),
one after the other in one process, first to the baseline, then to the product, then to the product again:

- the baseline embeds the question once and searches FAISS's exact index of all passages once, nothing else;
- the product runs its orchestrator from the question to the finished answer: cache (a real Valkey), embedding, dense
  and lexical search, fusion, the gate, the prompt, the check of citations and figures, the cache again.

Not in it: the chat model (one that answers at once stands in for it), PostgreSQL and Telegram. `ratio_uncached` and
`ratio_cached` are the product's 95th percentiles, at first and at second asking, over the baseline's.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import faiss
import numpy as np
import structlog
from redis.asyncio import Redis

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.lessons import read_lines
from benchmarks.library import Library
from benchmarks.stores import valkey
from benchmarks.telling import tell
from core.clock import utc_now
from core.rag.answers import Answer
from core.rag.archive import save_snapshot
from core.rag.caching import RagCache
from core.rag.embeddings import EmbeddingsProvider, create_provider
from core.rag.holder import SnapshotHolder
from core.rag.llm import ChatMessage, ModelState
from core.rag.orchestrator import RAGOrchestrator
from core.rag.question import question_language
from core.rag.snapshot import build_snapshot
from core.rag.storage import LocalStorageBackend
from core.settings import load_settings

_QUESTIONS = sorted((Path(__file__).resolve().parents[1] / "tests" / "evals").glob("handbook.*.jsonl"))
_WARM_UP = 20
"""Questions asked before the clock starts; they are not asked again."""


class InstantModel:
    """Cites the first two passages at once."""

    name = "instant"
    context_tokens = 8192

    async def state(self) -> ModelState:
        """Ready, always."""
        return ModelState.READY

    async def warm_up(self) -> None:
        """Nothing to load."""

    async def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """Yield a short answer."""
        yield "Check the suction strainer [1], then the oil level [2]."


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000, metavar="N")
    parser.add_argument("--questions", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(measure(options.chunks, options.questions, options.seed))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def measure(chunks: int, count: int, seed: int) -> dict[str, float]:
    """Build the library, ask, and return the figures."""
    provider = create_provider(load_settings())
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalStorageBackend(Path(folder))
        baseline = _index(storage, provider, chunks, seed)
        async with _orchestrator(storage, provider) as orchestrator:
            return await _ask(orchestrator, baseline, provider, _questions(_WARM_UP + count, seed))


def _index(storage: LocalStorageBackend, provider: EmbeddingsProvider, chunks: int, seed: int) -> faiss.IndexFlatIP:
    """Write a version of the index into `storage`, as a rebuild does; return a bare index of the same vectors."""
    library = Library(chunks, provider, seed)
    tell(f"{chunks} passages made")
    snapshot = build_snapshot(library.passages, provider, source=library.vectors)
    save_snapshot(snapshot, storage, 1, created_at=utc_now())
    storage.activate(1)
    bare = faiss.IndexFlatIP(provider.dimension)
    bare.add(snapshot.index.vectors(np.arange(chunks)))
    tell("index built")
    return bare


@asynccontextmanager
async def _orchestrator(storage: LocalStorageBackend, provider: EmbeddingsProvider) -> AsyncIterator[RAGOrchestrator]:
    """Put the chain together as `core/container.py` does, with a Valkey of its own."""
    settings = load_settings()
    holder = SnapshotHolder(storage, lambda: provider, settings.rag.metric)
    with tempfile.TemporaryDirectory() as folder:
        async with valkey(Path(folder)) as url, Redis.from_url(url) as redis:
            cache = RagCache(redis, settings.cache, _unchanged)
            yield RAGOrchestrator(
                holder,
                InstantModel(),
                cache,
                passages=settings.rag.passages,
                concurrency=settings.llm.concurrency,
            )


async def _unchanged() -> str:
    """Stand in for the query that tells whether documents changed: PostgreSQL is not measured here."""
    return ""


def _questions(count: int, seed: int) -> list[str]:
    """Return `count` distinct questions, the languages mixed: numbered anew where the sets are too small."""
    asked = [entry["question"] for file in _QUESTIONS for entry in read_lines(file)]
    order = np.random.default_rng(seed).permutation(len(asked)).tolist()
    rounds = range(-(-count // len(asked)))
    return [asked[n] if not turn else f"{asked[n]} ({turn})" for turn in rounds for n in order][:count]


async def _ask(
    orchestrator: RAGOrchestrator, baseline: faiss.IndexFlatIP, provider: EmbeddingsProvider, questions: list[str]
) -> dict[str, float]:
    bare, uncached, cached = [], [], []
    modes: list[str] = []
    for number, question in enumerate(questions, 1):
        started = time.perf_counter()
        baseline.search(provider.embed_query(question)[np.newaxis], 10)
        bare.append((time.perf_counter() - started) * 1000)
        answer, first = await _timed(_answer(orchestrator, question))
        _, second = await _timed(_answer(orchestrator, question))
        uncached.append(first)
        cached.append(second)
        modes.append(answer.mode)
        if number % 50 == 0:
            tell(f"{number}/{len(questions)} questions asked")
    base, whole, again = (_p95(times[_WARM_UP:]) for times in (bare, uncached, cached))
    return {
        "ratio_uncached": round(whole / base, 3),
        "ratio_cached": round(again / base, 3),
        "p95_ms": round(whole, 1),
        "p95_ms_cached": round(again, 1),
        "p95_ms_bare": round(base, 1),
        "p50_ms": round(float(np.median(uncached[_WARM_UP:])), 1),
        "p50_ms_bare": round(float(np.median(bare[_WARM_UP:])), 1),
        "chunks": baseline.ntotal,
        "questions": len(questions) - _WARM_UP,
        **{mode: modes[_WARM_UP:].count(mode) for mode in sorted(set(modes))},
    }


async def _answer(orchestrator: RAGOrchestrator, question: str) -> Answer:
    language = question_language(question, otherwise="en")
    [answer] = [event async for event in orchestrator.answer(question, language=language) if isinstance(event, Answer)]
    return answer


async def _timed(answering: Awaitable[Answer]) -> tuple[Answer, float]:
    """Return an answer and the milliseconds it took."""
    started = time.perf_counter()
    answer = await answering
    return answer, (time.perf_counter() - started) * 1000


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


if __name__ == "__main__":
    main()
