"""Answers that were given before: who gets them again, and what makes them unreachable at once."""

import asyncio
from contextlib import aclosing

import pytest
from redis.asyncio import Redis

from core.rag.answers import Answer, AnswerMode, Queued
from core.rag.caching import same_question
from core.rag.readership import Access
from core.users.rights import OPERATOR
from tests.fixtures.rag import ADMIN, ENGINEER, MODEL, PAGES, Library

WHINE = "Why does the pump whine with cold oil?"


@pytest.fixture
def told(library: Library) -> Library:
    """The library with a model that answers from the first passage."""
    library.script.steps = ("Check the suction strainer [1].",)
    return library


def _asked(library: Library) -> int:
    """Return how often the model was asked."""
    return len(library.ollama.requests)


async def test_the_same_question_of_somebody_else_asks_the_model_once(told: Library) -> None:
    first = await told.ask(WHINE, chat_id=1)
    second = await told.ask("  why does the pump WHINE with cold oil ", chat_id=2)
    assert _asked(told) == 1
    assert (first.mode, second.mode, second.text) == (AnswerMode.MODEL, AnswerMode.MODEL, first.text)
    assert [s.passage for s in second.passages] == [s.passage for s in first.passages]
    assert second.question == "why does the pump WHINE with cold oil"
    assert second.query_id != first.query_id


async def test_rights_keep_answers_apart(told: Library) -> None:
    await told.ask(WHINE, ENGINEER, chat_id=1)
    await told.ask(WHINE, ADMIN, chat_id=2)
    assert _asked(told) == 2


async def test_a_document_that_changes_hides_answers_before_it_is_indexed(told: Library) -> None:
    await told.ask(WHINE, chat_id=1)
    changed = PAGES["en/pump.md"].replace("0.8 bar", "0.9 bar")
    await told.documents.add(OPERATOR, "en/pump.md", changed.encode())
    await told.ask(WHINE, chat_id=2)
    assert _asked(told) == 2
    await told.indexes.rebuild()
    answer = await told.ask(WHINE, chat_id=3)
    assert _asked(told) == 3
    assert "0.9 bar" in answer.passages[0].passage.text


@pytest.mark.parametrize("change", ["delete", "restrict"])
async def test_a_document_taken_away_is_not_quoted_from_the_cache(told: Library, change: str) -> None:
    await told.ask(WHINE, chat_id=1)
    [pump] = [document for document in await told.documents.list(ADMIN) if document.name == "en/pump.md"]
    if change == "delete":
        await told.documents.delete(OPERATOR, pump.id)
    else:
        await told.documents.add(OPERATOR, "en/pump.md", PAGES["en/pump.md"].encode(), access=Access.ADMIN)
    await told.indexes.rebuild()
    answer = await told.ask(WHINE, chat_id=2)
    assert "en/pump.md" not in {scored.passage.document for scored in answer.passages}


async def test_asked_afresh_the_model_speaks_again_and_others_get_that(told: Library) -> None:
    await told.ask(WHINE, chat_id=1)
    told.script.steps = ("Check the breather [1].",)
    async with aclosing(told.assistant.ask(ENGINEER, 1, WHINE, fresh=True)) as events:
        [again] = [event async for event in events if isinstance(event, Answer)]
    assert again.text == "Check the breather [1]."
    assert (await told.ask(WHINE, chat_id=2)).text == "Check the breather [1]."


async def test_a_bad_answer_is_not_given_again(told: Library) -> None:
    await told.ask(WHINE, chat_id=1)
    given = await told.ask(WHINE, chat_id=2)
    assert given.query_id is not None
    await told.assistant.feedback(ENGINEER, given.query_id, +1)
    await told.ask(WHINE, chat_id=3)
    assert _asked(told) == 1
    await told.assistant.feedback(ENGINEER, given.query_id, -1)
    await told.ask(WHINE, chat_id=4)
    assert _asked(told) == 2


async def test_a_follow_up_is_answered_for_its_own_conversation(told: Library) -> None:
    await told.ask(WHINE, chat_id=1)
    await told.ask("and when it is warm?", chat_id=1)
    await told.ask("When does a boom drift down under load?", chat_id=2)
    before = _asked(told)
    await told.ask("and when it is warm?", chat_id=2)
    assert _asked(told) == before + 1


async def test_what_a_conversation_made_the_model_say_is_not_for_others(told: Library) -> None:
    await told.ask("When is the return filter element changed?", chat_id=1)
    await told.ask(WHINE, chat_id=1)
    before = _asked(told)
    await told.ask(WHINE, chat_id=2)
    assert _asked(told) == before + 1


async def test_refusals_and_quotes_are_searched_once_and_never_kept_as_answers(
    told: Library, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.ollama.model = "another:1b"
    assert (await told.ask(WHINE, chat_id=1)).mode is AnswerMode.EXTRACTIVE
    assert not await redis.keys("hydrodiag:cache:answer:*")
    assert await redis.keys("hydrodiag:cache:search:*")
    told.ollama.model = MODEL
    monkeypatch.setattr(told.orchestrator.model, "_known", None)  # what it knew is some seconds old
    assert (await told.ask(WHINE, chat_id=2)).mode is AnswerMode.MODEL


async def test_who_asks_while_it_is_being_answered_waits_and_gets_the_same(told: Library) -> None:
    gate = asyncio.Event()
    told.script.steps = ("Check ", gate, "the suction strainer [1].")
    first = asyncio.create_task(told.ask(WHINE, chat_id=1))
    await asyncio.wait_for(told.ollama.answering.wait(), 10)
    async with aclosing(told.assistant.ask(ENGINEER, 2, WHINE)) as events:
        assert await anext(events) == Queued(1)
        gate.set()
        [second] = [event async for event in events if isinstance(event, Answer)]
    assert second.text == (await first).text
    assert _asked(told) == 1


async def test_when_the_first_one_stops_the_one_who_waits_still_gets_an_answer(told: Library) -> None:
    told.script.steps = ("Check ", asyncio.Event())
    first = asyncio.create_task(told.ask(WHINE, chat_id=1))
    await asyncio.wait_for(told.ollama.answering.wait(), 10)
    second = asyncio.create_task(told.ask(WHINE, chat_id=2))
    await asyncio.sleep(0.2)
    told.script.steps = ("Check the suction strainer [1].",)
    first.cancel()
    assert (await asyncio.wait_for(second, 10)).text == "Check the suction strainer [1]."


async def test_an_entry_that_is_damaged_is_worked_out_again(told: Library, redis: Redis) -> None:
    await told.ask(WHINE, chat_id=1)
    for name in await redis.keys("hydrodiag:cache:*"):
        await redis.set(name, b'{"question": 1')
    assert (await told.ask(WHINE, chat_id=2)).text == "Check the suction strainer [1]."


async def test_without_redis_questions_are_answered_all_the_same(
    told: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told.cache, "_redis", Redis.from_url("redis://127.0.0.1:1"))
    assert (await told.ask(WHINE, chat_id=1)).mode is AnswerMode.MODEL
    assert (await told.ask(WHINE, chat_id=2)).mode is AnswerMode.MODEL
    assert _asked(told) == 2


def test_case_and_closing_signs_make_no_other_question_but_codes_do() -> None:
    assert same_question("Why  does it WHINE ?!") == same_question("why does it whine")
    assert same_question("Ошибка E 217") != same_question("ошибка e 217")
    assert same_question("E-217?") != same_question("E-218?")
