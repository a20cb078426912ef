"""Documents read under limits: what may be hostile is parsed in a child process, which a bad document takes with it."""

import asyncio
import signal
import sys
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import orjson
import structlog

from core.errors import BadInputError
from core.processes import die_with_parent
from core.rag import blocks, loading, media
from core.rag.blocks import Block, BlockKind, DamagedDocumentError, LoadedDocument
from core.rag.loading import load_document
from core.settings import RagSettings, bare_environment

log = structlog.get_logger(__name__)

_HARMLESS_BYTES = 32_000
"""Markdown and text up to here are read by ourselves: the worst of them takes two seconds, a child half of one."""
_MOST_ANSWERED = 64 * 1024 * 1024
"""Bytes of JSON that a child may return: the text of a thousand full pages is a twentieth of that."""
_CHILD = "core.rag.parsing_child"


class ParsingTimeoutError(BadInputError):
    """The document takes too long to read."""

    key: ClassVar[str] = "rag-parsing-timeout"


class ParsingMemoryError(BadInputError):
    """The document needs too much memory to read."""

    key: ClassVar[str] = "rag-parsing-memory"


@dataclass(frozen=True, slots=True)
class ParsingLimits:
    """What one document may cost: bytes, pages, seconds (of wall clock, and of CPU), MB of address space."""

    max_bytes: int
    max_pages: int
    timeout_s: float
    memory_mb: int

    @classmethod
    def of(cls, settings: RagSettings) -> "ParsingLimits":
        """Return the configured limits."""
        return cls(
            int(settings.max_document_mb * 1e6), settings.max_pages, settings.parse_timeout_s, settings.parse_memory_mb
        )


def refusals() -> dict[str, type[BadInputError]]:
    """Return the errors by which a document can be refused, by key."""
    known: dict[str, type[BadInputError]] = {ParsingMemoryError.key: ParsingMemoryError}
    for module in (blocks, loading, media):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BadInputError):
                known[value.key] = value
    return known


async def parse_document(name: str, content: bytes, limits: ParsingLimits) -> LoadedDocument:
    """Read `content`, in a child process unless that is needless.

    Raises:
        BadInputError: it can't be read; a subclass for each reason.
    """
    kind = loading.check_content(name, content, max_bytes=limits.max_bytes)
    if kind.is_plain and len(content) <= _HARMLESS_BYTES:
        return await asyncio.to_thread(load_document, name, content, max_bytes=limits.max_bytes)
    return _result(name, await _ask_child(name, content, limits), limits)


async def _ask_child(name: str, content: bytes, limits: ParsingLimits) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _CHILD,
        orjson.dumps({"name": name, "limits": asdict(limits)}).decode(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=bare_environment(),
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    try:
        async with asyncio.timeout(limits.timeout_s):
            answer = await _exchange(child, content)
            await child.wait()
    except TimeoutError:
        raise _too_slow(name, limits) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == -signal.SIGXCPU:
        raise _too_slow(name, limits)
    if child.returncode:
        log.warning("parser died", document=name, returncode=child.returncode)
        raise DamagedDocumentError(f"{name}: the parser died with {child.returncode}", name=name)
    return answer


async def _exchange(child: asyncio.subprocess.Process, content: bytes) -> bytes:
    """Give the child the document and return what it says; a child that dies meanwhile says nothing."""
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("a child without pipes")
    try:
        child.stdin.write(content)
        await child.stdin.drain()
        child.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = bytearray()
    while part := await child.stdout.read(1 << 16):
        answer += part
        if len(answer) > _MOST_ANSWERED:
            child.kill()
            break
    return bytes(answer)


def _too_slow(name: str, limits: ParsingLimits) -> ParsingTimeoutError:
    return ParsingTimeoutError(f"{name}: over {limits.timeout_s:g} s", name=name, seconds=round(limits.timeout_s))


def _result(name: str, answer: bytes, limits: ParsingLimits) -> LoadedDocument:
    try:
        said: dict[str, Any] = orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise DamagedDocumentError(f"{name}: the parser said nothing", name=name) from None
    if key := said.get("error"):
        if cause := said.get("cause"):
            log.warning("document can't be read", document=name, cause=cause)
        raise refusals()[key](said["message"], **said["params"])
    found = said["document"]
    blocks_found = (Block(**one | {"kind": BlockKind(one["kind"])}) for one in found["blocks"])
    return LoadedDocument(**found | {"blocks": tuple(blocks_found), "empty_pages": tuple(found["empty_pages"])})
