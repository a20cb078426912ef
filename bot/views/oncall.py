"""Who is on call, in words, and the buttons that pass it on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.duty import ChangeRota, HandDuty, NewRota, OfferDuty, ShowDuty, ShowRota, TakeDuty
from bot.formatting import Formatted, escape, fitted
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from bot.views.subscriptions import PAGE, page_buttons
from core.diagnostics.alerts.duty import RotaCard
from core.diagnostics.alerts.rota import Duty
from core.diagnostics.alerts.staff import Person
from core.outbox import Notice
from core.users.rights import Actor, Right

_NAME = 40


def board(cards: Sequence[RotaCard], actor: Actor, text: Text) -> Formatted:
    """Say who is on call by every rota."""
    if not cards:
        key = "oncall-none-manage" if actor.may(Right.MANAGE_ALARMS) else "oncall-none"
        return fitted(escape(text(key)))
    return fitted("\n\n".join(_rota(card, actor.zone, text) for card in cards))


def board_keyboard(cards: Sequence[RotaCard], actor: Actor, text: Text) -> InlineKeyboardMarkup:
    """Return the buttons of the only rota, or one for each."""
    new = [button(text("oncall-button-new"), NewRota())] if actor.may(Right.MANAGE_ALARMS) else []
    if len(cards) == 1:
        return rows(*_actions(cards[0], actor, text), new)
    return rows(*([button(f"📟 {card.name}", ShowRota(rota_id=card.id))] for card in cards), new)


def rota(card: RotaCard, actor: Actor, text: Text) -> Formatted:
    """Say who is on call by one rota."""
    return fitted(_rota(card, actor.zone, text))


def rota_keyboard(card: RotaCard, actor: Actor, text: Text) -> InlineKeyboardMarkup:
    """Return what can be done about one of several rotas."""
    return rows(*_actions(card, actor, text), [button(text("subscription-button-back"), ShowDuty())])


def offer(others: Sequence[Person], text: Text) -> Formatted:
    """Ask whom the call is handed to."""
    return fitted(escape(text("oncall-offer" if others else "oncall-offer-nobody")))


def offer_keyboard(others: Sequence[Person], asked: OfferDuty, text: Text) -> InlineKeyboardMarkup:
    """Return a page of those to whom the call can be handed."""
    page = min(max(asked.page, 0), max(len(others) - 1, 0) // PAGE)
    duty = {"rota_id": asked.rota_id, "seen": asked.seen}
    names = [
        [button(one.name[:_NAME], HandDuty(**duty, user_id=one.id))] for one in others[page * PAGE : (page + 1) * PAGE]
    ]
    turns = page_buttons(page, len(others), lambda number: OfferDuty(**duty, page=number))
    return rows(*names, turns, [button(text("subscription-button-back"), ShowRota(rota_id=asked.rota_id))])


def notice(kind: Notice, payload: dict[str, Any], text: Text) -> str:
    """Tell somebody that they are on call, or no longer."""
    until = measures.moment(datetime.fromisoformat(payload["until"]), ZoneInfo(payload["time_zone"]), text)
    return text(f"oncall-notice-{kind}", rota=payload["rota"], by=payload.get("by", ""), until=until)


def name(person: Person, text: Text) -> str:
    """Write somebody's name, and that they can't be called, if so."""
    return person.name if person.able else text("oncall-unable", name=person.name)


def _rota(card: RotaCard, zone: ZoneInfo, text: Text) -> str:
    lines = [f"**📟 {escape(card.name)}**"]
    if card.duty is None:
        return "  \n".join([*lines, escape(text("oncall-empty"))])
    return "  \n".join([*lines, *(escape(line) for line in _duty(card, card.duty, zone, text))])


def _duty(card: RotaCard, duty: Duty, zone: ZoneInfo, text: Text) -> list[str]:
    holder = card.people[duty.now.user_id]
    until = measures.moment(duty.now.ends, zone, text)
    lines = [text("oncall-now", name=name(holder, text), until=until)]
    if duty.now.user_id != duty.regular.user_id:
        lines.append(text("oncall-standing-in", name=card.people[duty.regular.user_id].name))
    if duty.then.user_id != duty.now.user_id:
        lines.append(text("oncall-then", name=name(card.people[duty.then.user_id], text)))
    if not holder.able:
        lines.append(text("oncall-admins-instead"))
    return lines


def _actions(card: RotaCard, actor: Actor, text: Text) -> list[list[InlineKeyboardButton]]:
    manages = actor.may(Right.MANAGE_ALARMS)
    change = [[button(text("oncall-button-change"), ChangeRota(rota_id=card.id))]] if manages else []
    if card.duty is None or not actor.may(Right.HANDLE_ALARMS):
        return change
    seen = {"rota_id": card.id, "seen": card.duty.mark}
    mine = card.duty.now.user_id == actor.id
    take = []
    if not mine:
        until = measures.moment(card.duty.regular.ends, actor.zone, text)
        take.append([button(text("oncall-button-take", until=until), TakeDuty(**seen, shift=False))])
        if card.shift_end is not None and actor.id != card.duty.regular.user_id:
            shift = measures.moment(card.shift_end, actor.zone, text)
            take.append([button(text("oncall-button-take-shift", until=shift), TakeDuty(**seen, shift=True))])
    hand = [[button(text("oncall-button-hand"), OfferDuty(**seen, page=0))]] if mine or manages else []
    return [*take, *hand, *change]
