"""From a question to an answer: retrieve, let the gate decide, then the model, or the passages word for word."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import structlog

from core.errors import HydrodiagError
from core.metrics import FIRST_TOKEN_SECONDS, RETRIEVAL_SECONDS
from core.rag.answers import Answer, AnswerEvent, AnswerMode, Delta, Queued, Retrieval, Verdict
from core.rag.caching import RagCache, answer_key, keep_answer, keep_retrieval, kept_answer, kept_retrieval
from core.rag.grounding import ground
from core.rag.holder import SnapshotHolder
from core.rag.llm import ChatModel, ModelError, ModelState
from core.rag.prompts import Exchange, Prompt, build_prompt
from core.rag.question import in_context
from core.rag.quotes import extract
from core.rag.readership import PUBLIC, Readership
from core.rag.retrieval import Retriever, Search
from core.rag.safety import opens_circuit
from core.rag.waiting import WaitingLine
from core.telemetry import span

log = structlog.get_logger(__name__)
_LOOK_BACK = 200
"""Characters of a growing answer, from its end, that are looked at for a step that opens a circuit."""


class UngroundedAnswerError(ModelError):
    """The model answered nothing, or cited none of the passages it was given."""


class RAGOrchestrator:
    """Answers questions from the documents. Whether there is an answer is decided by retrieval, never by the model."""

    def __init__(
        self, index: SnapshotHolder, model: ChatModel, cache: RagCache, *, passages: int, concurrency: int
    ) -> None:
        self.model = model
        self._index = index
        self._cache = cache
        self._passages = passages
        self._line = WaitingLine(concurrency)

    async def warm_up(self) -> None:
        """Load the index, the embedding model and the chat model before somebody waits for them."""
        try:
            retriever = await self._index.retriever()
            await retriever.embed([self.model.name])
        except HydrodiagError as error:
            log.warning("the index can't be warmed up", error=str(error))
        await self.model.warm_up()

    async def retrieve(
        self,
        question: str,
        *,
        readership: Readership = PUBLIC,
        passages: int | None = None,
        reader: str | None = None,
        machine: str | None = None,
        names: Collection[str] = (),
    ) -> Retrieval:
        """Return the passages found, and the gate's verdict; `reader`, `machine`, `names`: see `Search`.

        Raises:
            NothingIndexedError, IndexCorruptError, IndexMismatchError, EmbeddingsUnavailableError
        """
        search = Search(question, passages or self._passages, readership, reader, machine, tuple(names))
        retriever = await self._index.retriever()
        return await self._search(search, retriever, await self._cache.search_key(search, retriever))

    async def _search(self, search: Search, retriever: Retriever, key: str, *, fresh: bool = False) -> Retrieval:
        async with self._cache.turn(self._cache.searches, key, fresh=fresh) as turn:
            if (kept := kept_retrieval(turn, search.question)) is not None:
                return kept
            with RETRIEVAL_SECONDS.time(), span("retrieval"):
                found = await retriever.search(search, partial(self._cache.vectors, retriever))
            await keep_retrieval(turn, found)
            return found

    async def answer(
        self,
        question: str,
        *,
        language: str,
        readership: Readership = PUBLIC,
        history: Sequence[Exchange] = (),
        passages: int | None = None,
        fresh: bool = False,
        machine: str | None = None,
        names: Collection[str] = (),
        sensors: Sequence[str] = (),
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Answer `question` in `language` ("en" or "ru") from what the `readership` may read.

        The deltas are the model's raw words; the Answer that ends the stream holds the checked text. A question that
        leans on the last one of `history` is searched together with it. `machine` and `names`: see `Search`;
        `sensors` are statements of that machine's readings, each with its `[S1]`. Close the stream to stop the model.

        What the model said to the same question before, alone and without readings, it need not say again, unless the
        answer is to be `fresh`; whoever asks while it is being said waits for it.

        Raises:
            as `retrieve`. What the model does wrong raises nothing: the passages are quoted instead.
        """
        watch = _Stopwatch()
        searched = in_context(question, history[-1].question if history else None)
        search = Search(searched, passages or self._passages, readership, language, machine, tuple(names))
        asked = _Asked(question, language, tuple(history), tuple(sensors))
        retriever = await self._index.retriever()
        found_at = await self._cache.search_key(search, retriever)
        find = partial(self._search, search, retriever, found_at, fresh=fresh)
        if sensors or searched != question:
            async with aclosing(self._work_out(asked, find, watch)) as events:
                async for event in events:
                    yield event
            return
        key = answer_key(found_at, self.model, language)
        if self._cache.busy(self._cache.answers, key):
            yield Queued(1)
        async with self._cache.turn(self._cache.answers, key, fresh=fresh) as turn:
            if (kept := kept_answer(turn, question)) is not None:
                watch.lap("cache")
                yield replace(kept, cache_key=key, timings_ms=watch.total())
                return
            async with aclosing(self._work_out(asked, find, watch)) as events:
                async for event in events:
                    if isinstance(event, Answer) and event.mode is AnswerMode.MODEL and not history:
                        await keep_answer(turn, event)
                        event = replace(event, cache_key=key)
                    yield event

    async def remember_given(self, answer: Answer, query_id: int) -> None:
        """Remember who was given `answer`, should they say that it is bad."""
        if answer.cache_key is not None:
            await self._cache.remember_given(answer.cache_key, query_id)

    async def disown(self, query_id: int) -> None:
        """Never give the answer to that question to anybody again."""
        await self._cache.disown(query_id)

    async def _work_out(
        self, asked: "_Asked", find: Callable[[], Awaitable[Retrieval]], watch: "_Stopwatch"
    ) -> AsyncGenerator[AnswerEvent, None]:
        retrieval = await find()
        watch.lap("retrieve")
        if retrieval.verdict is Verdict.REFUSE:
            yield _refused(asked, retrieval, watch)
            return
        if retrieval.verdict is Verdict.PARTIAL:  # passages that may not answer are no ground for a model's words
            yield _extract(asked, retrieval, watch, degraded=False)
            return
        degraded = False
        if await self.model.state() is ModelState.READY:
            try:
                async with aclosing(self._by_model(asked, retrieval, watch)) as events:
                    async for event in events:
                        yield event
                return
            except ModelError as error:
                log.warning("the model failed, quoting instead", model=self.model.name, error=str(error))
                degraded = True
        yield _extract(asked, retrieval, watch, degraded=degraded)

    async def _by_model(
        self, asked: "_Asked", retrieval: Retrieval, watch: "_Stopwatch"
    ) -> AsyncGenerator[AnswerEvent, None]:
        prompt = build_prompt(
            asked.question,
            retrieval.passages,
            language=asked.language,
            context_tokens=self.model.context_tokens,
            history=asked.history,
            sensors=asked.sensors,
        )
        if left_out := len(retrieval.passages) - len(prompt.passages):
            log.warning("passages don't fit the context window", left_out=left_out, num_ctx=self.model.context_tokens)
        if not prompt.passages:
            raise ModelError(f"no passage fits a window of {self.model.context_tokens} tokens")
        async with self._line.join() as positions:
            async for position in positions:
                yield Queued(position)
            watch.lap("wait")
            text = ""
            opening = [f"[{n}]" for n, scored in enumerate(prompt.passages, 1) if opens_circuit(scored.passage.text)]
            held = False
            async with aclosing(self.model.stream(prompt.messages)) as pieces:
                async for piece in pieces:
                    if not text:
                        watch.lap("first_token")
                        FIRST_TOKEN_SECONDS.observe(watch.elapsed_s())
                    text += piece
                    latest = text[-_LOOK_BACK:]
                    held = held or opens_circuit(latest) or any(citation in latest for citation in opening)
                    yield Delta(piece, held)
        watch.lap("generate")
        yield self._checked(text, asked, retrieval, prompt, watch)

    def _checked(self, text: str, asked: "_Asked", retrieval: Retrieval, prompt: Prompt, watch: "_Stopwatch") -> Answer:
        passages = [scored.passage.text for scored in prompt.passages]
        grounded = ground(text, passages, question=asked.question, sensors=asked.sensors)
        if grounded.invented or grounded.unverified or grounded.dropped:
            log.warning(
                "answer corrected",
                invented=grounded.invented,
                unverified=grounded.unverified,
                dropped=len(grounded.dropped),
            )
        if not grounded.citations and not grounded.sensors:
            raise UngroundedAnswerError(f"{self.model.name} cited neither passage nor sensor")
        return Answer(
            question=asked.question,
            language=asked.language,
            mode=AnswerMode.MODEL,
            text=grounded.text,
            passages=prompt.passages,
            citations=grounded.citations,
            unverified=grounded.unverified,
            model=self.model.name,
            index_version=retrieval.index_version,
            timings_ms=watch.total(retrieval.timings_ms),
        )


