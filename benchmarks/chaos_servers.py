"""What stands around an installation in benchmarks/chaos.py and can be told to misbehave: model, Bot API, network."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
import orjson
from aiohttp import web

MODEL = "chaos"
_WORD_S = 0.02
_PIECE = 64 * 1024
_LOST_S = (2.0, 8.0)
"""How long a request hangs before its connection breaks."""
_SLOW_S = (0.3, 2.0)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve `app` on a free port of the loopback; yield its URL."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


@dataclass
class Model:
    """Ollama's protocol; it cites the first passage and says back which of `questions` it was asked."""

    questions: Sequence[str]
    hanging: bool = False

    def app(self) -> web.Application:
        """Return the server."""
        app = web.Application()
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        return app

    async def _tags(self, _: web.Request) -> web.Response:
        await self._hang()
        return web.json_response({"models": [{"name": f"{MODEL}:latest", "model": f"{MODEL}:latest", "size": 1}]})

    async def _show(self, _: web.Request) -> web.Response:
        await self._hang()
        return web.json_response({"details": {"family": "llama"}, "capabilities": ["completion"], "model": MODEL})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        await self._hang()
        if not body["messages"]:
            return web.Response(body=_line("", done=True, done_reason="load"), content_type="application/json")
        said = body["messages"][-1]["content"]
        asked = max((question for question in self.questions if question in said), key=len, default="")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for word in f"You ask: {asked} Look here first [1].".split(" "):
            await self._hang()
            await asyncio.sleep(_WORD_S)
            await response.write(_line(f"{word} "))
        await response.write(_line("", done=True, done_reason="stop", prompt_eval_count=1, eval_count=1))
        return response

    async def _hang(self) -> None:
        if self.hanging:  # for this request for ever: a hung Ollama does not come back to what it had begun
            await asyncio.Event().wait()


def _line(content: str, **more: object) -> bytes:
    message = {"role": "assistant", "content": content}
    record = {"model": MODEL, "created_at": "2026-03-02T08:00:00Z", "message": message, "done": False} | more
    return orjson.dumps(record) + b"\n"


@dataclass
class FrontDoor:
    """Stands before the Bot API: passes requests on, or does what Telegram does on a bad day."""

    behind: str
    chance: random.Random
    ills: set[str] = field(default_factory=set)
    """Of "flood" (429), "fault" (500), "lost" (no answer, whether or not the request was carried out), "slow"."""
    share: float = 0.5
    """Of requests that an ill befalls."""
    done: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve; yield the URL for the bot."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{path:.*}", self._pass)
        timeout = aiohttp.ClientTimeout(total=120)
        async with aiohttp.ClientSession(self.behind, timeout=timeout) as self._session, serving(app) as url:
            yield url

    async def _pass(self, request: web.Request) -> web.Response:
        ill = self._ill()
        if ill == "slow":
            await asyncio.sleep(self.chance.uniform(*_SLOW_S))
        elif ill == "flood":
            wait = self.chance.randint(1, 3)
            return _refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        elif ill == "fault":
            return _refusal(500, "Internal Server Error")
        elif ill == "lost" and self.chance.random() < 0.5:
            return await self._break(request)
        answer = await self._carry_out(request)
        return await self._break(request) if ill == "lost" else answer

    def _ill(self) -> str:
        if not self.ills or self.chance.random() > self.share:
            return ""
        ill = self.chance.choice(sorted(self.ills))
        self.done[ill] = self.done.get(ill, 0) + 1
        return ill

    async def _carry_out(self, request: web.Request) -> web.Response:
        kept = {name: value for name, value in request.headers.items() if name == "Content-Type"}
        async with self._session.request(
            request.method, request.rel_url, data=await request.read(), headers=kept
        ) as answer:
            body = await answer.read()
            return web.Response(body=body, status=answer.status, headers={"Content-Type": answer.content_type})

    async def _break(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.chance.uniform(*_LOST_S))
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _refusal(code: int, description: str, **parameters: int) -> web.Response:
    body = {"ok": False, "error_code": code, "description": description} | (
        {"parameters": parameters} if parameters else {}
    )
    return web.json_response(body, status=code)


@dataclass
class Relay:
    """A network between the processes and a server on a Unix socket: it can be slow, and its connections can break."""

    socket: str
    delay_s: float = 0.0
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        """Listen; yield the port."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            yield self.port
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with suppress(OSError):
                inner_reader, inner_writer = await asyncio.open_unix_connection(self.socket)
                self._open.add(inner_writer)
                try:
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._carry(reader, inner_writer))
                        both.create_task(self._carry(inner_reader, writer))
                finally:
                    self._open.discard(inner_writer)
                    inner_writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()
