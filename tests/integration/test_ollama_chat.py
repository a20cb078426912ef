"""The real ChatOllama over HTTP against a server that follows a script."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest

from core.rag.llm import ChatMessage, ModelError, ModelState, ModelTimeoutError, OllamaChat
from core.settings import LlmSettings
from tests.fakes.ollama import Fault, OllamaServer, Script, Step

MODEL = "scripted:1b"
ASK = [ChatMessage("system", "Be brief."), ChatMessage("user", "Why does the pump whine?")]
Serve = Callable[..., Awaitable[OllamaServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(*steps: Step) -> OllamaServer:
            return await stack.enter_async_context(OllamaServer(Script(steps), MODEL).serve())

        yield start


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _chat(server: OllamaServer, *, model: str = MODEL, **limits: Any) -> OllamaChat:
    return OllamaChat(server.url, model, LlmSettings(**limits))


async def _said(chat: OllamaChat) -> list[str]:
    return [piece async for piece in chat.stream(ASK)]


async def test_the_answer_streams_piece_by_piece_without_thoughts(serve: Serve) -> None:
    server = await serve("<thi", "nk>Hmm.</th", "ink>\n", "Check ", "the strainer", " [1].")
    assert await _said(_chat(server)) == ["Check ", "the strainer", " [1]."]


async def test_the_request_sets_the_window_and_asks_for_no_reasoning(serve: Serve) -> None:
    server = await serve("ok")
    await _said(_chat(server, num_ctx=2048))
    [request] = server.requests
    assert request["options"]["num_ctx"] == 2048
    assert request["think"] is False
    assert [message["role"] for message in request["messages"]] == ["system", "user"]


async def test_the_model_stays_loaded_between_questions(serve: Serve) -> None:
    server = await serve("ok")
    await _said(_chat(server, keep_alive_s=600))
    assert server.requests[-1]["keep_alive"] == 600


async def test_warming_up_loads_the_model_with_the_window_of_questions(serve: Serve) -> None:
    server = await serve("ok")
    await _chat(server, num_ctx=2048).warm_up()
    [request] = server.requests
    assert (request["messages"], request["options"]["num_ctx"], request["keep_alive"]) == ([], 2048, 1800)
    assert not server.answering.is_set()


async def test_warming_up_what_is_not_there_is_no_error(serve: Serve, free_port: int) -> None:
    server = await serve("ok")
    await _chat(server, model="qwen3:8b").warm_up()
    assert server.requests == []
    await OllamaChat(f"http://127.0.0.1:{free_port}", MODEL, LlmSettings()).warm_up()


async def test_an_answer_cut_by_the_token_limit_shows_it(serve: Serve) -> None:
    assert await _said(_chat(await serve("Check the", Fault.CUT))) == ["Check the", "…"]


async def test_closing_the_stream_stops_the_model(serve: Serve) -> None:
    server = await serve("Check ", asyncio.Event())
    async with aclosing(_chat(server).stream(ASK)) as pieces:
        assert await anext(pieces) == "Check "
        assert not server.abandoned.is_set()
    await asyncio.wait_for(server.abandoned.wait(), 5)


async def test_cancelling_the_reader_stops_the_model(serve: Serve) -> None:
    server = await serve(asyncio.Event())
    task = asyncio.create_task(_said(_chat(server)))
    await server.answering.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    await asyncio.wait_for(server.abandoned.wait(), 5)


@pytest.mark.parametrize(
    ("steps", "limits", "budget"),
    [
        ((asyncio.Event(),), {"first_token_timeout_s": 1}, "first token"),
        (("", asyncio.Event()), {"first_token_timeout_s": 1}, "first token"),
        (("Check ", asyncio.Event()), {"first_token_timeout_s": 1, "total_timeout_s": 1.5}, "whole answer"),
        ((asyncio.Event(),), {"first_token_timeout_s": 5, "total_timeout_s": 1}, "whole answer"),
    ],
)
async def test_a_model_that_takes_too_long_is_stopped(
    serve: Serve, steps: tuple[Step, ...], limits: dict[str, Any], budget: str
) -> None:
    server = await serve(*steps)
    with pytest.raises(ModelTimeoutError, match=budget):
        await _said(_chat(server, **limits))
    if server.answering.is_set():  # a busy machine may have run out of time before it asked
        await asyncio.wait_for(server.abandoned.wait(), 5)


async def test_reading_slowly_does_not_use_up_the_first_token_budget(serve: Serve) -> None:
    server = await serve("Check ", "the strainer.")
    async with aclosing(_chat(server, first_token_timeout_s=0.2).stream(ASK)) as pieces:
        assert await anext(pieces) == "Check "
        await asyncio.sleep(0.3)
        assert await anext(pieces) == "the strainer."


@pytest.mark.parametrize(
    "steps",
    [
        (Fault.STATUS,),
        (Fault.ABORT,),
        (Fault.END,),
        *(("Check ", fault) for fault in (Fault.ABORT, Fault.ERROR, Fault.END, Fault.GARBAGE)),
    ],
)
async def test_whatever_breaks_is_one_error(serve: Serve, steps: tuple[Step, ...]) -> None:
    server = await serve(*steps)
    with pytest.raises(ModelError):
        await _said(_chat(server))


async def test_a_server_that_is_not_there_is_an_error_and_unreachable(free_port: int) -> None:
    chat = OllamaChat(f"http://127.0.0.1:{free_port}", MODEL, LlmSettings())
    assert await chat.state() is ModelState.UNREACHABLE
    with pytest.raises(ModelError):
        await _said(chat)


async def test_a_model_that_was_not_pulled_is_missing(serve: Serve) -> None:
    server = await serve("ok")
    chat = _chat(server, model="qwen3:8b")
    assert await chat.state() is ModelState.MISSING
    with pytest.raises(ModelError, match="not found"):
        await _said(chat)


async def test_the_state_is_remembered_for_some_seconds(serve: Serve) -> None:
    server = await serve("ok")
    chat = _chat(server)
    states = await asyncio.gather(*(chat.state() for _ in range(20)))
    assert set(states) == {ModelState.READY}
    assert server.probes == 1


async def test_a_failure_makes_the_next_question_ask_again(serve: Serve) -> None:
    server = await serve(Fault.ABORT)
    chat = _chat(server)
    assert await chat.state() is ModelState.READY
    with pytest.raises(ModelError):
        await _said(chat)
    await chat.state()
    assert server.probes == 2
