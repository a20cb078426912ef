"""End to end: documents in, cited answers out, in both languages; refusals where the documents say nothing."""

import asyncio
from contextlib import aclosing

import pytest
from sqlalchemy import select

from core.rag.answers import AnswerMode, Delta, Queued
from core.rag.models import QueryLogEntry
from tests.fakes.ollama import Fault, Step
from tests.fixtures.rag import ENGINEER, PAGES, Library

WHINE_EN, WHINE_RU = "Why does the pump whine with cold oil?", "Почему насос воет на холодном масле?"
DRIFT_RU = "Почему стрела сползает под нагрузкой?"
OFF_TOPIC = ["Who won the football world cup in 1998?", "Как испечь ржаной хлеб?"]


def _one_line(text: str) -> str:
    return " ".join(text.split())


async def _entry(library: Library, query_id: int | None) -> QueryLogEntry:
    async with library.sessions() as session:
        return (await session.scalars(select(QueryLogEntry).where(QueryLogEntry.id == query_id))).one()


@pytest.mark.parametrize(
    ("question", "language", "document"),
    [
        (WHINE_EN, "en", "en/pump.md"),
        (WHINE_RU, "ru", "en/pump.md"),
        (DRIFT_RU, "ru", "ru/boom.md"),
        ("Excavator boom creeps down: is the counterbalance valve leaking?", "en", "ru/boom.md"),
        ("When do I change the filter element?", "en", "en/filter.md"),
    ],
)
async def test_a_question_in_either_language_finds_its_document_and_is_answered_with_citations(
    library: Library, question: str, language: str, document: str
) -> None:
    library.script.steps = ("Look at the ", "first passage", " [1].")
    answer = await library.ask(question)
    assert answer.mode is AnswerMode.MODEL
    assert answer.language == language
    assert answer.text == "Look at the first passage [1]."
    assert answer.citations == (1,)
    assert answer.passages[0].passage.document == document
    assert answer.index_version == 1
    assert answer.timings_ms["total"] >= answer.timings_ms["retrieve"] > 0


@pytest.mark.parametrize("question", OFF_TOPIC)
async def test_a_question_that_no_document_answers_is_refused_without_asking_the_model(
    library: Library, question: str
) -> None:
    answer = await library.ask(question)
    assert answer.refused
    assert answer.mode is AnswerMode.REFUSAL
    assert answer.text == ""
    assert library.ollama.requests == []
    assert (await _entry(library, answer.query_id)).outcome == "refused"


@pytest.mark.parametrize("question", [WHINE_EN, DRIFT_RU])
async def test_without_a_model_the_best_passages_are_quoted_word_for_word(library: Library, question: str) -> None:
    library.ollama.model = "another:1b"
    answer = await library.ask(question)
    assert answer.mode is AnswerMode.EXTRACTIVE
    assert not answer.degraded
    assert answer.citations
    source = _one_line(PAGES[answer.passages[0].passage.document])
    for n in answer.citations:
        quoted = answer.passages[n - 1].passage.text
        assert f"{quoted}\n[{n}]" in answer.text
    for line in answer.passages[0].passage.text.splitlines():
        assert _one_line(line) in source


@pytest.mark.parametrize(
    "steps",
    [
        ("Check the ", Fault.ABORT),
        ("Check the ", Fault.ERROR),
        (Fault.STATUS,),
        ("<think>Hmm", Fault.END),
        ("I just know it.",),  # cites nothing
        ("Look there [8].",),  # cites what it was not given
        ("<think>only a thought</think>",),
    ],
)
async def test_a_model_that_fails_midway_leaves_the_reader_with_the_passages(
    library: Library, steps: tuple[Step, ...]
) -> None:
    library.script.steps = steps
    answer = await library.ask(WHINE_EN)
    assert answer.mode is AnswerMode.EXTRACTIVE
    assert answer.degraded
    assert "0.8 bar absolute" in answer.text
    assert (await _entry(library, answer.query_id)).outcome == "answered"


