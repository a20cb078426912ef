"""A small server that speaks Ollama's protocol, over a script or over a real small model.

Enough of https://github.com/ollama/ollama/blob/main/docs/api.md for the real clients: /api/tags, /api/show, /api/chat
(NDJSON), /api/embed, 404 for an unknown model.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import orjson
from aiohttp import web

_CREATED = "2026-03-02T08:00:00Z"


class Fault(Enum):
    """What can go wrong instead of the next token."""

    ABORT = "the connection breaks"
    ERROR = "an error line"
    END = "the stream ends before the answer"
    GARBAGE = "a line that is not JSON"
    STATUS = "status 500 instead of a stream"
    CUT = "the token limit is reached"


Step = str | asyncio.Event | Fault
"""A token, something to wait for, or a fault."""


class Brain(Protocol):
    """What answers behind the protocol."""

    def chat(self, messages: list[dict[str, Any]], options: dict[str, Any]) -> AsyncIterator[Step]:
        """Yield the steps of an answer."""
        ...

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        ...


@dataclass
class Script:
    """A brain that says what it was told."""

    steps: Sequence[Step] = ("Check the strainer [1].",)

    async def chat(self, messages: list[dict[str, Any]], options: dict[str, Any]) -> AsyncIterator[Step]:
        """Yield the script."""
        for step in self.steps:
            yield step

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return short vectors that differ by length of text."""
        return [[1.0, float(len(text)), 0.5] for text in texts]


@dataclass
class OllamaServer:
    """The server and what tests look at. `abandoned` is set when a client hangs up in the middle of an answer."""

    brain: Brain
    model: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    probes: int = 0
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["OllamaServer"]:
        """Listen on a free port of the loopback."""
        app = web.Application()
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        app.router.add_post("/api/embed", self._embed)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = "http://{}:{}".format(*runner.addresses[0][:2])
            yield self
        finally:
            await runner.cleanup()

    async def _tags(self, _: web.Request) -> web.Response:
        self.probes += 1
        return web.json_response({"models": [{"name": self.model, "model": self.model, "size": 1}]})

    async def _show(self, request: web.Request) -> web.Response:
        body = await self._known(request)
        return web.json_response(
            {"details": {"family": "llama"}, "capabilities": ["completion"], "model": body["model"]}
        )

    async def _embed(self, request: web.Request) -> web.Response:
        body = await self._known(request)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        return web.json_response({"model": self.model, "embeddings": await self.brain.embed(texts)})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await self._known(request)
        if not body["messages"]:  # Ollama loads the model then, and says no more
            final = {"done": True, "done_reason": "load"}
            return web.Response(body=self._line("", **final), content_type="application/json")
        self.answering.set()
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        try:
            async with aclosing(self.brain.chat(body["messages"], body.get("options") or {})) as steps:  # type: ignore[type-var]  # async generators, both of them
                reason = await self._stream(request, response, steps)
        except (asyncio.CancelledError, ConnectionResetError):
            self.abandoned.set()
            raise
        if reason:
            final = {"done": True, "done_reason": reason, "prompt_eval_count": 1, "eval_count": 1}
            await response.write(self._line("", **final))
        return response

    async def _stream(
        self, request: web.Request, response: web.StreamResponse, steps: AsyncIterator[Step]
    ) -> str | None:
        """Write the steps; return why the answer ends, None where it does not."""
        async for step in steps:
            if step is Fault.STATUS:
                raise web.HTTPInternalServerError(text='{"error": "llama runner process has terminated"}')
            if isinstance(step, asyncio.Event):
                await step.wait()
                continue
            if not response.prepared:
                await response.prepare(request)
            if isinstance(step, str):
                await response.write(self._line(step))
            elif step is Fault.CUT:
                return "length"
            else:
                await self._break(request, response, step)
                return None
        if not response.prepared:
            await response.prepare(request)
        return "stop"

    async def _break(self, request: web.Request, response: web.StreamResponse, fault: Fault) -> None:
        if fault is Fault.ABORT and request.transport:
            request.transport.abort()
        elif fault is Fault.ERROR:
            await response.write(b'{"error": "an error was encountered while running the model"}\n')
        elif fault is Fault.GARBAGE:
            await response.write(b"<html>502 Bad Gateway</html>\n")

    def _line(self, content: str, **more: Any) -> bytes:
        message = {"role": "assistant", "content": content}
        return (
            orjson.dumps({"model": self.model, "created_at": _CREATED, "message": message, "done": False} | more)
            + b"\n"
        )

    async def _known(self, request: web.Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.requests.append(body)
        if body["model"] != self.model:
            raise web.HTTPNotFound(
                text=orjson.dumps({"error": f"model '{body['model']}' not found"}).decode(),
                content_type="application/json",
            )
        return body
