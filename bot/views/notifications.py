"""Outbox messages, worded when they are sent, in their reader's language."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.answers import AskAgain
from bot.callbacks.people import Decide
from bot.i18n import Text
from bot.views import digests, handovers, oncall, repairs
from bot.views.answers import shorten
from bot.views.documents import ranges
from bot.views.health import finding_text, finding_words, read_finding
from bot.views.keyboards import button, rows
from bot.views.refusals import lacks
from core.diagnostics.digests.news import Digest
from core.diagnostics.handovers.facts import Facts, HandedOver
from core.diagnostics.repairs.facts import Case, Trouble
from core.outbox import Notice
from core.rag.answers import Refusal
from core.users.models import Role

_OFFERED = (Role.VIEWER, Role.ENGINEER, Role.SENIOR_ENGINEER)
"""Roles offered for a stranger; a second tap on their card makes an admin."""
Worded = tuple[str, InlineKeyboardMarkup | None]


def notification(kind: str, payload: dict[str, Any], text: Text) -> Worded:
    """Word an outbox message.

    Raises:
        KeyError: a kind that nobody words, or a payload without what it needs.
    """
    return _VIEWS[kind](payload, text)


def _access_request(payload: dict[str, Any], text: Text) -> Worded:
    user_id, username = payload["user_id"], payload.get("username")
    who = f"{payload['name']} (@{username})" if username else payload["name"]
    lines = [
        [button(text("admin-button-approve", role=text(f"admin-role-{role}")), Decide(user_id=user_id, role=role))]
        for role in _OFFERED
    ]
    keyboard = rows(*lines, [button(text("admin-button-deny"), Decide(user_id=user_id, role=Role.BLOCKED))])
    return text("admin-access-request", who=who, id=str(user_id)), keyboard


def _access_granted(payload: dict[str, Any], text: Text) -> Worded:
    return text("start-access-granted", role=text(f"admin-role-{payload['role']}")), None


def _role_changed(payload: dict[str, Any], text: Text) -> Worded:
    return text("start-role-changed", role=text(f"admin-role-{payload['role']}")), None


def _document_indexed(payload: dict[str, Any], text: Text) -> Worded:
    words = text("documents-indexed", title=payload["title"], version=str(payload["version"]))
    if empty := payload.get("empty_pages"):
        words += "\n" + text("documents-empty-pages", count=len(empty), pages=ranges(empty))
    return words, None


def _document_failed(payload: dict[str, Any], text: Text) -> Worded:
    return text(
        "documents-failed", title=payload["title"], reason=text(payload["error"], **payload.get("params", {}))
    ), None


def _document_wanted(payload: dict[str, Any], text: Text) -> Worded:
    lines = [text("gaps-wanted", name=payload["name"], question=shorten(payload["question"], 500))]
    refusal = Refusal(**payload["refusal"])
    lines += lacks(refusal, text)
    if refusal.nearest:
        lines.append(text("gaps-nearest", titles=", ".join(refusal.nearest)))
    return "\n\n".join(lines), None


def _question_interrupted(payload: dict[str, Any], text: Text) -> Worded:
    keyboard = rows([button(text("answers-button-again"), AskAgain(query_id=payload["query_id"]))])
    return text("answers-interrupted", question=shorten(payload["question"])), keyboard


def _health_worse(payload: dict[str, Any], text: Text) -> Worded:
    found = [finding_text(read_finding(one), text) for one in payload["findings"]]
    return "\n\n".join([text("timescale-alert-worse"), *found]), None


def _health_recovered(payload: dict[str, Any], text: Text) -> Worded:
    over = [f"✅ {finding_words(read_finding(one), text)}" for one in payload["findings"]]
    left = text("timescale-alert-left", count=payload["left"])
    return "\n\n".join([text("timescale-alert-recovered"), *over, left]), None


def _digest(payload: dict[str, Any], text: Text) -> Worded:
    digest = Digest.from_json(payload)
    return digests.message(digest, text), digests.keyboard(digest, [digest.kind], text)


def _handover(payload: dict[str, Any], text: Text) -> Worded:
    at = datetime.fromisoformat(payload["at"])
    given = HandedOver(Facts.from_json(payload["facts"]), payload["author"], at, payload["note"], payload["id"])
    return handovers.message(given, text, ZoneInfo(payload["time_zone"])), handovers.keyboard(given, text)


def _on_call(payload: dict[str, Any], text: Text) -> Worded:
    return oncall.notice(Notice.ON_CALL, payload, text), None


def _off_call(payload: dict[str, Any], text: Text) -> Worded:
    return oncall.notice(Notice.OFF_CALL, payload, text), None


def _turn_begins(payload: dict[str, Any], text: Text) -> Worded:
    return oncall.notice(Notice.TURN_BEGINS, payload, text), None


def _repair_asked(payload: dict[str, Any], text: Text) -> Worded:
    trouble = Trouble.from_json(payload)
    return repairs.asked(trouble, text), repairs.asked_keyboard(trouble, text)


def _repair_proposed(payload: dict[str, Any], text: Text) -> Worded:
    case = Case.from_json(payload)
    return repairs.proposed(case, text), repairs.card_keyboard(case, text)


_VIEWS: dict[str, Callable[[dict[str, Any], Text], Worded]] = {
    Notice.ACCESS_REQUEST: _access_request,
    Notice.ACCESS_GRANTED: _access_granted,
    Notice.ROLE_CHANGED: _role_changed,
    Notice.DOCUMENT_INDEXED: _document_indexed,
    Notice.DOCUMENT_FAILED: _document_failed,
    Notice.DOCUMENT_WANTED: _document_wanted,
    Notice.HEALTH_WORSE: _health_worse,
    Notice.HEALTH_RECOVERED: _health_recovered,
    Notice.DIGEST: _digest,
    Notice.HANDOVER: _handover,
    Notice.ON_CALL: _on_call,
    Notice.OFF_CALL: _off_call,
    Notice.TURN_BEGINS: _turn_begins,
    Notice.REPAIR_ASKED: _repair_asked,
    Notice.REPAIR_PROPOSED: _repair_proposed,
    Notice.REPAIR_REVIEWED: lambda payload, text: (repairs.reviewed(Case.from_json(payload), text), None),
    Notice.QUESTION_INTERRUPTED: _question_interrupted,
    Notice.TEST_ALERT: lambda _, text: (text("alarms-test"), None),
}
