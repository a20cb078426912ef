"""What was behind an alarm, told in the chat: buttons and words, skipped, cancelled, wrong, stale; and its review."""

from datetime import timedelta

import pytest

from bot.console import ADMIN, ENGINEER, STRANGER
from core.diagnostics.detection.conditions import AlarmKind, Condition
from core.diagnostics.models import Severity
from core.diagnostics.repairs.service import Told
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.scope import Scope
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


async def _over(stage: Stage, machine: Machine, *, minutes: int = 30, taken: bool = False) -> int:
    """Let the oil have been hot, from `minutes` ago on; return the group's number."""
    book, desk, began = stage.container.alerting.book, stage.container.alerting.desk, stage.container.clock()
    began -= timedelta(minutes=minutes)
    hot = Condition(machine.system_id, AlarmKind.LIMIT, began, Severity.WARNING, machine.heat, 71.0, 65.0, "degC")
    await book.apply([hot])
    group = (await stage.container.alerting.lists.active(OPERATOR)).cards[0].group_id
    if taken:
        ivan = await stage.container.users.find(ENGINEER)
        assert ivan is not None
        await desk.acknowledge(ivan, group)
    cool = Condition(machine.system_id, AlarmKind.LIMIT, began + timedelta(minutes=9), None, machine.heat)
    await book.apply([cool])
    await book.tick()
    await book.tick()  # too late to be the same alarm again
    return group


async def _remember(stage: Stage, machine: Machine, *causes: str) -> None:
    for number, cause in enumerate(causes):
        group = await _over(stage, machine, minutes=600 - 20 * number)
        case = await stage.container.repairs.propose(OPERATOR, group, Told(cause))
        await stage.container.repairs.decide(OPERATOR, case.id, approve=True)


async def _twice(stage: Stage, message: Message, label: str, who: int = ENGINEER) -> list[str]:
    """Tap a button twice, faster than the bot can take it away; return what it says to each."""
    keys = [key for line in message["reply_markup"]["inline_keyboard"] for key in line]
    data = next(key["callback_data"] for key in keys if label in key["text"])
    queries = [await stage.console.press(who, message["message_id"], data) for _ in range(2)]
    return [(await stage.console.wait_for_answer(query)).get("text", "") for query in queries]


async def _edited(stage: Stage, person: int, message: Message, word: str) -> Message:
    """Wait until a message says something else."""
    [found] = await stage.console.wait_until(
        lambda: [
            m
            for m in stage.console.messages(person)
            if m["message_id"] == message["message_id"] and word in m.get("text", "")
        ]
    )
    return found


async def test_by_buttons_alone_then_reviewed_and_told_to_the_author(stage: Stage, machine: Machine) -> None:
    await _remember(stage, machine, "Засорён фильтр", "Насос", "Насос")
    await _over(stage, machine)
    asked = await stage.ask("/fixed press", lambda m: "В чём была причина" in m.get("text", ""))
    assert "🔧 Пресс · Масло: слишком высоко" in asked["text"]
    labels = [line[0]["text"] for line in asked["reply_markup"]["inline_keyboard"]]
    assert labels[:2] == ["Насос", "Засорён фильтр"]
    await stage.press(asked, "Насос")
    part = await _edited(stage, ENGINEER, asked, "Какую деталь")
    assert "Причина: Насос" in part["text"]
    await stage.press(part, "Пропустить")
    work = await _edited(stage, ENGINEER, asked, "Сколько времени")
    await stage.press(work, "1 ч")
    told = await _edited(stage, ENGINEER, asked, "Спасибо")
    assert "Случай № 4 · Пресс" in told["text"]
    assert "Работа: 1 ч" in told["text"]
    assert "Ждёт проверки" in told["text"]
    review = await stage.console.wait_for(ADMIN, lambda m: "Please review" in m.get("text", "") and "№ 4" in m["text"])
    assert "Cause: Насос" in review["text"]
    assert "Told by Ivan Petrov" in review["text"]
    assert "is approved" in (await stage.press(review, "Approve", who=ADMIN))["text"]
    done = await _edited(stage, ADMIN, review, "Approved by Anna Schmidt")
    assert not done.get("reply_markup")
    news = await stage.console.wait_for(ENGINEER, lambda m: "Случай № 4 подтверждён" in m.get("text", ""))
    assert "Причина: Насос" in news["text"]


