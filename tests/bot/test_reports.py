"""Reports in the chat, from the first word to the PDF, by buttons."""

from datetime import timedelta

import pytest

from bot.console import ADMIN, ENGINEER
from core.clock import utc_now
from demo import seed
from tests.bot.conftest import Message, Stage


@pytest.fixture
async def plant(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A running bot and the demonstration plant with its last two hours."""
    monkeypatch.setattr(seed, "HISTORY", timedelta(hours=2))
    await seed.seed_plant(stage.container.sessions, utc_now)
    return stage


def is_card(message: Message) -> bool:
    return str(message.get("text", "")).startswith("📋")


async def opened(plant: Stage) -> Message:
    """Open a report on the press as Ivan; return its card."""
    await plant.ask("/report press", lambda m: "что вы нашли" in m.get("text", ""))
    return await plant.ask("Дренаж <b>горячий</b> & шумит", is_card)


async def test_a_report_is_opened_worked_on_and_closed(plant: Stage) -> None:
    card = await opened(plant)
    assert "Отчёт № 1 · Пресс П-200" in card["text"]
    assert "Дренаж <b>горячий</b> & шумит" in card["text"]
    assert "Дренаж под нагрузкой: " in card["text"]
    await plant.press(card, "В работу")
    await plant.press(card, "Заметка")
    await plant.console.wait_for(ENGINEER, lambda m: "что увидели" in m.get("text", ""), after=card["message_id"])
    noted = await plant.ask("Регулятор заедает", is_card)
    assert "в работе: Ivan Petrov" in noted["text"]
    assert "Регулятор заедает" in noted["text"]
    await plant.press(noted, "Закрыть")
    await plant.console.wait_for(ENGINEER, lambda m: "что помогло" in m.get("text", ""), after=noted["message_id"])
    closed = await plant.ask("Промыли регулятор", is_card)
    assert "закрыт" in closed["text"]
    told = await plant.press(noted, "В работу")
    assert "уже изменили" in told["text"]
    await plant.press(closed, "Открыть снова")


async def test_reports_are_listed_by_machine_and_opened_from_the_list(plant: Stage) -> None:
    await opened(plant)
    listed = await plant.ask("/reports press", lambda m: "reply_markup" in m)
    assert "1 отчёт · Пресс П-200" in listed["text"]
    await plant.press(listed, "№ 1")
    await plant.console.wait_for(ENGINEER, is_card, after=listed["message_id"])
    assert "отчётов пока нет" in (await plant.ask("/reports hpu-7", lambda m: "reply_markup" in m))["text"]
    in_english = await plant.ask("/reports", lambda m: "reply_markup" in m, who=ADMIN)
    assert "1 report" in in_english["text"]


async def test_the_pdf_comes_on_a_tap(plant: Stage) -> None:
    card = await opened(plant)
    await plant.press(card, "PDF")
    sent = await plant.console.wait_for(ENGINEER, lambda m: "document" in m, after=card["message_id"])
    assert sent["document"]["file_name"] == "report-1-press-2.pdf"
    assert sent["document"]["file_size"] > 20_000


async def test_words_can_be_withheld_and_are_asked_for_again(plant: Stage) -> None:
    asked = await plant.ask("/report press", lambda m: "reply_markup" in m)
    refused = await plant.ask("x" * 2500, lambda m: m["from"]["is_bot"])
    assert "до 2000 знаков" in refused["text"].replace("\u202f", "").replace("\u00a0", "")
    await plant.press(asked, "Отмена")
    await plant.console.say(ENGINEER, "почему шумит насос?")
    await plant.console.wait_until(lambda: plant.assistant.asked == ["почему шумит насос?"])
    assert "Отчётов пока нет" in (await plant.ask("/reports", lambda m: "reply_markup" in m))["text"]
