"""/why: the decision on a question, searched again without the model."""

import pytest

from core.errors import ForbiddenError
from core.rag.answers import Verdict
from core.rag.explaining import ExplanationService
from tests.fixtures.rag import ADMIN, ENGINEER, Library

WHINE = "why does the pump whine?"
FOLLOW_UP = "And what should I check first?"


@pytest.fixture
def explanations(library: Library) -> ExplanationService:
    """The service over a library of a few pages."""
    return ExplanationService(library.sessions, library.clock, library.orchestrator)


async def test_the_last_question_is_explained_as_it_was_asked(
    library: Library, explanations: ExplanationService
) -> None:
    assert await explanations.explain_last(ADMIN, 1) is None
    library.script.steps = ("Because of cavitation [1].",)
    await library.ask(WHINE, ADMIN)
    answered = await library.ask(FOLLOW_UP, ADMIN)
    asked = len(library.ollama.requests)
    explained = await explanations.explain_last(ADMIN, 1)
    assert explained is not None
    assert (explained.question, explained.searched) == (FOLLOW_UP, f"{WHINE}\n{FOLLOW_UP}")
    assert explained.found.passages[0].passage == answered.passages[0].passage
    assert len(library.ollama.requests) == asked
    alone = await explanations.explain(ADMIN, FOLLOW_UP)
    assert alone.searched == FOLLOW_UP


async def test_a_refusal_is_explained_by_what_is_missing(library: Library, explanations: ExplanationService) -> None:
    explained = await explanations.explain(ADMIN, "what does the code E-999 mean?")
    assert explained.found.verdict is not Verdict.ANSWER
    assert explained.found.evidence is not None
    assert explained.found.evidence.strange == ("e999",)


async def test_engineers_are_not_shown_the_machinery(library: Library, explanations: ExplanationService) -> None:
    await library.ask(WHINE, ENGINEER)
    with pytest.raises(ForbiddenError):
        await explanations.explain_last(ENGINEER, 1)
    with pytest.raises(ForbiddenError):
        await explanations.explain(ENGINEER, WHINE)
