"""A rota as those who make it see it."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.duty import (
    AskRotaTurn,
    AskRotaWords,
    ChangeRota,
    DeleteRota,
    RotaPart,
    SetRotaMember,
    SetRotaTurn,
    ShowDuty,
    ShowRota,
    ShowRotaMembers,
)
from bot.formatting import Formatted, escape, fitted
from bot.i18n import Text
from bot.views import measures, oncall
from bot.views.keyboards import button, rows
from bot.views.subscriptions import PAGE, page_buttons
from core.diagnostics.alerts.duty import RotaCard
from core.diagnostics.alerts.staff import Person

_TURNS_H = (8, 12, 24, 7 * 24, 14 * 24)
_FREE = "☐"
_NAME = 40


def settings(card: RotaCard, zone: ZoneInfo, text: Text) -> Formatted:
    """Say how the rota works."""
    start = measures.dated_moment(card.anchor, zone, text)
    facts = [text("rota-turn", turn=turn(card.turn, text)), text("rota-start", start=start)]
    return fitted("\n\n".join([f"**📟 {escape(card.name)}**", *map(escape, facts), _members(card, text)]))


def settings_keyboard(card: RotaCard, text: Text) -> InlineKeyboardMarkup:
    """Return what can be changed."""
    return rows(
        [button(text("rota-button-members"), ShowRotaMembers(rota_id=card.id, page=0))],
        [
            button(text("rota-button-turn"), AskRotaTurn(rota_id=card.id)),
            button(text("rota-button-start"), AskRotaWords(rota_id=card.id, what=RotaPart.START)),
        ],
        [button(text("rota-button-delete"), DeleteRota(rota_id=card.id, sure=False))],
        [button(text("subscription-button-back"), ShowRota(rota_id=card.id))],
    )


def members(card: RotaCard, text: Text) -> Formatted:
    """Ask who takes turns, in which order."""
    return fitted("\n\n".join([f"**📟 {escape(card.name)}**", escape(text("rota-pick-members")), _members(card, text)]))


def members_keyboard(card: RotaCard, staff: Sequence[Person], page: int, text: Text) -> InlineKeyboardMarkup:
    """Return a page of those who are members, or can be: a tap takes them off, or puts them at the end."""
    places = {person.id: number for number, person in enumerate(card.members, 1)}
    everybody = [*card.members, *(person for person in staff if person.id not in places)]
    page = min(max(page, 0), max(len(everybody) - 1, 0) // PAGE)
    lines = [
        [
            button(
                f"{f'{places[one.id]}.' if one.id in places else _FREE} {one.name[:_NAME]}",
                SetRotaMember(rota_id=card.id, user_id=one.id, on=one.id not in places, page=page),
            )
        ]
        for one in everybody[page * PAGE : (page + 1) * PAGE]
    ]
    turns = page_buttons(page, len(everybody), lambda number: ShowRotaMembers(rota_id=card.id, page=number))
    return rows(*lines, turns, _back(card.id, text))


def turns(card: RotaCard, text: Text) -> Formatted:
    """Ask how long a turn is."""
    return fitted(escape(text("rota-pick-turn", name=card.name, turn=turn(card.turn, text))))


def turns_keyboard(card: RotaCard, text: Text) -> InlineKeyboardMarkup:
    """Return usual lengths, and a way to say another."""
    usual = [
        button(turn(timedelta(hours=hours), text), SetRotaTurn(rota_id=card.id, hours=hours)) for hours in _TURNS_H
    ]
    other = button(text("rota-button-other"), AskRotaWords(rota_id=card.id, what=RotaPart.TURN))
    return rows(usual[:3], [*usual[3:], other], _back(card.id, text))


def asked(what: RotaPart, text: Text) -> str:
    """Ask for words."""
    return text(f"rota-ask-{what}")


def asked_keyboard(rota_id: int | None, text: Text) -> InlineKeyboardMarkup:
    """Return the way out."""
    away = ChangeRota(rota_id=rota_id) if rota_id is not None else ShowDuty()
    return rows([button(text("rota-button-cancel"), away)])


def delete(card: RotaCard, text: Text) -> Formatted:
    """Ask whether to delete it."""
    return fitted(escape(text("rota-delete-sure", name=card.name)))


def delete_keyboard(card: RotaCard, text: Text) -> InlineKeyboardMarkup:
    """Return both answers."""
    return rows([button(text("rota-button-delete-yes"), DeleteRota(rota_id=card.id, sure=True))], _back(card.id, text))


def turn(length: timedelta, text: Text) -> str:
    """Write the length of a turn in days, if it is whole ones, else in hours."""
    days, rest = divmod(length, timedelta(days=1))
    if not rest:
        return text("rota-days", count=days)
    return text("rota-hours", count=length // timedelta(hours=1))


def _members(card: RotaCard, text: Text) -> str:
    if not card.members:
        return escape(text("oncall-empty"))
    lines = [f"{number}. {oncall.name(person, text)}" for number, person in enumerate(card.members, 1)]
    return "  \n".join(map(escape, lines))


def _back(rota_id: int, text: Text) -> list[InlineKeyboardButton]:
    return [button(text("subscription-button-back"), ChangeRota(rota_id=rota_id))]
