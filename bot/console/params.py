"""Parameters of one Bot API call, however they came: query string, form, multipart or JSON body."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.web_request import FileField

from bot.console.errors import ApiError, bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Params:
    """Typed access to what the caller sent; a value that cannot be read is refused in Telegram's words."""

    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a string parameter."""
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer parameter; like Telegram, what is no number counts as absent."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def bounded(self, name: str, default: int, low: int, high: int) -> int:
        """Return an integer parameter, clamped."""
        return min(max(self.integer(name, default), low), high)

    def flag(self, name: str) -> bool:
        """Return a boolean parameter."""
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def decoded(self, name: str, subject: str) -> Any:
        """Return a JSON parameter, or None if absent; `subject` names it in the refusal."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise bad_request(f"can't parse {subject} JSON object") from None

    def upload(self, reference: str) -> Upload | None:
        """Return the file that `attach://<name>` (or a field's own name) points to."""
        return self.files.get(reference.removeprefix("attach://"))


async def read_params(request: web.Request) -> Params:
    """Collect the parameters of a call; the body wins over the query string.

    Raises:
        ApiError: the body is not what its content type says, or is too large.
    """
    params = Params(dict(request.query))
    if not request.can_read_body:
        return params
    try:
        if request.content_type == "application/json":
            _add_json(params, await request.read())
        elif request.content_type == "multipart/form-data" and request.method != "GET":
            await _add_form(params, request)
        elif request.content_type == "application/x-www-form-urlencoded":
            # not request.post(): it ignores the body of a GET, and pyTelegramBotAPI sends one
            params.values.update(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except ValueError:
        raise bad_request("can't parse the request body") from None
    return params


def _add_json(params: Params, body: bytes) -> None:
    try:
        values = json.loads(body) if body else {}
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("object expected as the request body")
    params.values.update((name, value) for name, value in values.items() if value is not None)


async def _add_form(params: Params, request: web.Request) -> None:
    for name, value in (await request.post()).items():
        if isinstance(value, FileField):
            content = value.file.read()
            value.file.close()
            params.files[name] = Upload(value.filename, content, value.content_type)
        else:
            params.values[name] = value if isinstance(value, str) else bytes(value).decode()
