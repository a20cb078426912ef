"""The chat model: a protocol, and Ollama behind it through langchain-ollama."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import httpx
import structlog
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from ollama import ResponseError

from core.errors import UnavailableError
from core.rag.think import ThinkFilter
from core.settings import LlmSettings

if TYPE_CHECKING:
    from langchain_ollama import ChatOllama

log = structlog.get_logger(__name__)

ANSWER_TOKENS = 1024
"""Tokens of the context window kept free for the answer, and the longest answer."""
_TEMPERATURE = 0.1
_STATE_LIFETIME_S = 5.0
_CUT_MARK = "…"
_FAILURES = (ResponseError, httpx.HTTPError, ConnectionError, ValueError)  # ValueError: a line that is not JSON


class ModelError(UnavailableError):
    """The chat model failed while it answered."""

    key = "error-model"


class ModelTimeoutError(ModelError):
    """The chat model took longer than its budget."""

    key = "error-model-timeout"


class ModelState(StrEnum):
    """Whether a model can answer now."""

    READY = "ready"
    MISSING = "missing"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a conversation with the model."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """Something that continues a conversation."""

    @property
    def name(self) -> str:
        """The model, as its server names it."""
        ...

    @property
    def context_tokens(self) -> int:
        """Tokens that the messages and the answer may take together."""
        ...

    async def state(self) -> ModelState:
        """Tell whether the model can answer now; cheap enough to ask before every question."""
        ...

    async def warm_up(self) -> None:
        """Get ready to answer; a model that can't is no error yet."""
        ...

    def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """Yield the reply as it grows; closing the iterator stops the model.

        Raises:
            ModelError: the model failed, broke off or ran out of its time budget.
        """
        ...


class OllamaChat:
    """ChatModel over Ollama: no reasoning text, three time budgets, and a probe that says what is missing."""

    def __init__(self, base_url: str, model: str, settings: LlmSettings) -> None:
        self._name = model
        self._settings = settings
        self._base_url = base_url
        self._tags_url = f"{base_url.rstrip('/')}/api/tags"
        self._chat: ChatOllama | None = None
        self._probing = asyncio.Lock()
        self._known: tuple[float, ModelState] | None = None

    @property
    def name(self) -> str:
        """The model, as Ollama names it."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """The `num_ctx` that every request asks for."""
        return self._settings.num_ctx

    async def state(self) -> ModelState:
        """Ask Ollama which models it has; the answer is remembered for a few seconds."""
        async with self._probing:
            if self._known is None or time.monotonic() - self._known[0] > _STATE_LIFETIME_S:
                self._known = (time.monotonic(), await self._probe())
            return self._known[1]

    async def _probe(self) -> ModelState:
        try:
            async with httpx.AsyncClient(timeout=self._settings.connect_timeout_s) as client:
                reply = (await client.get(self._tags_url)).raise_for_status().json()
            names = {str(model["name"]) for model in reply["models"]}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            log.debug("ollama does not answer", url=self._tags_url, error=repr(error))
            return ModelState.UNREACHABLE
        wanted = self._name if ":" in self._name else f"{self._name}:latest"
        return ModelState.READY if wanted in names else ModelState.MISSING

    async def warm_up(self) -> None:
        """Have Ollama load the model, if it is there, so that the first question does not wait for it.

        The window is the one that questions ask for: with another one Ollama would load the model again.
        """
        if await self.state() is not ModelState.READY:
            return
        request = {
            "model": self._name,
            "messages": [],
            "stream": False,
            "options": {"num_ctx": self._settings.num_ctx},
            "keep_alive": self._settings.keep_alive_s,
        }
        timeout = httpx.Timeout(self._settings.total_timeout_s, connect=self._settings.connect_timeout_s)
        try:
            async with httpx.AsyncClient(timeout=timeout) as client:
                (await client.post(f"{self._base_url.rstrip('/')}/api/chat", json=request)).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("the model can't be warmed up", model=self._name, error=repr(error))

    async def stream(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[str, None]:
        """Yield the reply without its thoughts; an answer cut at `ANSWER_TOKENS` ends in "…".

        Raises:
            ModelError: Ollama failed, broke off or ran out of a time budget.
        """
        thoughts = ThinkFilter()
        ending: dict[str, Any] = {}
        try:
            async with aclosing(self._within_budget(messages)) as chunks:
                async for chunk in chunks:
                    ending.update(chunk.response_metadata)
                    if text := thoughts.feed(chunk.text):
                        yield text
        except _FAILURES as error:
            self._known = None
            raise ModelError(f"{self._name}: {type(error).__name__}: {error}") from error
        if not ending.get("done"):
            raise ModelError(f"{self._name}: the stream ended before the answer did")
        if rest := thoughts.close():
            yield rest
        if ending.get("done_reason") == "length":
            yield _CUT_MARK

    def _connect(self) -> "ChatOllama":
        from langchain_ollama import ChatOllama  # over a second and 40 MB, which only a question is worth

        return ChatOllama(
            base_url=self._base_url,
            model=self._name,
            reasoning=False,
            temperature=_TEMPERATURE,
            num_ctx=self._settings.num_ctx,
            num_predict=ANSWER_TOKENS,
            keep_alive=self._settings.keep_alive_s,
            # No connection outlives its answer: closing the stream is how Ollama learns that it should stop.
            async_client_kwargs={
                "timeout": httpx.Timeout(self._settings.total_timeout_s, connect=self._settings.connect_timeout_s),
                "limits": httpx.Limits(max_keepalive_connections=0),
            },
        )

    async def _within_budget(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[AIMessageChunk, None]:
        if self._chat is None:
            self._chat = await asyncio.to_thread(self._connect)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.total_timeout_s
        deadline = min(end, loop.time() + self._settings.first_token_timeout_s)
        chunks = self._chat.astream([_to_langchain(message) for message in messages])
        # Declared as an iterator, but a generator: closing it is what closes the HTTP stream.
        async with aclosing(cast(AsyncGenerator[AIMessageChunk, None], chunks)) as chunks:
            while True:
                # The budget surrounds each wait, never a yield: it must not strike while the reader holds a chunk.
                try:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(chunks, None)
                except TimeoutError:
                    which = "whole answer" if deadline == end else "first token"
                    raise ModelTimeoutError(f"{self._name}: no {which} within its budget") from None
                if chunk is None:
                    return
                if chunk.text:
                    deadline = end
                yield chunk


def _to_langchain(message: ChatMessage) -> BaseMessage:
    kinds: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return kinds[message.role](content=message.content)
