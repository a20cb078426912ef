"""Machines in the chat: the list, the picture, the buttons under it, and what happens to strange requests."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

import pytest

from bot import exporting
from bot.console import ENGINEER, STRANGER
from core.clock import utc_now
from core.diagnostics.exports.service import ExportService
from core.diagnostics.exports.writers import Row
from core.diagnostics.models import Sensor
from demo import seed
from tests.bot.conftest import Message, Stage


@pytest.fixture
async def plant(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A running bot and the demonstration plant with its last two hours."""
    monkeypatch.setattr(seed, "HISTORY", timedelta(hours=2))
    await seed.seed_plant(stage.container.sessions, utc_now)
    return stage


def has_photo(message: Message) -> bool:
    return "photo" in message


async def test_the_list_shows_each_machine_with_a_button(plant: Stage) -> None:
    listed = await plant.ask("/systems", lambda m: "reply_markup" in m)
    assert "Пресс П-200" in listed["text"]
    assert "Вибрация насоса: показаний нет" in listed["text"]  # whatever the hour: others follow the plant's shifts
    assert len(listed["reply_markup"]["inline_keyboard"]) == 3


async def test_a_machine_opens_from_the_list_as_a_picture(plant: Stage) -> None:
    listed = await plant.ask("/systems", lambda m: "reply_markup" in m)
    await plant.press(listed, "ГС-7")
    shown = await plant.console.wait_for(ENGINEER, has_photo)
    assert shown["caption"].startswith("⚠️ Гидростанция ГС-7 · 24 ч")
    assert shown["caption_entities"]


async def test_a_machine_is_shown_by_any_name_over_the_period_asked_for(plant: Stage) -> None:
    shown = await plant.ask("/summary экскаватор за 3 часа", has_photo)
    assert shown["caption"].startswith("⏸ Экскаватор ЭО-35 · 3 ч")


async def test_a_period_button_changes_the_picture_in_place(plant: Stage) -> None:
    shown = await plant.ask("/summary press", has_photo)
    await plant.press(shown, "1 ч")

    def changed() -> bool:
        (now,) = (m for m in plant.console.messages(ENGINEER) if m["message_id"] == shown["message_id"])
        return "П-200 · 1 ч" in now["caption"] and now["photo"] != shown["photo"]

    await plant.console.wait_until(changed)


async def test_without_a_machine_the_bot_asks_which(plant: Stage) -> None:
    asked = await plant.ask("/summary неделя", lambda m: "reply_markup" in m)
    assert asked["text"] == "Какая машина?"
    await plant.press(asked, "П-200")
    shown = await plant.console.wait_for(ENGINEER, has_photo)
    assert "· 7 дн" in shown["caption"]


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("/summary lathe", "press-2"),
        ("/summary press 5000 дней", "до 366 дней"),
        ("/summary 🙂", "excavator-1, hpu-7, press-2"),
        ("/summary <b>" + "x" * 3000, "press-2"),
    ],
)
async def test_requests_that_fit_nothing_are_answered_in_words(plant: Stage, request_: str, reply: str) -> None:
    assert reply in (await plant.ask(request_, lambda m: m["from"]["is_bot"]))["text"]


async def test_strangers_see_no_machines(plant: Stage) -> None:
    told = await plant.ask("/systems", lambda m: m["from"]["is_bot"], who=STRANGER)
    assert "Press" not in told["text"]


async def test_over_a_poor_signal_the_words_come_first_and_the_picture_on_a_tap(plant: Stage) -> None:
    await plant.ask("/signal")
    shown = await plant.ask("/summary press", lambda m: "reply_markup" in m)
    assert not has_photo(shown)
    assert "Пресс П-200 · 24 ч" in shown["text"]
    assert len(shown["text"].encode()) <= 1000
    await plant.press(shown, "График")
    picture = await plant.console.wait_for(ENGINEER, has_photo)
    assert "Пресс П-200 · 24 ч" in picture["caption"]


async def test_readings_asked_for_in_words_are_shown_and_questions_go_to_the_documents(plant: Stage) -> None:
    shown = await plant.ask("давление пресса за 3 часа", has_photo)
    assert shown["caption"].startswith("✅ Пресс П-200 · 3 ч")
    assert "Давление насоса" in shown["caption"]
    assert "Температура масла" not in shown["caption"]
    await plant.press(shown, "1 ч")
    await plant.console.say(ENGINEER, "почему давление пресса падает за 3 часа?")
    await plant.console.wait_until(lambda: plant.assistant.asked == ["почему давление пресса падает за 3 часа?"])


