"""The command that puts the handbook's questions to a chat model, with one that always says the same."""

import pytest

from core.rag.llm import OllamaChat
from core.settings import LlmSettings
from tests.evals.answers import answered, chain_with, scores
from tests.evals.handbook import Question, load_questions
from tests.fakes.ollama import OllamaServer, Script


def _first(kind: str) -> Question:
    return next(question for question in load_questions("en", "test") if question.kind == kind)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Check the strainer [1]. Then set 4711 bar [1].", {"worded": 1.0, "quoted": 0.0, "marked": 1.0}),
        ("I would not know.", {"worded": 0.0, "quoted": 1.0, "marked": 0.0}),
    ],
    ids=["it cites and invents a value", "it cites nothing"],
)
async def test_what_a_model_does_with_the_passages_is_counted(said: str, expected: dict[str, float]) -> None:
    async with OllamaServer(Script((said,)), "echo:1b").serve() as server:
        model = OllamaChat(server.url, "echo:1b", LlmSettings())
        async with chain_with(model, passages=5) as chain:
            asked = [await answered(chain, _first(kind), "en") for kind in ("code", "unanswerable-offtopic")]
    measured = scores(asked, "en")
    assert measured | expected == measured
    assert (measured["cited_right"], measured["worded_unanswerable"]) == (1.0, 0.0)
    assert len(server.requests) == 1  # what the gate refuses costs no model
