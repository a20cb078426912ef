"""The console: a Bot API server and a chat page on one loopback port, so that a bot can run without Telegram."""

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from aiohttp import web

from bot.console import acts
from bot.console.api import add_api_routes
from bot.console.chats import Message
from bot.console.errors import ApiError, too_many_requests
from bot.console.files import MAX_UPLOAD
from bot.console.flood import FloodControl
from bot.console.guard import guard, is_loopback
from bot.console.page import add_page_routes
from bot.console.params import Upload
from bot.console.people import DEFAULT_PEOPLE, Person
from bot.console.state import State, open_state
from core.supervisor import Supervisor

T = TypeVar("T")

_TOKEN: Final = re.compile(r"\d{1,18}:[A-Za-z0-9_-]{3,}")
_MAX_BODY: Final = MAX_UPLOAD + 1024 * 1024
_DEFAULT_REASONS: Final = {
    400: "Bad Request: refused on demand",
    403: "Forbidden: bot was blocked by the user",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class Console:
    """Serves the Bot API at `<url>/bot<token>/METHOD`, files at `<url>/file/bot<token>/PATH`, the page at `<url>/`.

    The methods below act as a person, for tests. Messages are dicts in the Bot API's own shape.
    """

    def __init__(
        self,
        token: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        state_dir: Path | None = None,
        people: Sequence[Person] = DEFAULT_PEOPLE,
        flood: FloodControl | None = None,
    ) -> None:
        """Prepare a console; with `state_dir`, history and files survive a restart, with `flood`, limits are kept.

        Raises:
            ValueError: the token has not the form of a bot token, or the host is not this machine's own.
        """
        if not _TOKEN.fullmatch(token):
            raise ValueError("a bot token looks like 123456:letters_and_digits")
        if not is_loopback(host):
            raise ValueError(f"the console listens on this machine only, not on {host}")
        self._token = token
        self._host = host
        self._port = port
        self._state_dir = state_dir
        self._people = people
        self._flood = flood
        self._state: State | None = None
        self._runner: web.AppRunner | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._supervisor = Supervisor()

    @property
    def state(self) -> State:
        """What the console holds.

        Raises:
            RuntimeError: it was not started.
        """
        if self._state is None:
            raise RuntimeError("the console is not running")
        return self._state

    @property
    def url(self) -> str:
        """Where it listens, as in "http://127.0.0.1:8081"."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Open the state and listen.

        Raises:
            OSError: the port is taken.
        """
        database, files = self._places()
        state = self._state = open_state(self._token, self._people, database, files, self._flood)
        app = web.Application(middlewares=[guard], client_max_size=_MAX_BODY)
        add_api_routes(app, state)
        add_page_routes(app, state)
        self._supervisor = Supervisor()
        # a cancelled handler tells us that a poll or a page has gone
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise
        self._port = int(self._runner.addresses[0][1])
        self._supervisor.start(state.webhook.deliver(), name="console webhook")

    async def stop(self) -> None:
        """End every stream, close the state; safe to call twice."""
        if self._state is None:
            return
        self._state.release()
        await self._supervisor.drain(0)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._state.store.close()
        self._state = None
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    async def say(self, person_id: int, text: str, *, reply_to: int = 0) -> Message:
        """Write to the bot as a person; return the (last) message sent."""
        return acts.say(self.state, person_id, text, reply_to)[-1]

    async def press(self, person_id: int, message_id: int, data: str) -> str:
        """Press an inline button; return the query's id, for `wait_for_answer`.

        Raises:
            LookupError: there is no such button.
        """
        return self.state.callbacks.press(person_id, message_id, data)

    async def upload(
        self, person_id: int, filename: str, content: bytes, caption: str = "", *, as_photo: bool = False
    ) -> Message:
        """Send a document, or a picture with `as_photo`."""
        file = Upload(filename, content, "application/octet-stream")
        return acts.upload(self.state, person_id, file, caption, as_photo=as_photo)

    async def stop_generation(self, person_id: int) -> int:
        """Press the stop button of the growing answer; return its draft id.

        Raises:
            LookupError: there is no draft that can be stopped.
        """
        return self.state.drafts.stop(person_id)

    def block(self, person_id: int, blocked: bool = True) -> None:
        """Block the bot as a person, or unblock it."""
        self.state.chats.block(person_id, blocked)

    def choose_language(self, person_id: int, language_code: str) -> None:
        """Switch the language of a person's Telegram."""
        self.state.chats.choose_language(person_id, language_code)

    def messages(self, person_id: int) -> list[Message]:
        """Return the chat as the person sees it, oldest first."""
        return self.state.chats.history(person_id)

    def draft(self, person_id: int) -> dict[str, Any] | None:
        """Return the growing answer that the person sees."""
        return self.state.drafts.current(person_id)

    def menu(self, person_id: int) -> list[dict[str, str]]:
        """Return the command menu that the person sees."""
        return self.state.menus.menu(person_id)

    def file(self, file_id: str) -> bytes:
        """Return the content of a file that somebody sent.

        Raises:
            LookupError: there is no such file.
        """
        record = self.state.store.file(file_id)
        if record is None:
            raise LookupError(file_id)
        return self.state.files.path(record).read_bytes()

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of the bot's recent calls of a method, oldest first."""
        return [values for name, values in self.state.calls if name == method.lower()]

    def fail_next(
        self, method: str, error_code: int = 429, *, retry_after: int = 1, description: str = "", times: int = 1
    ) -> None:
        """Refuse the next calls of a method."""
        if error_code == 429:
            error = too_many_requests(retry_after)
        else:
            error = ApiError(error_code, description or _DEFAULT_REASONS.get(error_code, "Error"))
        self.state.faults.setdefault(method.lower(), []).extend([error] * times)

    async def wait_until(self, read: Callable[[], T | None], timeout: float = 10) -> T:
        """Return the first true value of `read()`, looked at again after everything that happens in a chat.

        Raises:
            TimeoutError: it did not come in `timeout` seconds.
        """
        return await self.state.events.until(read, timeout)

    async def wait_for(
        self,
        person_id: int,
        wanted: Callable[[Message], bool] = lambda _: True,
        *,
        after: int = 0,
        timeout: float = 10,
    ) -> Message:
        """Return the first message from the bot that is `wanted` and has a number over `after`; edits count.

        Raises:
            TimeoutError: it did not come in `timeout` seconds.
        """

        def read() -> Message | None:
            sent = (m for m in self.state.chats.history(person_id, after) if m["from"]["is_bot"])
            return next(filter(wanted, sent), None)

        return await self.wait_until(read, timeout)

    async def wait_for_answer(self, query_id: str, timeout: float = 10) -> dict[str, Any]:
        """Return the bot's answer to a press: `text`, `show_alert`, `url`.

        Raises:
            TimeoutError: it did not come in `timeout` seconds.
        """
        return await self.wait_until(lambda: self.state.callbacks.answer_to(query_id), timeout)

    def _places(self) -> tuple[Path | None, Path]:
        if self._state_dir is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="hydrodiag-console-")
            return None, Path(self._scratch.name)
        self._state_dir.mkdir(parents=True, exist_ok=True)
        return self._state_dir / "console.sqlite3", self._state_dir / "files"
