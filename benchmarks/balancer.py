"""What stands between Telegram and several bots."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.processes import free_port


class Balancer:
    """Brings each update to the bots in turn, and to all of them where it should be `doubled`."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.urls = [f"http://127.0.0.1:{port}/telegram" for port in ports]
        self.doubled = False
        self.port = free_port()
        self._turns = itertools.count()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen at `port` while the context lasts."""
        app = web.Application()
        app.router.add_post("/telegram", self._pass_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        async with aiohttp.ClientSession() as self._session:
            yield
        await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body, turn = await request.read(), next(self._turns)
        chosen = self.urls if self.doubled else [self.urls[turn % len(self.urls)]]
        statuses = await asyncio.gather(*(self._post(url, body, request.headers) for url in chosen))
        return web.Response(status=min(statuses))

    async def _post(self, url: str, body: bytes, headers: Any) -> int:
        wanted = {name: value for name, value in headers.items() if name.startswith(("X-", "Content-Type"))}
        try:
            async with self._session.post(url, data=body, headers=wanted) as response:
                return response.status
        except aiohttp.ClientError:
            return 503

    async def ready(self, port: int) -> bool:
        """Tell whether the bot at `port` takes updates."""
        try:
            async with self._session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False
