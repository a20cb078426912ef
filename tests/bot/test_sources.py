"""/sources: what an answer rests on, word for word, page by page in one message."""

from dataclasses import replace
from typing import Any

from sqlalchemy import update
from telegramify_markdown import utf16_len

from bot.console import ADMIN, ENGINEER
from core.rag.models import Document, DocumentState
from tests.bot.answered import add_answer, add_document, passage
from tests.bot.conftest import Message, Stage
from tests.fakes.assistant import PASSAGE, model_answer

LONG = "\n\n".join(f"Measure port {number} with a 600 bar gauge, then write the value down." for number in range(160))


def _keys(message: Message) -> list[str]:
    return [key["text"] for line in message.get("reply_markup", {}).get("inline_keyboard", []) for key in line]


async def _turned(stage: Stage, message: Message, label: str, words: str) -> Message:
    current = next(m for m in stage.console.messages(ENGINEER) if m["message_id"] == message["message_id"])
    await stage.press(current, label)

    def edited(m: Message) -> bool:
        return m["message_id"] == message["message_id"] and (words in m["text"] or words in str(m["reply_markup"]))

    return await stage.console.wait_for(ENGINEER, edited)


async def _set(stage: Stage, **values: Any) -> None:
    async with stage.container.sessions.begin() as session:
        await session.execute(update(Document).values(**values))


async def test_without_an_answer_there_are_no_sources(stage: Stage) -> None:
    assert "Источников нет" in (await stage.ask("/sources"))["text"]


async def test_pages_turn_in_place_and_show_the_passages_word_for_word(stage: Stage) -> None:
    await add_document(stage)
    await add_answer(stage, PASSAGE, passage(2, "The breather is clogged."), passage(3, "Cold oil is thick."))
    opened = await stage.ask("/sources")
    assert "[1] Pump noise › Cavitation" in opened["text"]
    assert "pumps/noise.md, редакция 3" in opened["text"]
    assert opened["text"].endswith("Cavitation sounds like gravel in the pump. Check the suction strainer first.")
    assert _keys(opened) == ["1/3", "▶"]
    second = await _turned(stage, opened, "▶", "breather")
    assert _keys(second) == ["◀", "2/3", "▶"]
    third = await _turned(stage, opened, "▶", "Cold oil")
    assert _keys(third) == ["◀", "3/3"]
    await _turned(stage, opened, "◀", "breather")


async def test_a_source_opens_from_the_answers_button(stage: Stage) -> None:
    await add_document(stage)
    query_id = await add_answer(stage, PASSAGE)
    stage.assistant.script = [model_answer("Check it [1].", query_id=query_id)]
    message = await stage.ask("почему?", lambda m: "Check it" in m.get("text", ""))
    await stage.press(message, "[1]")
    opened = await stage.console.wait_for(ENGINEER, lambda m: "gravel" in m["text"], after=message["message_id"])
    assert _keys(opened) == []


async def test_a_long_passage_has_pages_of_its_own_and_loses_nothing(stage: Stage) -> None:
    await add_document(stage)
    await add_answer(stage, passage(1, LONG), PASSAGE)
    pages = [await stage.ask("/sources")]
    assert _keys(pages[0]) == ["1/2 · 1/3", "▶"]
    pages.append(await _turned(stage, pages[0], "▶", "1/2 · 2/3"))
    pages.append(await _turned(stage, pages[0], "▶", "1/2 · 3/3"))
    assert all(utf16_len(page["text"]) <= 4096 for page in pages)
    together = "\n".join(page["text"] for page in pages)
    assert all(f"Measure port {number} with" in together for number in range(160))
    await _turned(stage, pages[0], "▶", "gravel")
    assert _keys(await _turned(stage, pages[0], "◀", "1/2 · 3/3")) == ["◀", "1/2 · 3/3", "▶"]


async def test_a_table_stays_in_columns(stage: Stage) -> None:
    await add_document(stage)
    table = "| Port | Pressure |\n|---|---|\n| MP1 | 250 bar |\n| MP22 | 30 bar |"
    await add_answer(stage, passage(1, table))
    opened = await stage.ask("/sources")
    [columns] = [e for e in opened["entities"] if e["type"] == "pre"]
    rows = [line.rstrip() for line in opened["text"][columns["offset"] :].splitlines()]
    assert rows[2:] == ["MP1  | 250 bar", "MP22 | 30 bar"]


async def test_a_newer_revision_and_a_deleted_document_are_told(stage: Stage) -> None:
    await add_document(stage)
    await add_answer(stage, PASSAGE)
    assert "⚠️" not in (await stage.ask("/sources"))["text"]
    await _set(stage, revision=4)
    assert "действует редакция 4" in (await stage.ask("/sources"))["text"]
    await _set(stage, state=DocumentState.DELETED)
    assert "удалён из библиотеки" in (await stage.ask("/sources"))["text"]


async def test_a_document_closed_since_does_not_open_any_more(stage: Stage) -> None:
    await add_document(stage)
    await add_answer(stage, PASSAGE, passage(2, "The breather is clogged."))
    opened = await stage.ask("/sources")
    await _set(stage, access="admin")
    assert (await stage.press(opened, "▶"))["show_alert"]
    current = next(m for m in stage.console.messages(ENGINEER) if m["message_id"] == opened["message_id"])
    assert "breather" not in current["text"]


async def test_nobody_opens_the_sources_of_another(stage: Stage) -> None:
    await add_document(stage)
    query_id = await add_answer(stage, PASSAGE)
    stage.assistant.script = [model_answer("Check it [1].", query_id=query_id)]
    message = await stage.ask("why?", lambda m: "Check it" in m.get("text", ""), who=ADMIN)
    assert (await stage.press(message, "[1]", who=ADMIN))["show_alert"]


async def test_addresses_names_and_commands_in_a_document_cannot_be_tapped(stage: Stage) -> None:
    await add_document(stage)
    hostile = "Order at [our shop](https://evil.example/?q=1) or https://evil.example/x, write @evil_bot, send /new."
    await add_answer(stage, replace(PASSAGE, text=hostile))
    opened = await stage.ask("/sources")
    assert "Order at our shop or https://evil.example/x, write @evil_bot, send /new." in opened["text"]
    plain = [opened["text"][e["offset"] :][: e["length"]] for e in opened["entities"] if e["type"] == "code"]
    assert plain == ["noise.md", "https://evil.example/x", "@evil_bot", "/new"]
    assert not any(e["type"] in {"url", "text_link", "mention", "bot_command"} for e in opened["entities"])
