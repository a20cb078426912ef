"""From a question to an answer: retrieve, let the gate decide, then the model, or the passages word for word."""

import time
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing

import structlog

from core.rag.answers import Answer, AnswerEvent, AnswerMode, Delta, Queued, Retrieval, Verdict
from core.rag.grounding import ground
from core.rag.holder import SnapshotHolder
from core.rag.llm import ChatModel, ModelError, ModelState
from core.rag.prompts import Exchange, Prompt, build_prompt
from core.rag.question import in_context
from core.rag.quotes import extract
from core.rag.safety import opens_circuit
from core.rag.waiting import WaitingLine

log = structlog.get_logger(__name__)
_LOOK_BACK = 200
"""Characters of a growing answer, from its end, that are looked at for a step that opens a circuit."""


class UngroundedAnswerError(ModelError):
    """The model answered nothing, or cited none of the passages it was given."""


class RAGOrchestrator:
    """Answers questions from the documents. Whether there is an answer is decided by retrieval, never by the model."""

    def __init__(self, index: SnapshotHolder, model: ChatModel, *, passages: int, concurrency: int) -> None:
        self.model = model
        self._index = index
        self._passages = passages
        self._line = WaitingLine(concurrency)

    async def retrieve(
        self,
        question: str,
        *,
        access: Collection[str] = ("public",),
        passages: int | None = None,
        reader: str | None = None,
        machine: str | None = None,
        names: Collection[str] = (),
    ) -> Retrieval:
        """Return the passages found, and the gate's verdict; `reader`, `machine`, `names`: see `Retriever.search`.

        Raises:
            NothingIndexedError, IndexCorruptError, IndexMismatchError, EmbeddingsUnavailableError
        """
        retriever = await self._index.retriever()
        return await retriever.search(
            question, passages or self._passages, access=access, reader=reader, machine=machine, names=names
        )

    async def answer(
        self,
        question: str,
        *,
        language: str,
        access: Collection[str] = ("public",),
        history: Sequence[Exchange] = (),
        passages: int | None = None,
        fresh: bool = False,
        machine: str | None = None,
        names: Collection[str] = (),
        sensors: Sequence[str] = (),
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Answer `question` in `language` ("en" or "ru") from documents whose access is in `access`.

        The deltas are the model's raw words; the Answer that ends the stream holds the checked text. A question that
        leans on the last one of `history` is searched together with it. `machine` and `names`: see `Retriever.search`;
        `sensors` are statements of that machine's readings, each with its `[S1]`. Close the stream to stop the model.

        Raises:
            as `retrieve`. What the model does wrong raises nothing: the passages are quoted instead.
        """
        watch = _Stopwatch()
        searched = in_context(question, history[-1].question if history else None)
        retrieval = await self.retrieve(
            searched, access=access, passages=passages, reader=language, machine=machine, names=names
        )
        watch.lap("retrieve")
        if retrieval.verdict is Verdict.REFUSE:
            yield _refused(question, language, retrieval, watch)
            return
        if retrieval.verdict is Verdict.PARTIAL:  # passages that may not answer are no ground for a model's words
            yield _extract(question, language, retrieval, watch, degraded=False)
            return
        degraded = False
        if await self.model.state() is ModelState.READY:
            try:
                async with aclosing(self._by_model(question, language, retrieval, history, sensors, watch)) as events:
                    async for event in events:
                        yield event
                return
            except ModelError as error:
                log.warning("the model failed, quoting instead", model=self.model.name, error=str(error))
                degraded = True
        yield _extract(question, language, retrieval, watch, degraded=degraded)

    async def _by_model(
        self,
        question: str,
        language: str,
        retrieval: Retrieval,
        history: Sequence[Exchange],
        sensors: Sequence[str],
        watch: "_Stopwatch",
    ) -> AsyncGenerator[AnswerEvent, None]:
        prompt = build_prompt(
            question,
            retrieval.passages,
            language=language,
            context_tokens=self.model.context_tokens,
            history=history,
            sensors=sensors,
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
                    text += piece
                    latest = text[-_LOOK_BACK:]
                    held = held or opens_circuit(latest) or any(citation in latest for citation in opening)
                    yield Delta(piece, held)
        watch.lap("generate")
        yield self._checked(text, question, language, retrieval, prompt, sensors, watch)

    def _checked(
        self,
        text: str,
        question: str,
        language: str,
        retrieval: Retrieval,
        prompt: Prompt,
        sensors: Sequence[str],
        watch: "_Stopwatch",
    ) -> Answer:
        passages = [scored.passage.text for scored in prompt.passages]
        grounded = ground(text, passages, question=question, sensors=sensors)
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
            question=question,
            language=language,
            mode=AnswerMode.MODEL,
            text=grounded.text,
            passages=prompt.passages,
            citations=grounded.citations,
            unverified=grounded.unverified,
            model=self.model.name,
            index_version=retrieval.index_version,
            timings_ms=watch.total(retrieval),
        )


def _refused(question: str, language: str, retrieval: Retrieval, watch: "_Stopwatch") -> Answer:
    return Answer(
        question=question,
        language=language,
        mode=AnswerMode.REFUSAL,
        text="",
        refusal=retrieval.refusal,
        index_version=retrieval.index_version,
        timings_ms=watch.total(retrieval),
    )


def _extract(question: str, language: str, retrieval: Retrieval, watch: "_Stopwatch", *, degraded: bool) -> Answer:
    text, passages, quoted = extract(retrieval.passages, question)
    return Answer(
        question=question,
        language=language,
        mode=AnswerMode.EXTRACTIVE,
        text=text,
        passages=passages,
        citations=tuple(range(1, quoted + 1)),
        refusal=retrieval.refusal,
        index_version=retrieval.index_version,
        degraded=degraded,
        timings_ms=watch.total(retrieval),
    )


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

    def total(self, retrieval: Retrieval) -> dict[str, float]:
        """Return all steps, those inside retrieval too, and the whole."""
        return {**retrieval.timings_ms, **self._laps, "total": _ms(time.monotonic() - self._started)}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
