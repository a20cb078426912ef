"""What the documents lack: the button under a refusal, and the report for those who manage documents."""

import csv
from datetime import timedelta

from bot.console import ADMIN, ENGINEER
from core.rag.answers import Answer, AnswerMode, Refusal
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.answered import add_answer
from tests.bot.conftest import Message, Stage

REFUSED = {"outcome": "refused", "mode": "refusal", "answer": ""}


def _labels(message: Message) -> list[str]:
    return [key["text"] for line in message.get("reply_markup", {}).get("inline_keyboard", []) for key in line]


async def _refuse(stage: Stage, question: str, *, who: int = ENGINEER, age: int = 0, **refusal: object) -> int:
    lacks = {"nearest": [], "missing": [], "values": [], "partial": False} | refusal
    return await add_answer(stage, who=who, age=timedelta(days=age), question=question, refusal=lacks, **REFUSED)


async def test_a_refusal_offers_to_ask_for_the_document_and_admins_hear_who_asks_once(stage: Stage) -> None:
    query = await _refuse(stage, "какой момент затяжки у KX-77?", missing=["KX-77"], nearest=["Pump noise"])
    refusal = Refusal(nearest=("Pump noise",), missing=("KX-77",))
    stage.assistant.script = [Answer("?", "ru", AnswerMode.REFUSAL, "", refusal=refusal, query_id=query)]
    refused = await stage.ask("какой момент затяжки у KX-77?")
    assert _labels(refused) == ["📄 Попросить документ"]
    for _ in range(2):  # a tap on a button that another phone still shows
        assert "переданы администраторам" in (await stage.press(refused, "📄"))["text"]
    told = await stage.console.wait_for(ADMIN, lambda m: "asks for a document" in m.get("text", ""))
    assert "какой момент затяжки у KX-77?" in told["text"]
    assert "Not found in any document: KX-77." in told["text"]
    assert "Pump noise" in told["text"]
    await stage.console.wait_for(ENGINEER, lambda m: m["message_id"] == refused["message_id"] and not _labels(m))
    assert sum("asks for a document" in m.get("text", "") for m in stage.console.messages(ADMIN)) == 1


async def test_nobody_asks_for_documents_in_anothers_name(stage: Stage) -> None:
    query = await _refuse(stage, "тайный вопрос", who=ADMIN)
    stage.assistant.script = [Answer("?", "ru", AnswerMode.REFUSAL, "", refusal=Refusal(), query_id=query)]
    answered = await stage.press(await stage.ask("почему?"), "📄")
    assert answered["show_alert"]
    assert not any("тайный вопрос" in m.get("text", "") for m in stage.console.messages(ADMIN))


async def test_the_report_puts_what_most_people_lack_first_and_names_nobody(stage: Stage) -> None:
    await _refuse(stage, "давление KX-77?", missing=["KX-77"])
    await _refuse(stage, "разобрать kx-77", who=ADMIN, missing=["kx-77"])
    await _refuse(stage, "сколько стоит насос?", values=["price"], nearest=["Pump noise"])
    await _refuse(stage, "давно забытое", age=31)
    await add_answer(stage, question="почему греется масло?", feedback=-1, feedback_reason="outdated")
    await add_answer(stage, question="на это ответ был")
    report = (await stage.ask("/gaps", who=ADMIN))["text"]
    assert "What the documents lack (30 days): 3" in report
    first, second, third = report.split("\n\n")[1:]
    assert first.startswith("1. «разобрать kx-77»; «давление KX-77?»")
    assert "Asked 2 times by 2 people" in first
    assert "почему греется масло?" in second
    assert "👎 Outdated" in second
    assert "gives a price" in third
    assert "забытое" not in report
    assert "ответ был" not in report


async def test_pages_turn_in_place_and_the_table_opens_in_a_spreadsheet_without_running_anything(stage: Stage) -> None:
    for number in range(7):
        await _refuse(stage, f"=HYPERLINK({number}) вопрос{number}?", missing=[f"слово{number}"])
    opened = await stage.ask("/gaps", who=ADMIN)
    assert _labels(opened) == ["1/2", "▶", "⬇ As a table (CSV)"]
    await stage.press(opened, "▶", who=ADMIN)
    turned = await stage.console.wait_for(ADMIN, lambda m: "вопрос0?" in m.get("text", ""))
    assert turned["message_id"] == opened["message_id"]
    await stage.press(turned, "⬇", who=ADMIN)
    sent = await stage.console.wait_for(ADMIN, lambda m: "document" in m)
    table = stage.console.file(sent["document"]["file_id"]).decode("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["missing"] for row in rows] == [f"слово{number}" for number in reversed(range(7))]
    assert all(row["questions"].startswith("'=HYPERLINK(") for row in rows)


async def test_who_does_not_manage_documents_sees_no_report(stage: Stage) -> None:
    await _refuse(stage, "давление KX-77?")
    assert "KX-77" not in (await stage.ask("/gaps"))["text"]
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.ADMIN)
    assert "KX-77" in (await stage.ask("/gaps"))["text"]


async def test_without_gaps_it_says_so(stage: Stage) -> None:
    assert "Nothing is missing" in (await stage.ask("/gaps", who=ADMIN))["text"]
