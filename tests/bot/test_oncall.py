"""/oncall in the chat: a rota is made with buttons and words, the call is taken, handed over, and told."""

from datetime import timedelta

import pytest

from bot.console import ADMIN, ENGINEER, STRANGER
from core.users.models import Role
from core.users.rights import OPERATOR, Actor
from tests.bot.conftest import Message, Stage

ANNA = Actor(ADMIN, "Anna Schmidt", Role.ADMIN)


@pytest.fixture
async def rota(stage: Stage) -> int:
    """Anna, then Ivan, a week each."""
    rotas = stage.container.alerting.rotas
    card = await rotas.create(ANNA, "Mechanics")
    for user_id in (ADMIN, ENGINEER):
        await rotas.set_member(ANNA, card.id, user_id, member=True)
    return card.id


def _shown(stage: Stage, who: int, words: str) -> list[Message]:
    return [m for m in stage.console.messages(who) if words in m.get("text", "")]


async def _turned(stage: Stage, who: int, words: str) -> Message:
    shown = await stage.console.wait_until(lambda: _shown(stage, who, words))
    return shown[-1]


async def test_a_rota_is_made_with_buttons_and_words(stage: Stage) -> None:
    shown = await stage.ask("/oncall", lambda m: "no rota yet" in m["text"], who=ADMIN)
    await stage.press(shown, "New rota", who=ADMIN)
    await _turned(stage, ADMIN, "What is the new rota called")
    refused = await stage.ask("x" * 41, who=ADMIN)
    assert "40 letters at most" in refused["text"]
    card = await stage.ask("Mechanics", lambda m: "A turn lasts 7 days" in m["text"], who=ADMIN)
    await stage.press(card, "Start", who=ADMIN)
    await _turned(stage, ADMIN, "When does the first")
    refused = await stage.ask("on Monday", who=ADMIN)
    assert "30.11.2026 08:00" in refused["text"]
    start = stage.container.clock() - timedelta(days=1)
    card = await stage.ask(f"{start:%d.%m.%Y} 06:00", lambda m: "Counted from" in m["text"], who=ADMIN)
    assert "06:00" in card["text"]
    await stage.press(card, "Turn", who=ADMIN)
    await stage.press(await _turned(stage, ADMIN, "How long should it be"), "14 days", who=ADMIN)
    await stage.press(await _turned(stage, ADMIN, "A turn lasts 14 days"), "Members", who=ADMIN)
    await stage.press(await _turned(stage, ADMIN, "Who takes turns"), "Ivan", who=ADMIN)
    told = await _turned(stage, ENGINEER, "Теперь дежурите вы (Mechanics)")
    assert "Anna Schmidt" in told["text"]
    await stage.press(await _turned(stage, ADMIN, "1. Ivan Petrov"), "Back", who=ADMIN)
    await stage.press(await _turned(stage, ADMIN, "Counted from"), "Delete", who=ADMIN)
    await stage.press(await _turned(stage, ADMIN, "Delete the rota Mechanics"), "Yes", who=ADMIN)
    await _turned(stage, ADMIN, "no rota yet")


async def test_everybody_sees_who_is_on_call_and_an_engineer_takes_it(stage: Stage, rota: int) -> None:
    shown = await stage.ask("/oncall", lambda m: "Сейчас: Anna Schmidt" in m["text"])
    assert "Дальше: Ivan Petrov" in shown["text"]
    assert "Изменить" not in str(shown["reply_markup"])
    assert "Передать" not in str(shown["reply_markup"])
    answer = await stage.press(shown, "Беру до")
    assert "Вы дежурите до" in answer["text"]
    await _turned(stage, ENGINEER, "Сейчас: Ivan Petrov")
    assert "По графику: Anna Schmidt" in (await _turned(stage, ENGINEER, "Сейчас: Ivan"))["text"]
    await _turned(stage, ADMIN, "Ivan Petrov is on call in your place (Mechanics)")


async def test_the_call_is_handed_to_somebody_who_is_told(stage: Stage, rota: int) -> None:
    shown = await stage.ask("/oncall", lambda m: "Now: Anna Schmidt" in m["text"], who=ADMIN)
    await stage.press(shown, "Hand over", who=ADMIN)
    answer = await stage.press(await _turned(stage, ADMIN, "Whom do you hand"), "Ivan", who=ADMIN)
    assert "Ivan Petrov is on call now" in answer["text"]
    await _turned(stage, ENGINEER, "Теперь дежурите вы")


async def test_a_stale_button_does_nothing_and_says_so(stage: Stage, rota: int) -> None:
    shown = await stage.ask("/oncall", lambda m: "Сейчас: Anna" in m["text"])
    [card] = await stage.container.alerting.duty.board(ANNA)
    assert card.duty is not None
    olga = 77
    await stage.container.users.enrol(OPERATOR, olga, Role.ENGINEER, name="Olga")
    await stage.container.alerting.duty.hand_over(ANNA, rota, card.duty.mark, olga)
    answer = await stage.press(shown, "Беру до")
    assert "Дежурит уже кто-то другой" in answer["text"]
    [card] = await stage.container.alerting.duty.board(ANNA)
    assert card.duty is not None
    assert card.duty.now.user_id == olga


async def test_strangers_see_nobody(stage: Stage, rota: int) -> None:
    assert "Anna" not in (await stage.ask("/oncall", who=STRANGER))["text"]
