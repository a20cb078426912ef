"""The Bot API over HTTP: a call comes in, the method of its name answers."""

import hmac
import json
from typing import Any

import structlog
from aiohttp import web

from bot.console.errors import ApiError
from bot.console.methods import METHODS, Described
from bot.console.params import read_params
from bot.console.state import State

log = structlog.get_logger(__name__)


def add_api_routes(app: web.Application, state: State) -> None:
    """Serve `/bot<token>/METHOD` and `/file/bot<token>/PATH`."""

    async def call(request: web.Request) -> web.StreamResponse:
        try:
            return _succeeded(await _call(state, request))
        except ApiError as error:
            return _failed(error)
        except Exception:  # the last resort, as in Telegram: a bug here must not look like a broken connection
            log.exception("console method failed", method=request.match_info["method"])
            return _failed(ApiError(500, "Internal Server Error"))

    async def download(request: web.Request) -> web.StreamResponse:
        if not _token_matches(state, request):
            return _failed(ApiError(401, "Unauthorized"))
        found = state.files.at(request.match_info["path"])
        if found is None:
            return _failed(ApiError(404, "Not Found"))
        path, _ = found
        return web.FileResponse(path, headers={"Content-Type": "application/octet-stream"})

    app.router.add_route("GET", "/bot{token:[^/]+}/{method:[^/]+}", call)
    app.router.add_route("POST", "/bot{token:[^/]+}/{method:[^/]+}", call)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", download)


async def _call(state: State, request: web.Request) -> Any:
    if not _token_matches(state, request):
        raise ApiError(401, "Unauthorized")
    name = request.match_info["method"].lower()
    method = METHODS.get(name)
    if method is None:
        raise ApiError(404, "Not Found: method not found")
    params = await read_params(request)
    state.calls.append((name, params.values))
    if state.flood is not None:
        state.flood.admit(name, params.values)
    try:
        if faults := state.faults.get(name):
            raise faults.pop(0)
        return await method(state, params)
    except ApiError:
        if state.flood is not None:
            state.flood.refused_otherwise(name, params.values)
        raise


def _token_matches(state: State, request: web.Request) -> bool:
    return hmac.compare_digest(request.match_info["token"].encode(), state.token.encode())


def _succeeded(result: Any) -> web.Response:
    body: dict[str, Any] = {"ok": True, "result": result}
    if isinstance(result, Described):
        body = {"ok": True, "result": result.result, "description": result.description}
    return _json(body, 200)


def _failed(error: ApiError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    response = _json(body, error.code)
    if error.retry_after is not None:
        response = _json({**body, "parameters": {"retry_after": error.retry_after}}, error.code)
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _json(body: dict[str, Any], status: int) -> web.Response:
    return web.Response(text=json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")