def _refused(asked: "_Asked", retrieval: Retrieval, watch: "_Stopwatch") -> Answer:
    return Answer(
        question=asked.question,
        language=asked.language,
        mode=AnswerMode.REFUSAL,
        text="",
        refusal=retrieval.refusal,
        index_version=retrieval.index_version,
        timings_ms=watch.total(retrieval.timings_ms),
    )


def _extract(asked: "_Asked", retrieval: Retrieval, watch: "_Stopwatch", *, degraded: bool) -> Answer:
    text, passages, quoted = extract(retrieval.passages, asked.question)
    return Answer(
        question=asked.question,
        language=asked.language,
        mode=AnswerMode.EXTRACTIVE,
        text=text,
        passages=passages,
        citations=tuple(range(1, quoted + 1)),
        refusal=retrieval.refusal,
        index_version=retrieval.index_version,
        degraded=degraded,
        timings_ms=watch.total(retrieval.timings_ms),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the model is asked."""

    question: str
    language: str
    history: tuple[Exchange, ...]
    sensors: tuple[str, ...]


class _Stopwatch:
    """Milliseconds of each step."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End the step `name`."""
        now = time.monotonic()
        self._laps[name] = _ms(now - self._last)
        self._last = now

    def elapsed_s(self) -> float:
        """Return the seconds since the question."""
        return time.monotonic() - self._started

    def total(self, inside: Mapping[str, float] = MappingProxyType({})) -> dict[str, float]:
        """Return all steps, those `inside` another too, and the whole."""
        return {**inside, **self._laps, "total": _ms(self.elapsed_s())}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
