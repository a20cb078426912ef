"""One id goes from the update through the job that it causes to the message that the job leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot import inbox
from bot.console import ADMIN, ENGINEER
from core.container import Container
from core.jobs import REBUILD_INDEX, Queue
from core.outbox import Notice
from tests.bot.conftest import Stage
from workers import worker
from workers.running import Runner
from workers.worker import create_worker

ROOT = Path(__file__).parents[2]
UPDATE = "c0ffee000001"
LINES = """
import logging, structlog
from core.observability import bind_correlation_id, configure_logging
from core.settings import LogSettings
configure_logging(LogSettings(format="json"))
bind_correlation_id("abc123")
structlog.get_logger("ours").info("работа", count=2)
logging.getLogger("theirs").warning("said %s", "so")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("ours").exception("broken")
"""


async def test_an_update_its_job_and_its_message_share_an_id(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def job(container: Container, **_: object) -> None:
        async with container.sessions.begin() as session:
            await container.outbox.enqueue(session, ENGINEER, Notice.ROLE_CHANGED, {"role": "engineer"})

    monkeypatch.setattr(inbox, "new_correlation_id", lambda: UPDATE)
    monkeypatch.setattr(worker, "RUNNERS", {Queue.AI_TASKS: (Runner(REBUILD_INDEX, job),)})
    with capture_logs(processors=[merge_contextvars]) as logs:
        await stage.ask("/index build", who=ADMIN)
        monkeypatch.setattr(inbox, "new_correlation_id", lambda: "another")
        await create_worker(stage.container, Queue.AI_TASKS, burst=True, scheduled=False).async_run()
        await stage.console.wait_for(ENGINEER, lambda message: message["from"]["is_bot"])
        await stage.end()
    ids = {line["event"]: line.get("correlation_id") for line in logs}
    assert (ids["job started"], ids["job done"], ids["message delivered"]) == (UPDATE, UPDATE, UPDATE)


def test_logs_are_one_json_object_a_line_whoever_writes_them() -> None:
    done = subprocess.run([sys.executable, "-c", LINES], cwd=ROOT, capture_output=True, text=True, check=True)
    ours, theirs, broken = map(json.loads, done.stderr.splitlines())
    assert (ours["event"], ours["count"], ours["level"], ours["logger"]) == ("работа", 2, "info", "ours")
    assert (theirs["event"], theirs["level"]) == ("said so", "warning")
    assert "ZeroDivisionError" in broken["exception"]
    assert {line["correlation_id"] for line in (ours, theirs, broken)} == {"abc123"}
    assert all(line["timestamp"].endswith("Z") for line in (ours, theirs, broken))