async def test_a_range_of_ones_own_is_typed_after_a_button(plant: Stage) -> None:
    shown = await plant.ask("/summary press", has_photo)
    await plant.press(shown, "Свой период")
    told = await plant.console.wait_for(ENGINEER, lambda m: "За какое время" in m.get("text", ""))
    ranged = await plant.ask("сегодня", has_photo)
    assert "Пресс П-200" in ranged["caption"]
    assert ranged["message_id"] > told["message_id"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("завтра", "ещё впереди"),
        ("1.1.2020 – 1.6.2026", "366"),
        ("31 февраля", "нет: «31 февраля»"),
        ("5 минут", "от 10 минут"),
        ("1/11 – 5/11", "прочесть не получается"),
    ],
)
async def test_a_range_that_can_not_be_used_is_explained_and_the_next_one_is_taken(
    plant: Stage, typed: str, told: str
) -> None:
    shown = await plant.ask("/summary press", has_photo)
    await plant.press(shown, "Свой период")
    await plant.console.wait_for(ENGINEER, lambda m: "За какое время" in m.get("text", ""))
    assert told in (await plant.ask(typed, lambda m: m["from"]["is_bot"]))["text"]
    assert "Пресс П-200" in (await plant.ask("сегодня", has_photo))["caption"]


async def test_a_range_is_picked_and_keeps_to_the_sensors_shown(plant: Stage) -> None:
    shown = await plant.ask("давление насоса пресса за 3 часа", has_photo)
    await plant.press(shown, "Свой период")
    asked = await plant.console.wait_for(ENGINEER, lambda m: "За какое время" in m.get("text", ""))
    await plant.press(asked, "Сегодня")
    picked = await plant.console.wait_for(ENGINEER, has_photo, after=asked["message_id"])
    assert "Давление насоса" in picked["caption"]
    assert "Температура масла" not in picked["caption"]


async def test_what_is_typed_instead_of_a_range_is_a_question(plant: Stage) -> None:
    shown = await plant.ask("/summary press", has_photo)
    await plant.press(shown, "Свой период")
    await plant.console.wait_for(ENGINEER, lambda m: "За какое время" in m.get("text", ""))
    await plant.console.say(ENGINEER, "почему шумит насос?")
    await plant.console.wait_until(lambda: plant.assistant.asked == ["почему шумит насос?"])


def has_document(message: Message) -> bool:
    return "document" in message


async def test_readings_are_sent_as_a_file_from_words_and_from_the_button(plant: Stage) -> None:
    sent = await plant.ask("/export пресс 1 час parquet", has_document)
    assert sent["document"]["file_name"].endswith(".parquet")
    assert sent["caption"].startswith("Пресс П-200 · ")
    assert "показани" in sent["caption"]
    assert "Столбец time – в UTC" in sent["caption"]
    shown = await plant.ask("/summary press 1h", has_photo)
    await plant.press(shown, "CSV")
    again = await plant.console.wait_for(ENGINEER, has_document, after=shown["message_id"])
    assert again["document"]["file_name"].endswith(".csv")


@pytest.mark.parametrize(
    ("request_", "reply"),
    [("/export", "Напишите, например"), ("/export lathe", "press-2"), ("/export press позавчера", "показаний нет")],
)
async def test_an_export_that_can_not_be_made_is_explained(plant: Stage, request_: str, reply: str) -> None:
    assert reply in (await plant.ask(request_, lambda m: m["from"]["is_bot"]))["text"]


async def test_a_file_that_takes_long_is_followed_and_can_be_stopped(
    plant: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_SOON_S", 0.05)
    begun = asyncio.Event()

    async def batches(*_: object) -> AsyncGenerator[tuple[Sensor, Sequence[Row]]]:
        begun.set()
        await asyncio.Event().wait()
        yield Sensor(), []

    monkeypatch.setattr(ExportService, "_batches", batches)
    shown = await plant.ask("/export пресс 1 час", lambda m: "reply_markup" in m)
    assert "Готовлю файл" in shown["text"]
    await begun.wait()
    assert "ещё готовится" in (await plant.ask("/export пресс 1 час", lambda m: m["from"]["is_bot"]))["text"]
    await plant.press(shown, "Остановить")

    def stopped() -> bool:
        (now,) = (m for m in plant.console.messages(ENGINEER) if m["message_id"] == shown["message_id"])
        return "Остановлено" in now["text"] and "reply_markup" not in now

    await plant.console.wait_until(stopped)
    assert not any(has_document(m) for m in plant.console.messages(ENGINEER))


async def test_buttons_under_a_past_keep_to_it(plant: Stage) -> None:
    now = utc_now()
    begin, end = now - timedelta(hours=1, minutes=50), now - timedelta(hours=1)
    shown = await plant.ask(f"/summary press {begin:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}", has_photo)
    await plant.press(shown, "CSV")
    sent = await plant.console.wait_for(ENGINEER, has_document, after=shown["message_id"])
    assert f"{end:%H:%M} (UTC)" in sent["caption"]