async def test_invented_citations_and_values_do_not_survive(library: Library) -> None:
    library.script.steps = ("Keep the inlet above 0.8 bar [1]. ", "Set the pump to 420 bar [1][9].")
    answer = await library.ask(WHINE_EN)
    assert answer.mode is AnswerMode.MODEL
    assert answer.text == "Keep the inlet above 0.8 bar [1]. Set the pump to 420 bar [1]. ⚠️"
    assert answer.unverified == ("420 bar",)


async def test_the_question_is_on_record_before_the_model_speaks_and_the_answer_after(library: Library) -> None:
    hold = asyncio.Event()
    library.script.steps = ("Check ", hold, "the strainer [1].")
    async with aclosing(library.assistant.ask(ENGINEER, 1, WHINE_EN)) as events:
        assert await anext(events) == Delta("Check ")
        async with library.sessions() as session:
            entry = (await session.scalars(select(QueryLogEntry))).one()
        assert (entry.question, entry.outcome, entry.answer) == (WHINE_EN, "pending", None)
        hold.set()
        async for _ in events:
            pass
    entry = await _entry(library, entry.id)
    assert (entry.outcome, entry.answer, entry.mode, entry.model) == (
        "answered",
        "Check the strainer [1].",
        "model",
        "scripted:1b",
    )
    assert entry.passages[0]["document"] == "en/pump.md"
    assert entry.index_version == 1
    assert entry.prompt_version
    assert entry.timings_ms["first_token"] > 0


async def test_stopping_keeps_what_was_said_and_stops_the_model(library: Library) -> None:
    library.script.steps = ("Check ", asyncio.Event())
    told = asyncio.Event()

    async def read() -> None:
        async with aclosing(library.assistant.ask(ENGINEER, 1, WHINE_EN)) as events:
            async for _ in events:
                told.set()

    task = asyncio.create_task(read())
    await told.wait()
    task.cancel()
    await asyncio.wait({task})
    await asyncio.wait_for(library.ollama.abandoned.wait(), 5)
    async with library.sessions() as session:
        entry = (await session.scalars(select(QueryLogEntry))).one()
    assert (entry.outcome, entry.answer) == ("stopped", "Check ")


async def test_whoever_waits_for_the_model_sees_their_position(library: Library) -> None:
    hold = asyncio.Event()
    library.script.steps = (hold, "Check [1].")
    first = asyncio.create_task(library.ask(WHINE_EN, chat_id=1))
    await library.ollama.answering.wait()
    async with aclosing(library.assistant.ask(ENGINEER, 2, "Why does the pump whine?")) as events:
        assert await anext(events) == Queued(1)
        hold.set()
        assert await anext(events) == Delta("Check [1].")
    assert (await first).citations == (1,)


async def test_a_new_version_is_used_without_a_restart(library: Library) -> None:
    question = "What does error code E-217 of the press mean?"
    before = await library.orchestrator.retrieve(question)
    await library.add({"en/codes.md": "# Error codes\n\nE-217: the press has lost the signal of its pressure sensor."})
    after = await library.orchestrator.retrieve(question)
    assert "en/codes.md" not in {scored.passage.document for scored in before.passages}
    assert after.passages[0].passage.document == "en/codes.md"
    assert (before.index_version, after.index_version) == (1, 2)


async def test_follow_ups_know_what_was_asked_until_a_new_conversation(library: Library) -> None:
    library.script.steps = ("Because of cavitation [1].",)
    await library.ask(WHINE_EN)
    await library.ask("And what should I check first?")
    roles = [message["role"] for message in library.ollama.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    await library.assistant.new_conversation(ENGINEER, 1)
    await library.ask("Why does the pump whine?")
    assert [message["role"] for message in library.ollama.requests[-1]["messages"]] == ["system", "user"]
    assert (await library.ask("And what should I check first?", chat_id=99)).query_id
    assert [message["role"] for message in library.ollama.requests[-1]["messages"]] == ["system", "user"]
