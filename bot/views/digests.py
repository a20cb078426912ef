"""A digest in words: what stands, what was, what is kept quiet, what nears a limit. Plain: no markup can fail."""

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.alarms import ShowAlarm
from bot.callbacks.shifts import ShowHandover, WantDigest
from bot.i18n import Text
from bot.views import measures
from bot.views.alarms import MARKS, condition, duration
from bot.views.answers import shorten
from bot.views.keyboards import button, rows
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.digests.news import Digest, Episode, Hush, Note, Section
from core.diagnostics.digests.trends import Approach

Entry = TypeVar("Entry")
_NAME, _REASON, _CONDITION, _NOTE = 40, 60, 100, 140
"""Characters of what people name and write: with the longest of all, a digest fits one message."""
_MOST_BUTTONS = 4


def message(digest: Digest, text: Text) -> str:
    """Word a digest; one in which nothing happened is one line."""
    zone = ZoneInfo(digest.time_zone)
    since = measures.moment(digest.begin, zone, text)
    if not digest.eventful:
        return text("digest-quiet", since=since, count=digest.machines)
    until = measures.moment(digest.end, zone, text)
    return "\n\n".join([text(f"digest-{digest.kind}", since=since, until=until), *sections(digest, text, zone)])


def sections(digest: Digest, text: Text, zone: ZoneInfo, most: int | None = None) -> Iterator[str]:
    """Word the parts of a digest that are not empty, at `most` so many entries of each."""
    yield from _section("open", digest.open, most, lambda one: _standing(one, text, zone), text)
    yield from _section("over", digest.over, most, lambda one: _over(one, text), text)
    yield from _section("silences", digest.silences, most, lambda one: _hush(one, text, zone), text)
    yield from _section("trends", digest.trends, most, lambda one: _approach(one, text), text)
    yield from _section("notes", digest.notes, most, lambda one: _note(one, text, zone), text)


def keyboard(digest: Digest, offered: Collection[DigestKind], text: Text) -> InlineKeyboardMarkup:
    """Return what can be looked at: alarms that stand, notes; and a button that stops each of the `offered` kinds."""
    notes = [
        [button(text("digest-button-note"), ShowHandover(handover_id=note.handover_id))] for note in digest.notes.shown
    ]
    return rows(*opens(digest, text), *notes, *([wish(kind, wanted=False, text=text)] for kind in offered))


def opens(digest: Digest, text: Text) -> list[list[InlineKeyboardButton]]:
    """Return a button for each machine with an alarm that stands."""
    worst: dict[int, Episode] = {}
    for one in digest.open.shown:
        worst.setdefault(one.group_id, one)
    return [
        [button(f"{MARKS[one.line.severity]} {_name(one, text)}", ShowAlarm(group_id=one.group_id))]
        for one in list(worst.values())[:_MOST_BUTTONS]
    ]


def wish(kind: DigestKind, *, wanted: bool, text: Text) -> InlineKeyboardButton:
    """Return the button that stops, or starts, digests of a kind."""
    key = f"digest-button-{'start' if wanted else 'stop'}-{kind}"
    return button(text(key), WantDigest(kind=kind, wanted=wanted))


def toggled(shown: InlineKeyboardMarkup, kind: DigestKind, *, wanted: bool, text: Text) -> InlineKeyboardMarkup:
    """Return the keyboard with the button that was pressed turned into its opposite."""
    pressed = WantDigest(kind=kind, wanted=wanted).pack()
    opposite = wish(kind, wanted=not wanted, text=text)
    lines = ([opposite if key.callback_data == pressed else key for key in line] for line in shown.inline_keyboard)
    return rows(*lines)


def _section(
    name: str, section: Section[Entry], most: int | None, word: Callable[[Entry], str], text: Text
) -> Iterator[str]:
    if section.total:
        shown = section.shown[:most]
        lines = [text(f"digest-heading-{name}", count=section.total), *map(word, shown)]
        if (more := section.total - len(shown)) > 0:
            lines.append(text("digest-more", count=more))
        yield "\n".join(lines)


def _standing(one: Episode, text: Text, zone: ZoneInfo) -> str:
    line = one.line
    since = measures.moment(line.raised_at, zone, text)
    words = text("digest-since", since=since, span=duration(timedelta(seconds=one.lasted_s), text))
    if line.acknowledged is not None:
        words += f" · 👤 {shorten(line.acknowledged.name, _NAME)}"
    elif line.quiet is None:
        words += f" · {text('digest-nobody')}"
    if line.quiet:
        words += " · 🔕"
    return f"{MARKS[line.severity]} {_name(one, text)}: {shorten(condition(line, text), _CONDITION)} ({words})"


def _over(one: Episode, text: Text) -> str:
    lasted = duration(timedelta(seconds=one.lasted_s), text)
    words = text("digest-lasted", span=lasted) if one.times == 1 else text("digest-times", count=one.times, span=lasted)
    return f"{MARKS[one.line.severity]} {_name(one, text)}: {shorten(condition(one.line, text), _CONDITION)} ({words})"


def _hush(one: Hush, text: Text, zone: ZoneInfo) -> str:
    named = [*one.matcher.get("machines", ()), *filter(None, one.matcher.get("sensors", ()))]
    what = shorten(" / ".join(named) or text("alarms-silences-all"), _NAME)
    until = measures.moment(one.ends_at, zone, text)
    words = f"🔕 {what}: {text('digest-until', until=until, name=shorten(one.author, _NAME))}"
    return f"{words} ({shorten(one.reason, _REASON)})" if one.reason else words


def _approach(one: Approach, text: Text) -> str:
    what = ", ".join(shorten(measures.name(names, text), _NAME) for names in (one.machine_names, one.sensor))
    change = measures.number(measures.change(one.per_day, one.unit, text), text, signed=True)
    slope = f"{change}\N{NO-BREAK SPACE}{measures.unit(one.unit, text)}"
    limit = measures.measure(one.limit, one.unit, text)
    span = measures.span(timedelta(days=one.days), text)
    return f"{'↗' if one.per_day > 0 else '↘'} {what}: {text('digest-approach', slope=slope, limit=limit, span=span)}"


def _note(one: Note, text: Text, zone: ZoneInfo) -> str:
    at = measures.moment(one.at, zone, text)
    words = shorten(" ".join(one.words.split()), _NOTE) or text("handover-no-note")
    return f"{shorten(one.author, _NAME)}, {at}: {words}"


def _name(one: Episode, text: Text) -> str:
    return shorten(measures.name(one.machine_names, text) or one.machine, _NAME)
