"""What the chat page talks to: a snapshot, a stream of events, and the things a person can do."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from bot.console import acts
from bot.console.errors import ApiError, bad_request
from bot.console.events import Event
from bot.console.guard import SECURITY_HEADERS, Handler
from bot.console.params import Params, read_params
from bot.console.state import State

Act = Callable[[Params], Awaitable[Any]]

STATIC: Final = Path(__file__).parent / "static"
_LANGUAGES: Final = ("en", "ru")


def add_page_routes(app: web.Application, state: State) -> None:
    """Serve the page and its endpoints under `/console/`."""
    page = Page(state)
    app.router.add_get("/", _asset(STATIC / "index.html"))
    for asset in STATIC.glob("*.[cj]s*"):
        app.router.add_get(f"/{asset.name}", _asset(asset))
    app.router.add_get("/console/state", page.snapshot)
    app.router.add_get("/console/events", page.events)
    app.router.add_get("/console/files/{file_id}", page.file)
    acting = {
        "say": page.say, "press": page.press, "upload": page.upload,
        "stop": page.stop, "language": page.language, "block": page.block,
    }  # fmt: skip
    for name, act in acting.items():
        app.router.add_post(f"/console/{name}", _acting(act))


class Page:
    """Handlers of the page's requests; each names the person who sits there."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def snapshot(self, request: web.Request) -> web.StreamResponse:
        """Everything the page shows of one person's chat, and the event to continue from."""
        chats = self._state.chats
        people = chats.people()
        try:
            person = chats.person(int(request.query.get("person", people[0].id)))
        except (ApiError, ValueError):
            raise web.HTTPNotFound(text="nobody by that id") from None
        return _json(
            {
                "bot": chats.bot(),
                "people": [chats.describe(somebody.id) for somebody in people],
                "person": chats.describe(person.id),
                "messages": chats.history(person.id),
                "commands": self._state.menus.menu(person.id),
                "keyboard": chats.keyboard(person.id),
                "draft": self._state.drafts.current(person.id),
                "last_event_id": self._state.events.last_id(),
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream events to the page until it leaves."""
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        person_id = int(request.query.get("person", "0"))
        response = web.StreamResponse(headers={**SECURITY_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        async for event in self._state.events.follow(person_id, after):
            try:
                await response.write(_packed(event))
            except ConnectionError:
                break
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Show a picture, or download a file; only pictures that we measured are ever shown in place."""
        record = self._state.store.file(request.match_info["file_id"])
        if record is None:
            raise web.HTTPNotFound
        place = "inline" if "width" in record else "attachment"
        headers = {
            **SECURITY_HEADERS,
            "Content-Type": record["mime_type"] if place == "inline" else "application/octet-stream",
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(record['file_name'])}",
            "Cache-Control": "private, max-age=31536000, immutable",
        }
        return web.FileResponse(self._state.files.path(record), headers=headers)

    async def say(self, params: Params) -> Any:
        """Send text."""
        return acts.say(self._state, _person(params), params.text("text"), params.integer("reply_to"))

    async def press(self, params: Params) -> Any:
        """Press an inline button."""
        query_id = self._state.callbacks.press(_person(params), params.integer("message_id"), params.text("data"))
        return {"query_id": query_id}

    async def upload(self, params: Params) -> Any:
        """Send files; the caption goes with the first."""
        captions = [params.text("caption"), *[""] * len(params.files)]
        files = params.files.values()
        return [
            acts.upload_as_seen_fit(self._state, _person(params), file, caption)
            for file, caption in zip(files, captions, strict=False)
        ]

    async def stop(self, params: Params) -> Any:
        """Stop the growing answer."""
        return {"draft_id": self._state.drafts.stop(_person(params))}

    async def language(self, params: Params) -> Any:
        """Switch the person's language."""
        if params.text("language_code") not in _LANGUAGES:
            raise bad_request("unsupported language")
        self._state.chats.choose_language(_person(params), params.text("language_code"))
        self._state.events.publish(_person(params), "commands", {"commands": self._state.menus.menu(_person(params))})
        return {}

    async def block(self, params: Params) -> Any:
        """Block or unblock the bot."""
        self._state.chats.block(_person(params), params.flag("blocked"))
        return {}


def _person(params: Params) -> int:
    return params.integer("person")


def _acting(act: Act) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return _json(await act(await read_params(request)))
        except ApiError as error:
            return _json({"error": error.description}, error.code)
        except LookupError as error:
            return _json({"error": str(error)}, 404)

    return handle


def _asset(path: Path) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers=SECURITY_HEADERS)

    return handle


def _packed(event: Event | None) -> bytes:
    if event is None:
        return b": still here\n\n"
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n".encode()


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers=SECURITY_HEADERS)