async def test_in_words_with_mistakes_that_are_answered(stage: Stage, machine: Machine) -> None:
    await _over(stage, machine)
    first = await stage.ask("/fixed press", lambda m: "В чём была причина" in m.get("text", ""))
    await stage.ask("x" * 201, lambda m: "до 200 знаков" in m.get("text", ""))
    await stage.ask("Забит охладитель", lambda m: "Какую деталь" in m.get("text", ""))
    for stale in ("Пропустить", "Отмена"):
        assert "уже ответили" in (await stage.press(first, stale))["text"]
    await stage.ask("Охладитель", lambda m: "Сколько времени" in m.get("text", ""))
    for wrong in ("долго", "0", "99999999999999999999", "-5"):
        await stage.ask(wrong, lambda m: "Не понимаю" in m.get("text", ""))
    told = await stage.ask("1 ч 30 мин", lambda m: "Спасибо" in m.get("text", ""))
    assert "Причина: Забит охладитель\nДеталь: Охладитель\nРабота: 1,5 ч" in told["text"]
    await stage.console.say(ENGINEER, "почему шумит насос?")
    await stage.console.wait_until(lambda: stage.assistant.asked == ["почему шумит насос?"])


async def test_skipping_all_writes_nothing_and_old_buttons_say_so(stage: Stage, machine: Machine) -> None:
    await _over(stage, machine)
    first = await stage.ask("/fixed press", lambda m: "В чём была причина" in m.get("text", ""))
    taken, late = await _twice(stage, first, "Пропустить")
    assert not taken
    assert "уже ответили" in late
    second = await _edited(stage, ENGINEER, first, "Какую деталь")
    await stage.press(second, "Пропустить")
    third = await _edited(stage, ENGINEER, first, "Сколько времени")
    await stage.press(third, "30 мин")
    await _edited(stage, ENGINEER, third, "ничего не записано")
    assert await stage.container.repairs.waiting(OPERATOR) == ()
    assert len(await stage.container.repairs.troubles(OPERATOR)) == 1


async def test_a_cancelled_telling_leaves_nothing(stage: Stage, machine: Machine) -> None:
    await _over(stage, machine)
    asked = await stage.ask("/fixed press", lambda m: "В чём была причина" in m.get("text", ""))
    assert "уже ответили" in (await _twice(stage, asked, "Отмена"))[1]
    await _edited(stage, ENGINEER, asked, "Ничего не записано")
    await stage.console.say(ENGINEER, "почему шумит насос?")
    await stage.console.wait_until(lambda: stage.assistant.asked == ["почему шумит насос?"])


async def test_who_took_the_alarm_is_asked_once_and_the_message_of_the_alarm_has_the_button(
    stage: Stage, machine: Machine
) -> None:
    await machine.heats(Severity.WARNING)
    alarm = await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    await stage.console.wait_for(ADMIN, lambda m: "🟡 Press" in m.get("text", ""))
    await stage.press(alarm, "Беру на себя")
    group = (await stage.container.alerting.lists.active(OPERATOR)).cards[0].group_id
    with_button = f"fixed:{group}"
    assert with_button not in str(stage.console.messages(ENGINEER))
    await _cooled(stage, machine)
    asked = await stage.console.wait_for(ENGINEER, lambda m: "снова в норме" in m.get("text", ""))
    assert "Масло: слишком высоко" in asked["text"]
    over = await stage.console.wait_until(lambda: [m for m in stage.console.messages(ADMIN) if with_button in str(m)])
    assert "✅ Press" in over[0]["text"]
    assert not any("back to normal" in m.get("text", "") for m in stage.console.messages(ADMIN))
    await stage.press(asked, "Что это было")
    await stage.console.wait_for(ENGINEER, lambda m: "В чём была причина" in m.get("text", ""))
    await stage.container.repairs.propose(OPERATOR, group, Told("pump"))
    late = await stage.press(over[0], "What was it", who=ADMIN)
    assert late["text"] == "operator has told what this was already."


async def _cooled(stage: Stage, machine: Machine) -> None:
    """Let an alarm of now be over, as the reading of two minutes later would have it."""
    book = stage.container.alerting.book
    later = stage.container.clock() + timedelta(seconds=1)
    await book.apply([Condition(machine.system_id, AlarmKind.LIMIT, later, None, machine.heat)])
    clock = book._clock
    book._clock = lambda: clock() + timedelta(minutes=3)
    await book.tick()
    book._clock = clock


async def test_the_list_shows_what_nobody_told_and_what_waits_for_a_review(stage: Stage, machine: Machine) -> None:
    nothing = await stage.ask("/fixed", lambda m: m["from"]["is_bot"])
    assert "нет тревог, о которых не рассказали" in nothing["text"]
    group = await _over(stage, machine)
    shown = await stage.ask("/fixed", lambda m: "Что это было?" in m.get("text", ""))
    await stage.press(shown, "Пресс · Масло")
    await stage.console.wait_for(ENGINEER, lambda m: "В чём была причина" in m.get("text", ""))
    await stage.container.repairs.propose(OPERATOR, group, Told("pump"))
    listed = await stage.ask("/fixed", lambda m: "waits for your review" in m.get("text", ""), who=ADMIN)
    await stage.press(listed, "№ 1 · pump", who=ADMIN)
    card = await stage.console.wait_for(ADMIN, lambda m: "Case № 1" in m.get("text", ""), after=listed["message_id"])
    await stage.press(card, "Reject", who=ADMIN)
    await _edited(stage, ADMIN, card, "Rejected by Anna Schmidt")
    await stage.ask("/fixed excavator", lambda m: "know a machine" in m.get("text", ""), who=ADMIN)


