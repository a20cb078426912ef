"""/settings: one message whose buttons turn its pages; what is typed is taken, or said to be wrong."""

from datetime import timedelta

import pytest

from bot.console import ENGINEER, STRANGER
from core.clock import utc_now
from demo import seed
from tests.bot.conftest import Message, Stage
from tests.fakes.assistant import model_answer


async def _shown(stage: Stage, message: Message, words: str) -> Message:
    return await stage.console.wait_for(
        ENGINEER, lambda m: m["message_id"] == message["message_id"] and words in m.get("text", "")
    )


def _buttons(message: Message) -> list[str]:
    return [key["text"] for line in message["reply_markup"]["inline_keyboard"] for key in line]


async def test_pages_turn_in_place_and_a_tap_is_kept(stage: Stage) -> None:
    card = await stage.ask("/settings")
    assert "Единицы: бар, °C, л/мин" in card["text"]
    assert "Тихие часы: нет" in card["text"]
    await stage.press(card, "Единицы")
    page = await _shown(stage, card, "В чём показывать")
    assert _buttons(page)[0].startswith("• бар")
    await stage.press(page, "psi")
    await _shown(stage, card, "Единицы: psi")
    await stage.press(await _shown(stage, card, "настройки"), "Тихие часы")
    await stage.press(await _shown(stage, card, "не беспокоить"), "22:00–07:00")
    await _shown(stage, card, "Тихие часы: 22:00–07:00")
    assert len(stage.console.calls("sendMessage")) == 1


async def test_the_language_changes_at_once_with_the_menu(stage: Stage) -> None:
    card = await stage.ask("/settings")
    await stage.press(card, "Язык")
    await stage.press(await _shown(stage, card, "На каком языке"), "English")
    await _shown(stage, card, "Your settings")
    await stage.console.wait_until(
        lambda: any("what I can do" in command["description"] for command in stage.console.menu(ENGINEER))
    )


async def test_a_place_is_typed_corrected_and_kept(stage: Stage) -> None:
    card = await stage.ask("/settings")
    await stage.press(card, "Часовой пояс")
    await _shown(stage, card, "Выберите или напишите город")
    assert "Такого места я не знаю" in (await stage.ask("Мордор"))["text"]
    offered = await stage.ask("Екатеринбрг")
    await stage.press(offered, "Екатеринбург +5")
    await stage.console.wait_for(ENGINEER, lambda m: "Часовой пояс: Екатеринбург +5" in m.get("text", ""))
    found = await stage.container.users.find(ENGINEER)
    assert found is not None
    assert found.time_zone == "Asia/Yekaterinburg"


async def test_hours_are_typed_and_a_question_is_still_a_question(stage: Stage) -> None:
    card = await stage.ask("/settings")
    await stage.press(card, "Смена")
    await _shown(stage, card, "Когда ваша смена")
    assert "два разных времени" in (await stage.ask("завтра"))["text"]
    kept = await stage.ask("7-19")
    assert "Смена: 07:00–19:00" in kept["text"]
    await stage.press(kept, "Тихие часы")
    await _shown(stage, kept, "не беспокоить")
    stage.assistant.script = [model_answer("Check it [1].")]
    assert "Check it" in (await stage.ask("почему воет насос?"))["text"]
    assert stage.assistant.asked == ["почему воет насос?"]


async def test_strangers_have_none(stage: Stage) -> None:
    assert "1003" in (await stage.ask("/settings", who=STRANGER))["text"]


async def test_a_summary_is_in_the_units_that_were_just_chosen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "HISTORY", timedelta(hours=2))
    await seed.seed_plant(stage.container.sessions, utc_now)
    card = await stage.ask("/settings")
    await stage.press(card, "Единицы")
    await stage.press(await _shown(stage, card, "В чём показывать"), "psi")
    await _shown(stage, card, "Единицы: psi")
    shown = await stage.ask("/summary press", lambda m: "photo" in m)
    assert "°F" in shown["caption"]
    assert "psi" in shown["caption"]
    assert " бар" not in shown["caption"]
    assert "°C" not in shown["caption"]
