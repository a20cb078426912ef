"""Readings by HTTP: `POST /ingest` with a source's token, as JSON lines or CSV, gzipped or not."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import structlog
from aiohttp import web

from core.database import DATABASE_FAULTS
from core.diagnostics.ingest.blocks import Block
from core.diagnostics.ingest.combining import CombinedIntake
from core.diagnostics.ingest.csv_lines import BadHeadingError, CsvFormat
from core.diagnostics.ingest.intake import Receipt
from core.diagnostics.ingest.json_lines import read_json_lines
from core.diagnostics.ingest.lines import LineSplitter
from core.diagnostics.ingest.models import IngestSource
from core.diagnostics.ingest.requests import AnsweredRequests
from core.diagnostics.ingest.sources import SourceRegister

log = structlog.get_logger(__name__)

_BLOCK_ROWS = 20_000
_PIECE = 64 * 1024
_AT_ONCE = 32
"""Requests read at the same time: with their blocks of rows they bound the memory."""
_RETRY_AFTER_S = "5"
_JSON = {"application/x-ndjson", "application/jsonl", "application/json"}
_CSV = {"text/csv"}
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(slots=True)
class _Reader:
    """Turns a body into blocks; `digest` is of the body as it was before any compression."""

    kind: str
    lines: list[bytes] = field(default_factory=list)
    splitter: LineSplitter = field(default_factory=LineSplitter)
    digest: Any = field(default_factory=lambda: blake2b(digest_size=16))
    read: Callable[[list[bytes]], Block] | None = None

    def feed(self, piece: bytes) -> None:
        self.digest.update(piece)
        self.lines += self.splitter.feed(piece)

    def block(self) -> Block | None:
        """Return what has come as a block; None where there is nothing.

        Raises:
            BadHeadingError.
        """
        lines, self.lines = self.lines, []
        if self.read is None and lines:
            self.read = CsvFormat(lines.pop(0)).read if self.kind in _CSV else read_json_lines
        return self.read(lines) if self.read is not None and lines else None


class IngestEndpoint:
    """Answers once everything is committed. On 503 nothing is promised: send the same again, nothing is doubled."""

    def __init__(
        self, intake: CombinedIntake, sources: SourceRegister, answered: AnsweredRequests, *, largest_bytes: int
    ) -> None:
        self._intake = intake
        self._sources = sources
        self._answered = answered
        self._largest = largest_bytes
        self._places = asyncio.Semaphore(_AT_ONCE)

    def register(self, app: web.Application) -> None:
        """Add the endpoint to `app`, which must not decompress bodies by itself."""
        app.router.add_post("/ingest", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        if self._places.locked():
            raise web.HTTPServiceUnavailable(text="busy", headers={"Retry-After": _RETRY_AFTER_S})
        async with self._places:
            try:
                return await self._take(request, await self._source(request))
            except DATABASE_FAULTS as error:
                log.warning("readings refused: the database is away", error=str(error))
                raise web.HTTPServiceUnavailable(
                    text="the database is away", headers={"Retry-After": _RETRY_AFTER_S}
                ) from error

    async def _source(self, request: web.Request) -> IngestSource:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        source = await self._sources.by_token(token.strip()) if scheme.casefold() == "bearer" else None
        if source is None:
            raise web.HTTPUnauthorized(text="needs a source's token", headers={"WWW-Authenticate": "Bearer"})
        return source

    async def _take(self, request: web.Request, source: IngestSource) -> web.Response:
        if request.content_type not in _JSON | _CSV:
            raise web.HTTPUnsupportedMediaType(text=f"send one of {', '.join(sorted(_JSON | _CSV))}")
        key = request.headers.get("Idempotency-Key", "")
        if key and not _KEY.fullmatch(key):
            raise web.HTTPBadRequest(text="Idempotency-Key: 1 to 200 visible ASCII characters")
        known = await self._answered.find(source.id, key) if key else None
        reader, total = _Reader(request.content_type), Receipt()
        async for piece in _body(request, self._largest):
            reader.feed(piece)
            if len(reader.lines) >= _BLOCK_ROWS and known is None:
                total += await self._take_block(source, reader)
            elif known is not None:
                reader.lines.clear()
        digest = reader.digest.digest()
        if known is not None:
            if known.digest != digest:
                raise web.HTTPUnprocessableEntity(text="this Idempotency-Key was used for another body")
            return web.json_response(known.answer)
        reader.lines += reader.splitter.close()
        total += await self._take_block(source, reader)
        answer = {"accepted": total.accepted, "quarantined": dict(total.refused)}
        if key:
            await self._answered.remember(source.id, key, digest, answer)
        return web.json_response(answer)

    async def _take_block(self, source: IngestSource, reader: _Reader) -> Receipt:
        try:
            block = reader.block()
        except BadHeadingError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return Receipt() if block is None else await self._intake.take(f"http:{source.name}", block)


async def _body(request: web.Request, largest: int) -> AsyncIterator[bytes]:
    """Yield the body, decompressed in small pieces and never beyond `largest` bytes."""
    encoding = request.headers.get("Content-Encoding", "identity").casefold()
    if encoding not in ("identity", "gzip"):
        raise web.HTTPUnsupportedMediaType(text="Content-Encoding: gzip or none")
    unpacker, size = zlib.decompressobj(wbits=31) if encoding == "gzip" else None, 0
    async for packed in request.content.iter_chunked(_PIECE):
        while packed:
            try:
                piece = unpacker.decompress(packed, _PIECE) if unpacker else packed
            except zlib.error as error:
                raise web.HTTPBadRequest(text="the body is no gzip") from error
            packed = unpacker.unconsumed_tail if unpacker else b""
            if (size := size + len(piece)) > largest:
                raise web.HTTPRequestEntityTooLarge(largest, size, text=f"at most {largest} bytes a request")
            yield piece
    if unpacker is not None and not unpacker.eof:
        raise web.HTTPBadRequest(text="the gzip body is cut off")
