"""What a chat hears of alarms, in words, and the buttons that change it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.subscriptions import ListenFrom, ListenOn, ListenTo, ShowPlaces, ShowSubscription
from bot.formatting import Formatted, escape, fitted
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.subscriptions import Subscription
from core.diagnostics.models import Severity, System

PAGE = 8
_MOST_NAMES = 10
_CHOSEN, _FREE = "☑", "☐"
_LEVELS = (Severity.WARNING, Severity.CRITICAL)


def card(shown: Subscription, text: Text) -> Formatted:
    """Say what the chat hears, and in a group where."""
    whose = "group" if shown.chat.is_group else "own"
    if not shown.on:
        lines = [f"**{escape(text(f'subscription-off-{whose}'))}**", escape(text(f"subscription-off-{whose}-means"))]
        return fitted("\n\n".join(lines))
    lines = [escape(text("subscription-hears", level=text(f"subscription-level-{_level(shown.matcher)}")))]
    lines.append(escape(text("subscription-of", places=_of(shown, text))))
    if shown.chat.is_group:
        lines.append(escape(text("subscription-public")))
        if shown.topic != shown.chat.topic:
            lines.append(escape(text("subscription-elsewhere")))
    else:
        if shown.quiet is not None:
            lines.append(escape(text("subscription-quiet", hours=hours(shown.quiet))))
        lines.append(escape(text("subscription-called")))
    return fitted("\n\n".join([f"**{escape(text(f'subscription-on-{whose}'))}**", *lines]))


def keyboard(shown: Subscription, text: Text) -> InlineKeyboardMarkup | None:
    """Return what can be changed; None where that is others' to do."""
    if not shown.may_change:
        return None
    if not shown.on:
        return rows([button(text("subscription-button-on"), ListenOn(on=True))])
    levels = [[_level_button(level, _level(shown.matcher), text)] for level in _LEVELS]
    here = []
    if shown.topic != shown.chat.topic:
        here = [button(text("subscription-button-here"), ListenOn(on=True))]
    places = [button(text("subscription-button-places"), ShowPlaces(page=0))] if shown.machines else []
    return rows(*levels, places, here, [button(text("subscription-button-off"), ListenOn(on=False))])


def picker(shown: Subscription, text: Text) -> Formatted:
    """Ask which sites and machines."""
    words = [escape(text("subscription-pick")), escape(text("subscription-of", places=_of(shown, text)))]
    return fitted("\n\n".join(words))


def picker_keyboard(shown: Subscription, page: int, text: Text) -> InlineKeyboardMarkup:
    """Return a page of places to tick."""
    count = len(choices(shown.matcher, shown.machines))
    page = min(max(page, 0), (count - 1) // PAGE)

    def tick(choice: Choice, on: bool) -> CallbackData:
        return ListenTo(system_id=choice.system_id, whole_site=choice.whole_site, on=on, page=page)

    lines = place_buttons(shown.matcher, shown.machines, page, tick, text)
    turns = page_buttons(page, count, lambda number: ShowPlaces(page=number))
    return rows(*lines, turns, [button(text("subscription-button-back"), ShowSubscription())])


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a list of places: a whole site (told by one of its machines), or a machine; 0: everything."""

    system_id: int
    whole_site: bool
    chosen: bool
    words: str = ""
    system: System | None = None


def choices(matcher: Matcher, machines: Sequence[System]) -> list[Choice]:
    """Return what can be ticked: all, the sites, and the machines of sites that are not ticked as a whole."""
    sites: dict[str, System] = {}
    for system in machines:
        sites.setdefault(system.site, system)
    single = [system for system in machines if system.site not in matcher.sites]
    return [
        Choice(0, False, matcher.anywhere),
        *(Choice(one.id, True, site in matcher.sites, site, one) for site, one in sites.items()),
        *(Choice(system.id, False, system.code in matcher.machines, "", system) for system in single),
    ]


def place_buttons(
    matcher: Matcher,
    machines: Sequence[System],
    page: int,
    tick: Callable[[Choice, bool], CallbackData],
    text: Text,
) -> list[list[InlineKeyboardButton]]:
    """Return a page of a list of places; a tap on one ticks it, or takes it back."""
    shown = choices(matcher, machines)[page * PAGE : (page + 1) * PAGE]
    return [
        [button(f"{mark(choice.chosen)} {_label(choice, text)}", tick(choice, not choice.chosen))] for choice in shown
    ]


def page_buttons(page: int, count: int, turn: Callable[[int], CallbackData]) -> list[InlineKeyboardButton]:
    """Return the arrows of a list of `count`."""
    back = [button("◀", turn(page - 1))] if page > 0 else []
    return back + ([button("▶", turn(page + 1))] if (page + 1) * PAGE < count else [])


def places(matcher: Matcher, machines: Sequence[System], text: Text) -> str:
    """Name the places that are meant; those that are too many, or that the reader does not see, are counted."""
    sites = {system.site for system in machines}
    named = [text("subscription-site", site=site) for site in matcher.sites if site in sites]
    known = {system.code: system for system in machines}
    named += [measures.name(known[code].names, text) for code in matcher.machines if code in known]
    shown = named[:_MOST_NAMES]
    if left := len(matcher.sites) + len(matcher.machines) - len(shown):
        shown.append(text("subscription-more", count=left))
    return ", ".join(shown)


def hours(stretch: QuietHours) -> str:
    """Write a stretch of the day: "22:00–06:00"."""
    begins, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (stretch.begins, stretch.ends))
    return f"{begins}–{ends}"


def _of(shown: Subscription, text: Text) -> str:
    if shown.matcher.anywhere:
        return text("subscription-all", count=len(shown.machines))
    named = places(shown.matcher, shown.machines, text)
    return named if shown.heard else text("subscription-none", places=named)


def _level(matcher: Matcher) -> Severity:
    return matcher.at_least or Severity.INFO


def _level_button(level: Severity, chosen: Severity, text: Text) -> InlineKeyboardButton:
    return button(f"{mark(level is chosen)} {text(f'subscription-button-{level}')}", ListenFrom(at_least=level))


def mark(chosen: bool) -> str:
    """Return the sign in front of something that can be chosen."""
    return _CHOSEN if chosen else _FREE


def _label(choice: Choice, text: Text) -> str:
    if choice.system is None:
        return text("subscription-button-all")
    if choice.whole_site:
        return text("subscription-button-site", site=choice.words)
    return measures.name(choice.system.names, text)
