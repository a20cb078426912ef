"""/health: for admins, in their language, with the commands that mend what is found."""

from bot.console import ADMIN, ENGINEER
from tests.bot.conftest import Stage


async def test_an_admin_learns_how_the_database_is_and_what_to_do(stage: Stage) -> None:
    report = await stage.ask("/health", who=ADMIN)
    assert "PostgreSQL" in report["text"]
    assert "Valkey" in report["text"]
    commands = [e for e in report["entities"] if e["type"] == "code"]
    shown = {report["text"][e["offset"] : e["offset"] + e["length"]] for e in commands}
    assert "python -m workers ai_tasks" in report["text"]
    assert len(shown) == len(commands) >= 3


async def test_the_report_speaks_russian(stage: Stage) -> None:
    stage.console.choose_language(ADMIN, "ru")
    report = await stage.ask("/health", who=ADMIN)
    assert "База данных" in report["text"]


async def test_an_engineer_has_no_right_to_it(stage: Stage) -> None:
    answer = await stage.ask("/health", who=ENGINEER)
    assert "PostgreSQL" not in answer["text"]