async def test_a_second_reviewer_and_a_second_tap_find_it_decided(stage: Stage, machine: Machine) -> None:
    await stage.container.users.enrol(OPERATOR, 77, Role.SENIOR_ENGINEER, name="Olga")
    case = await stage.container.repairs.propose(OPERATOR, await _over(stage, machine), Told("pump"))
    review = await stage.console.wait_for(ADMIN, lambda m: "Please review" in m.get("text", ""))
    olga = await stage.container.users.find(77)
    assert olga is not None
    await stage.container.repairs.decide(olga, case.id, approve=False)
    late = await stage.press(review, "Approve", who=ADMIN)
    assert late["text"] == "❌ Case № 1 is rejected (Olga)."
    await _edited(stage, ADMIN, review, "Rejected by Olga")


async def test_a_double_tap_decides_once(stage: Stage, machine: Machine) -> None:
    await stage.container.repairs.propose(OPERATOR, await _over(stage, machine), Told("pump"))
    review = await stage.console.wait_for(ADMIN, lambda m: "Please review" in m.get("text", ""))
    assert await _twice(stage, review, "Approve", ADMIN) == ["✅ Case № 1 is approved (Anna Schmidt)."] * 2
    await _edited(stage, ADMIN, review, "Approved by Anna Schmidt")


async def test_an_approved_case_is_withdrawn_after_a_second_thought(stage: Stage, machine: Machine) -> None:
    case = await stage.container.repairs.propose(OPERATOR, await _over(stage, machine), Told("pump"))
    listed = await stage.ask("/fixed", lambda m: "waits for your review" in m.get("text", ""), who=ADMIN)
    await stage.container.repairs.decide(OPERATOR, case.id, approve=True)
    await stage.press(listed, "№ 1", who=ADMIN)
    shown = await stage.console.wait_for(ADMIN, lambda m: "Approved by operator" in m.get("text", ""))
    await stage.press(shown, "Withdraw it", who=ADMIN)
    [sure] = await stage.console.wait_until(
        lambda: [m for m in stage.console.messages(ADMIN) if "told no more" in str(m.get("reply_markup"))]
    )
    assert (await stage.container.repairs.get(OPERATOR, case.id)).state == "approved"
    assert "is rejected" in (await stage.press(sure, "told no more", who=ADMIN))["text"]
    await _edited(stage, ADMIN, shown, "Rejected by Anna Schmidt")


async def test_who_lost_the_right_cannot_review_and_who_lost_the_machine_cannot_tell(
    stage: Stage, machine: Machine
) -> None:
    group = await _over(stage, machine)
    case = await stage.container.repairs.propose(OPERATOR, group, Told("pump"))
    review = await stage.console.wait_for(ADMIN, lambda m: "Please review" in m.get("text", ""))
    await stage.container.users.enrol(OPERATOR, 77, Role.ADMIN, name="Olga")
    await stage.container.users.set_role(OPERATOR, ADMIN, Role.ENGINEER)
    assert "have the right" in (await stage.press(review, "Approve", who=ADMIN))["text"]
    assert (await stage.container.repairs.get(OPERATOR, case.id)).state == "proposed"
    await stage.container.repairs.decide(OPERATOR, case.id, approve=False)
    await stage.ask("/fixed press", lambda m: "В чём была причина" in m.get("text", ""))
    await stage.ask("насос", lambda m: "Какую деталь" in m.get("text", ""))
    last = await stage.ask("насос", lambda m: "Сколько времени" in m.get("text", ""))
    far = Scope.of(machines=frozenset({"press-9"}))
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.ENGINEER, scope=far)
    assert "не на ваших машинах" in (await stage.press(last, "15 мин"))["text"]
    assert await stage.container.repairs.waiting(OPERATOR) == ()


async def test_strangers_and_viewers_are_refused(stage: Stage, machine: Machine) -> None:
    await _over(stage, machine)
    reply = await stage.ask("/fixed press", lambda m: m["from"]["is_bot"], who=STRANGER)
    assert "Press" not in reply["text"]
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.VIEWER)
    await stage.ask("/fixed press", lambda m: "У вас нет на это прав" in m.get("text", ""))
