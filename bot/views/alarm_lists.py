"""What is wrong, what was, and what is kept quiet, as lists."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.alarms import EndSilence, ShowAlarm, ShowAlarms
from bot.formatting import Formatted, escape, render
from bot.i18n import Text
from bot.views import measures
from bot.views.alarms import MARKS, OVER, condition, duration
from bot.views.keyboards import button, rows
from core.diagnostics.alerts.cards import Card
from core.diagnostics.alerts.listing import Hush, Page
from core.diagnostics.alerts.states import rank


def page(shown: Page, *, past: bool, text: Text, zone: ZoneInfo) -> Formatted:
    """Word a page of alarms."""
    key = "past" if past else "active"
    if not shown.cards:
        return render(escape(text(f"alarms-list-none-{key}")))
    heading = f"**{escape(text(f'alarms-list-{key}'))}**"
    return render("\n\n".join([heading, *(_entry(card, text, zone) for card in shown.cards)]))


def page_keyboard(shown: Page, *, past: bool, text: Text) -> InlineKeyboardMarkup:
    """Return a button for each machine, and those that turn pages or lists."""
    entries = [
        [button(f"{_mark(card)} {measures.name(card.system.names, text)}", ShowAlarm(group_id=card.group_id))]
        for card in shown.cards
    ]
    turns = []
    if shown.number:
        turns.append(button("◀", ShowAlarms(past=past, page=shown.number - 1)))
    if shown.more:
        turns.append(button("▶", ShowAlarms(past=past, page=shown.number + 1)))
    other = button(text(f"alarms-button-{'active' if past else 'past'}"), ShowAlarms(past=not past, page=0))
    return rows(*entries, turns, [other])


def silences(shown: Sequence[Hush], text: Text, zone: ZoneInfo) -> Formatted:
    """Word the silences in force."""
    if not shown:
        return render(escape(text("alarms-silences-none")))
    lines = [f"**{escape(text('alarms-silences'))}**", *(escape(_silence(s, text, zone)) for s in shown)]
    return render("\n\n".join(lines))


def silences_keyboard(shown: Sequence[Hush], text: Text) -> InlineKeyboardMarkup:
    """Return a button that ends each silence."""
    return rows(
        *(
            [button(text("alarms-button-unsilence", what=_target(hush, text)), EndSilence(silence_id=hush.silence.id))]
            for hush in shown
        )
    )


def _entry(card: Card, text: Text, zone: ZoneInfo) -> str:
    alarms = card.active or card.alarms
    worst = max(alarms, key=lambda alarm: rank(alarm.severity))
    since = min(alarm.raised_at for alarm in alarms)
    lines = [f"{_mark(card)} {escape(measures.name(card.system.names, text))}", escape(condition(worst, text))]
    if card.active:
        lines.append(escape(text("alarms-since", since=measures.moment(since, zone, text))))
        if worst.acknowledged is not None:
            at = measures.moment(worst.acknowledged.at, zone, text)
            lines.append(escape(text("alarms-acknowledged", name=worst.acknowledged.name[:60], at=at)))
    else:
        until = max((a.cleared_at for a in card.alarms if a.cleared_at is not None), default=since)
        lasted = duration(max(until - since, timedelta()), text)
        moments = {"since": measures.moment(since, zone, text), "until": measures.moment(until, zone, text)}
        lines.append(escape(text("alarms-over", **moments, span=lasted)))
    if len(alarms) > 1:
        lines.append(escape(text("alarms-more", count=len(alarms) - 1)))
    return "  \n".join(lines)


def _mark(card: Card) -> str:
    return MARKS[max((alarm.severity for alarm in card.active), key=rank)] if card.active else OVER


def _silence(hush: Hush, text: Text, zone: ZoneInfo) -> str:
    silence = hush.silence
    until = measures.moment(silence.ends_at, zone, text)
    words = text("alarms-silenced", name=silence.author_name[:60], until=until)
    return f"{_target(hush, text)}: {words}" + (f" ({silence.reason[:200]})" if silence.reason else "")


def _target(hush: Hush, text: Text) -> str:
    return ", ".join(measures.name(names, text) for names in hush.about)[:60] or text("alarms-silences-all")
