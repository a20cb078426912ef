"""The child process that reads one document: `python -m core.rag.parsing_child ARGUMENTS < document > JSON`.

It limits itself before it looks at a byte; whatever the document does to it, it ends here.
"""

import math
import resource
import sys
from typing import Any

import orjson

from core.errors import BadInputError
from core.rag.blocks import DamagedDocumentError
from core.rag.loading import load_document
from core.rag.parsing import ParsingLimits, ParsingMemoryError


def main() -> None:
    """Read the document and say what is in it, or why that can't be told."""
    arguments = orjson.loads(sys.argv[1])
    name, limits = arguments["name"], ParsingLimits(**arguments["limits"])
    _limit(limits)
    content = sys.stdin.buffer.read(limits.max_bytes + 1)
    sys.stdout.buffer.write(_read(name, content, limits))


def _read(name: str, content: bytes, limits: ParsingLimits) -> bytes:
    try:
        document = load_document(name, content, max_bytes=limits.max_bytes, max_pages=limits.max_pages)
        return orjson.dumps({"document": document})
    except BadInputError as error:
        return _refusal(error)
    except MemoryError:
        return _refusal(ParsingMemoryError(f"{name}: over {limits.memory_mb} MB", name=name, limit_mb=limits.memory_mb))
    except RecursionError as error:
        return _refusal(DamagedDocumentError(f"{name}: nested too deeply", name=name), cause=error)
    except Exception as error:  # parsers raise whatever they stumble over: it is the document's fault
        return _refusal(DamagedDocumentError(f"{name}: {type(error).__name__}", name=name), cause=error)


def _refusal(error: BadInputError, *, cause: Exception | None = None) -> bytes:
    said: dict[str, Any] = {"error": error.key, "message": str(error), "params": error.params}
    return orjson.dumps(said | ({"cause": repr(cause)[:500]} if cause else {}))


def _limit(limits: ParsingLimits) -> None:
    """Have the kernel hold us to the limits; files can't be written at all."""
    address_space = limits.memory_mb * 1024 * 1024
    seconds = math.ceil(limits.timeout_s)
    for what, most, at_last in (
        (resource.RLIMIT_AS, address_space, address_space),
        # At the hard limit the kernel kills without saying why; at the soft one SIGXCPU does.
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (most, at_last))


if __name__ == "__main__":
    main()
