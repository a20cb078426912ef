"""What goes wrong is logged without the words that went through it: no questions, passages, hashes or passwords."""

import io
import logging

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.i18n import text_for
from bot.views.errors import describe_error
from core.database import create_engine
from core.observability import configure_logging
from core.settings import LogSettings

WORDS = "relief valve is set to 250 bar"


@pytest.mark.parametrize("kind", ["json", "console"])
async def test_a_statement_that_fails_is_logged_without_its_values(
    database_url: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured, root = structlog.get_config(), logging.getLogger()
    handlers, level, logged = root.handlers[:], root.level, io.StringIO()
    monkeypatch.setattr("sys.stderr", logged)
    engine = create_engine(database_url)
    try:
        configure_logging(LogSettings(format=kind))
        monkeypatch.setattr("bot.views.errors.log", structlog.get_logger("a fresh one"))
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError) as failed:
                await connection.execute(text("SELECT * FROM nowhere WHERE words = :words"), {"words": WORDS})
        told = describe_error(failed.value, text_for("en"))
    finally:
        await engine.dispose()
        structlog.configure(**configured)
        root.handlers[:], root.level = handlers, level
    assert "nowhere" in logged.getvalue()
    assert WORDS not in logged.getvalue()
    assert "nowhere" not in told
    assert engine.url.password is None or engine.url.password not in logged.getvalue()
