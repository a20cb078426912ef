"""From a question to its answer: growing, stopped, waiting in line, refused, broken, long, and rated."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.console import ENGINEER, Console
from core.errors import UnavailableError
from core.outbox import Notice
from core.rag.answers import Answer, AnswerMode, Delta, Queued, Refusal
from core.settings import Settings
from tests.bot.conftest import Message, Stage, running
from tests.fakes.assistant import model_answer


def _said(words: str) -> Callable[[Message], bool]:
    return lambda message: words in message.get("text", "")


async def test_a_question_is_answered_with_its_sources_and_formatting(stage: Stage) -> None:
    stage.assistant.script = [model_answer("Check the **strainer** [1].")]
    message = await stage.ask("почему воет насос?", _said("strainer"))
    assert message["text"].startswith("Check the strainer [1].")
    assert "[1] Pump noise › Cavitation" in message["text"]
    assert {"type": "bold", "offset": 10, "length": 8} in message["entities"]
    assert stage.assistant.asked == ["почему воет насос?"]


async def test_ask_takes_the_question_after_the_command(stage: Stage) -> None:
    stage.assistant.script = [model_answer("Yes.")]
    await stage.ask("/ask is it the pump?", _said("Yes."))
    assert stage.assistant.asked == ["is it the pump?"]
    assert "Напишите вопрос" in (await stage.ask("/ask"))["text"]


async def test_an_answer_grows_as_a_draft_that_can_be_stopped(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.assistant.script = [Delta("First **part"), gate, model_answer("First **part** and more.")]
    await stage.console.say(ENGINEER, "почему?")
    draft = await _draft(stage, "part")
    assert draft["can_stop"]
    gate.set()
    await stage.console.wait_for(ENGINEER, _said("First part and more."))
    assert stage.console.calls("sendChatAction")[0]["action"] == "typing"


async def test_where_drafts_are_unknown_the_answer_grows_by_edits(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.console.fail_next("sendMessageDraft", 404, description="Not Found: method not found", times=5)
    stage.assistant.script = [Delta("First part"), gate, model_answer("First part and more.")]
    growing = await stage.ask("почему?", _said("First part"))
    assert growing["reply_markup"]["inline_keyboard"][0][0]["text"] == "⏹ Стоп"
    gate.set()
    final = await stage.console.wait_for(ENGINEER, _said("and more."))
    assert final["message_id"] == growing["message_id"]
    assert "[1]" in final["reply_markup"]["inline_keyboard"][0][0]["text"]


async def test_stop_keeps_and_marks_the_partial_answer(stage: Stage) -> None:
    stage.assistant.script = [Delta("The first half"), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    await stage.console.wait_until(lambda: stage.console.draft(ENGINEER))
    await stage.console.say(ENGINEER, "/stop")
    final = await stage.console.wait_for(ENGINEER, _said("The first half"))
    assert final["text"].endswith("Остановлено.")
    assert stage.assistant.cancelled == 1


async def test_the_stop_button_of_a_draft_works(stage: Stage) -> None:
    stage.assistant.script = [Delta("Half"), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    await _draft(stage, "Half")
    await stage.console.stop_generation(ENGINEER)
    assert "Остановлено." in (await stage.console.wait_for(ENGINEER, _said("Half")))["text"]


async def test_stop_without_an_answer_says_so_and_the_chat_stays_usable(stage: Stage) -> None:
    assert "ничего не пишу" in (await stage.ask("/stop"))["text"]
    stage.assistant.script = [model_answer("Fine.")]
    await stage.ask("и?", _said("Fine."))


async def test_a_second_question_waits_for_the_first(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.assistant.script = [gate, model_answer("Done.")]
    await stage.console.say(ENGINEER, "первый")
    accepted = await stage.ask("второй", _said("Вопрос принят"))
    gate.set()
    await stage.console.wait_until(lambda: _count(stage.console, "Done.") == 2)
    assert stage.assistant.asked == ["первый", "второй"]
    assert accepted["message_id"] < stage.console.messages(ENGINEER)[-1]["message_id"]


async def test_the_line_is_short(stage: Stage) -> None:
    stage.assistant.script = [asyncio.Event()]
    for number in range(4):
        await stage.console.say(ENGINEER, f"вопрос {number}")
    assert "уже ждут вопросы: 3" in (await stage.ask("ещё", _said("уже ждут")))["text"]


async def test_stop_forgets_the_line(stage: Stage) -> None:
    stage.assistant.script = [Delta("Half"), asyncio.Event()]
    await stage.console.say(ENGINEER, "первый")
    await stage.ask("второй", _said("Вопрос принят"))
    await stage.ask("/stop", _said("Остановлено."))
    assert stage.assistant.asked == ["первый"]


async def test_a_place_in_the_models_queue_is_shown(stage: Stage) -> None:
    stage.assistant.script = [Queued(2), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    await _draft(stage, "ваш номер в очереди: 2")


async def test_a_refusal_names_what_is_missing_and_what_is_nearest(stage: Stage) -> None:
    refusal = Refusal(nearest=("Pump noise",), missing=("flux capacitor",))
    stage.assistant.script = [Answer("?", "ru", AnswerMode.REFUSAL, "", refusal=refusal, query_id=1)]
    message = await stage.ask("flux capacitor?", _said("гадать я не буду"))
    assert "flux capacitor" in message["text"]
    assert "Pump noise" in message["text"]
    assert "👎" not in str(message["reply_markup"])


async def test_quotes_say_that_no_model_worded_them(stage: Stage) -> None:
    quotes = replace(model_answer("> Check the strainer. [1]"), mode=AnswerMode.EXTRACTIVE, language="ru")
    stage.assistant.script = [quotes]
    assert "Языковая модель не подключена" in (await stage.ask("почему?", _said("strainer")))["text"]


async def test_values_that_no_passage_backs_are_named(stage: Stage) -> None:
    stage.assistant.script = [replace(model_answer("Set 250 bar ⚠️ [1]."), unverified=("250 bar",), language="ru")]
    assert "проверьте перед применением: 250 bar" in (await stage.ask("сколько?", _said("Set")))["text"]


async def test_a_question_that_a_crash_interrupted_is_asked_again_at_a_tap(stage: Stage) -> None:
    stage.assistant.script = [model_answer("Now.")]
    async with stage.container.sessions.begin() as session:
        payload = {"query_id": 7, "question": "почему воет насос?"}
        await stage.container.outbox.enqueue(session, ENGINEER, Notice.QUESTION_INTERRUPTED, payload)
    offer = await stage.console.wait_for(ENGINEER, _said("«почему воет насос?»"))
    await stage.press(offer, "Спросить снова")
    await stage.console.wait_for(ENGINEER, _said("Now."))
    assert stage.assistant.asked == ["question 7"]


async def test_retry_asks_the_last_question_again_afresh(stage: Stage) -> None:
    assert "ещё ничего не спрашивали" in (await stage.ask("/retry"))["text"]
    stage.assistant.script = [Delta("Half"), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему воет насос?")
    await _draft(stage, "Half")
    await stage.ask("/stop", _said("Остановлено."))
    stage.assistant.script = [model_answer("Whole.")]
    await stage.ask("/retry", _said("Whole."))
    assert stage.assistant.asked == ["почему воет насос?"] * 2
    assert stage.assistant.fresh == [False, True]


async def test_new_starts_a_new_conversation(stage: Stage) -> None:
    assert "Начнём сначала" in (await stage.ask("/new"))["text"]
    assert stage.assistant.started_anew == 1


async def test_a_known_fault_is_told_in_the_readers_language(stage: Stage) -> None:
    stage.assistant.script = [Delta("Half"), UnavailableError("ollama is down")]
    message = await stage.ask("почему?", _said("Half"))
    assert "сейчас недоступна" in message["text"]
    assert "ollama" not in message["text"]


async def test_an_unknown_fault_shows_a_reference_and_nothing_else(stage: Stage) -> None:
    stage.assistant.script = [RuntimeError("secret insides")]
    message = await stage.ask("почему?", _said("сломалось"))
    assert "secret" not in message["text"]
    assert len(message["text"].rpartition(": ")[2]) == 12


async def test_an_emoji_only_question_gets_a_clear_answer(stage: Stage) -> None:
    assert "Для поиска нужны слова" in (await stage.ask("🔥🔥🔥"))["text"]


async def test_a_question_over_the_limit_is_told_the_limit(stage: Stage) -> None:
    message = await stage.ask("насос " * 833, _said("2000"))
    assert "4095" in message["text"] or "4096" in message["text"]


async def test_a_long_answer_comes_in_pieces_with_the_buttons_under_the_last(stage: Stage) -> None:
    paragraphs = [f"Paragraph {number}. " + "давление " * 60 for number in range(14)]
    stage.assistant.script = [model_answer("\n\n".join(paragraphs))]
    await stage.ask("почему?", lambda m: "reply_markup" in m)
    pieces = [m for m in stage.console.messages(ENGINEER) if m["from"]["is_bot"]]
    assert len(pieces) == 2
    assert "reply_markup" not in pieces[0]
    assert pieces[1]["text"].startswith("Paragraph ")
    together = " ".join(piece["text"] for piece in pieces)
    assert all(f"Paragraph {number}." in together for number in range(14))


async def test_broken_markdown_arrives(stage: Stage) -> None:
    stage.assistant.script = [model_answer("**unclosed `code [link](\n```\nx < 3 & <b>")]
    assert "unclosed" in (await stage.ask("почему?", _said("unclosed")))["text"]


async def test_formatting_that_telegram_refuses_is_sent_plain(stage: Stage) -> None:
    stage.console.fail_next("sendMessage", 400, description="Bad Request: can't parse entities")
    stage.assistant.script = [model_answer("Check the **strainer** [1].")]
    message = await stage.ask("почему?", _said("Check the strainer"))
    assert "entities" not in message


async def test_a_pause_that_telegram_asks_for_is_kept_and_nothing_is_lost(stage: Stage) -> None:
    stage.console.fail_next("sendMessage", 429, retry_after=1)
    stage.assistant.script = [model_answer("Still here.")]
    before = asyncio.get_running_loop().time()
    await stage.ask("почему?", _said("Still here."))
    assert asyncio.get_running_loop().time() - before >= 1


async def test_too_many_questions_get_one_polite_word(stage: Stage) -> None:
    stage.assistant.script = [model_answer("Fine.")]
    for number in range(6):
        await stage.ask(f"вопрос {number}", _said("Fine."))
    await stage.ask("седьмой", _said("Слишком много сразу"))
    await stage.console.say(ENGINEER, "восьмой")
    await stage.ask("/help")
    assert len(stage.assistant.asked) == 6
    assert _count(stage.console, "Слишком много") == 1


async def test_who_blocks_the_bot_midway_is_remembered_as_unreachable(stage: Stage) -> None:
    gate = asyncio.Event()
    stage.assistant.script = [gate, model_answer("Too late.")]
    await stage.console.say(ENGINEER, "почему?")
    await stage.console.wait_until(lambda: stage.assistant.asked)
    stage.console.block(ENGINEER)
    gate.set()
    while any(user.id == ENGINEER for user in await stage.container.users.reachable_users()):
        await asyncio.sleep(0.01)
    stage.console.block(ENGINEER, blocked=False)
    assert await stage.ask("/help")
    assert any(user.id == ENGINEER for user in await stage.container.users.reachable_users())


async def test_shutdown_lets_an_answer_finish(console: Console, settings: Settings) -> None:
    gate = asyncio.Event()
    patient = settings.model_copy(update={"bot": settings.bot.model_copy(update={"drain_timeout_s": 5})})
    async with running(console, patient) as stage:
        stage.assistant.script = [gate, model_answer("Finished.")]
        await console.say(ENGINEER, "почему?")
        await console.wait_until(lambda: stage.assistant.asked)
        stage.stop.set()
        gate.set()
        await stage.finished
    assert _count(console, "Finished.") == 1


async def test_shutdown_loses_no_question(console: Console, settings: Settings) -> None:
    async with running(console, settings) as stage:
        stage.assistant.script = [Delta("Half"), asyncio.Event()]
        await console.say(ENGINEER, "первый")
        await stage.ask("второй", _said("Вопрос принят"))
        await stage.end()
        assert _count(console, "Half") == 1
        assert _count(console, "меня перезапускают") == 1
        assert _count(console, "Меня перезапускают") == 1


async def test_what_is_sent_while_the_bot_is_away_is_answered_once(console: Console, settings: Settings) -> None:
    async with running(console, settings) as stage:
        stage.assistant.script = [model_answer("First.")]
        await stage.ask("первый", _said("First."))
    await console.say(ENGINEER, "второй")
    async with running(console, settings) as stage:
        stage.assistant.script = [model_answer("Second.")]
        await console.wait_for(ENGINEER, _said("Second."))
        assert stage.assistant.asked == ["второй"]


def _count(console: Console, words: str) -> int:
    return sum(words in m.get("text", "") for m in console.messages(ENGINEER) if m["from"]["is_bot"])


async def _draft(stage: Stage, words: str) -> dict[str, Any]:
    def read() -> dict[str, Any] | None:
        draft = stage.console.draft(ENGINEER)
        return draft if draft and words in draft["text"] else None

    return await stage.console.wait_until(read)
