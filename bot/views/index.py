"""Versions of the index: the list, the plan of a switch, and a rebuild as it goes."""

import re
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.index import BuildIndex, CancelJob, ConfirmVersion, ShowVersions, UseVersion
from bot.following import Sight
from bot.formatting import escape
from bot.i18n import Text
from bot.views.keyboards import button, rows
from bot.views.measures import moment, number
from core.progress import JobProgress
from core.rag.administration import VersionInfo, Versions

_SHOWN = 8
"""Versions in the list; older ones are kept for rollback only where settings say so."""
_VERSION = re.compile(r"(?:v_)?([1-9]\d{0,8})")


def version_number(written: str) -> int | None:
    """Read `12` or `v_12`."""
    match = _VERSION.fullmatch(written)
    return int(match[1]) if match else None


def versions(found: Versions, zone: ZoneInfo, text: Text) -> str:
    """List the versions, newest first."""
    if not found.versions:
        return escape(text("index-none"))
    lines = [f"**{escape(text('index-heading'))}**"]
    lines += [_version(one, zone, text) for one in found.versions[:_SHOWN]]
    return "\n\n".join(lines)


def versions_keyboard(found: Versions, text: Text) -> InlineKeyboardMarkup:
    """Return buttons that lead to plans, and one that rebuilds."""
    usable = [one for one in found.versions[:_SHOWN] if one.fits and not one.current]
    switches = [button(f"v_{one.version}", UseVersion(version=one.version)) for one in usable]
    lines = [switches[i : i + 4] for i in range(0, len(switches), 4)]
    return rows(*lines, [button(text("index-button-build"), BuildIndex())])


def plan(found: Versions, wanted: VersionInfo, zone: ZoneInfo, text: Text) -> str:
    """Say what using `wanted` would change."""
    if wanted.current:
        return escape(text("index-already", version=wanted.version))
    lines = [
        escape(text("index-plan", version=wanted.version, current=found.current or 0)),
        _version(wanted, zone, text),
    ]
    current = found.find(found.current)
    if not wanted.fits:
        lines.append(escape(text("index-plan-unfit")))
    elif current is not None and current.created_at > wanted.created_at:
        lines.append(escape(text("index-plan-older")))
    return "\n\n".join(lines)


def plan_keyboard(found: Versions, wanted: VersionInfo, text: Text) -> InlineKeyboardMarkup:
    """Return confirm, where the version can be used, and back."""
    back = button(text("index-button-back"), ShowVersions())
    if wanted.current or not wanted.fits:
        return rows([back])
    confirm = ConfirmVersion(version=wanted.version, instead_of=found.current or 0)
    return rows([button(text("index-button-use", version=wanted.version), confirm)], [back])


def building(report: JobProgress | None, job: str, text: Text) -> Sight:
    """Word where a rebuild stands."""
    cancel = rows([button(text("index-button-cancel"), CancelJob(job=job))])
    if report is None:
        return Sight(escape(text("index-queued")), cancel)
    match report.state:
        case "done":
            return Sight(escape(_built(report, text)), over=True)
        case "failed":
            return Sight(escape(text("index-failed", reason=text(report.error))), over=True)
        case "cancelled":
            return Sight(escape(text("index-cancelled")), over=True)
    step = text(f"index-step-{report.step}", done=report.done, total=report.total) if report.step else ""
    return Sight(escape("\n".join(filter(None, [text("index-building"), step]))), cancel)


def _built(report: JobProgress, text: Text) -> str:
    result = report.result
    if not result.get("built"):
        return text("index-up-to-date", version=result.get("version") or 0)
    words = text("index-built", version=result["version"], documents=result["documents"], passages=result["chunks"])
    failed = ", ".join(result.get("failed", ()))
    return f"{words}\n{text('index-built-failed', documents=failed)}" if failed else words


def _version(one: VersionInfo, zone: ZoneInfo, text: Text) -> str:
    mark = "▶ " if one.current else ""
    heading = f"**{escape(f'{mark}v_{one.version}')}** · {escape(moment(one.created_at, zone, text))}"
    size = number(one.size / 1e6, text)
    details = text("index-details", documents=one.documents, passages=one.passages, megabytes=size)
    lines = [heading, escape(details)]
    if not one.exact:
        lines.append(escape(text("index-clustered")))
    if not one.fits:
        lines.append(escape(text("index-unfit", model=one.model)))
    return "  \n".join(lines)
