"""Payloads in every argument of every verb: an answer of one line, nothing else, and everything is as it was."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from cli.__main__ import app
from core.errors import HydrodiagError
from core.settings import SettingsError

PAYLOADS = ("'; DROP TABLE users; --", "/etc/passwd", "../" * 9 + "etc/passwd", "9" * 40)
_NUMBERS = ("-7",)
"""What is given to those who want a number: most payloads are none."""
pytestmark = pytest.mark.timeout(300)


def _verbs(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for verb in command.commands.values():
            yield from _verbs(f"{name} {verb.name}".strip(), verb)
    elif any(not getattr(parameter, "is_flag", False) for parameter in command.params):
        yield name, command


_VERBS = dict(_verbs("", get_command(app)))


def _words(verb: str, payload: str) -> list[str]:
    """Return the verb with a payload for each of its arguments and options; flags are left out."""
    arguments, options = [], []
    for parameter in _VERBS[verb].params:
        if parameter.param_type_name == "argument":
            arguments.append(payload)
        elif not parameter.is_flag:
            options += [parameter.opts[0], payload]
    return [*verb.split(), *options, "--", *arguments]


@pytest.fixture
def environment(
    tmp_path: Path, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str | None]:
    monkeypatch.chdir(tmp_path)
    return {"HYDRODIAG_HOME": str(tmp_path / "home"), "DATABASE_URL": database_url, "REDIS_URL": redis_url}


async def _kept(engine: AsyncEngine) -> list[Any]:
    """Return the tables, and the people and rights in them."""
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    async with engine.connect() as connection:
        found = sorted(await connection.scalars(sql(tables)))
        return [*found, *await connection.scalars(sql("SELECT to_jsonb(t)::text FROM users t ORDER BY id"))]


async def test_payloads_are_words_to_every_verb(engine: AsyncEngine, environment: dict[str, str | None]) -> None:
    before, wrong = await _kept(engine), []
    for verb in sorted(_VERBS):
        for payload in (*PAYLOADS, *_NUMBERS):
            words = _words(verb, payload)
            done = await asyncio.to_thread(CliRunner().invoke, app, words, env=environment, input="n\n")
            if done.exception and not isinstance(done.exception, SystemExit | HydrodiagError | SettingsError):
                wrong.append(f"{words}: {done.exception!r}")
            if "Traceback" in done.output:
                wrong.append(f"{words}: {done.output[-300:]}")
    assert not wrong, "\n".join(wrong)
    assert await _kept(engine) == before
