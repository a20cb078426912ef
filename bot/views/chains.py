"""Chains of calls, in words, and the buttons that change them."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.chains import (
    AddCall,
    AskChainHours,
    DeleteChain,
    NewChain,
    PickCall,
    PickPerson,
    PickWait,
    RaiseChain,
    RemoveCall,
    SetChainHours,
    SetChainLevel,
    SetChainPlace,
    ShowChain,
    ShowChainHours,
    ShowChainPlaces,
    ShowChains,
)
from bot.formatting import Formatted, escape, fitted
from bot.i18n import Text
from bot.views import measures, subscriptions
from bot.views.keyboards import button, rows
from bot.views.subscriptions import PAGE, Choice, page_buttons
from core.diagnostics.alerts.chain_desk import CALLABLE_ROLES, ChainCard, Chains
from core.diagnostics.alerts.chains import ON_CALL, ROLE
from core.diagnostics.alerts.staff import Person
from core.diagnostics.models import Severity

_WAITS_MIN = (0, 5, 10, 15, 30, 60)
_HOURS = ((8, 17), (6, 22), (22, 6))
_LEVELS = (Severity.WARNING, Severity.CRITICAL)
_NAME = 40


def everything(chains: Chains, zone: ZoneInfo, text: Text) -> Formatted:
    """Say whom alarms call that nobody takes."""
    cards = [_card(card, chains, zone, text) for card in chains.cards]
    return fitted("\n\n".join([escape(text("chain-intro")), *cards]))


def everything_keyboard(chains: Chains, text: Text) -> InlineKeyboardMarkup:
    """Return a button for each chain that can be changed, and one for a new one."""
    lines = [
        [button(f"⚙️ {_title(card, text)}", ShowChain(chain_id=card.id))] for card in chains.cards if card.id is not None
    ]
    return rows(*lines, [button(text("chain-button-new"), NewChain(seen=chains.mark))])


def chain(card: ChainCard, chains: Chains, zone: ZoneInfo, text: Text) -> Formatted:
    """Show one chain."""
    return fitted(_card(card, chains, zone, text))


def chain_keyboard(card: ChainCard, text: Text) -> InlineKeyboardMarkup:
    """Return what can be changed of it."""
    number = card.id or 0
    levels = [
        [
            button(
                f"{subscriptions.mark(card.chain.matcher.at_least is level)} {text(f'subscription-button-{level}')}",
                SetChainLevel(chain_id=number, at_least=level),
            )
        ]
        for level in _LEVELS
    ]
    drops = [
        [
            button(
                text("chain-button-drop", number=place + 1, whom=called(call.whom, card.people, text)[:_NAME]),
                RemoveCall(chain_id=number, seen=card.mark, index=place),
            )
        ]
        for place, call in enumerate(card.chain.calls)
    ]
    sooner = button(text("chain-button-raise"), RaiseChain(chain_id=number, seen=card.mark))
    return rows(
        *levels,
        [
            button(text("chain-button-places"), ShowChainPlaces(chain_id=number, page=0)),
            button(text("chain-button-hours"), ShowChainHours(chain_id=number)),
        ],
        [button(text("chain-button-add"), PickCall(chain_id=number, seen=card.mark))],
        *drops,
        [sooner] if card.number > 1 else [],
        [button(text("chain-button-delete"), DeleteChain(chain_id=number, seen=card.mark, sure=False))],
        [button(text("subscription-button-back"), ShowChains())],
    )


def places_keyboard(card: ChainCard, chains: Chains, page: int, text: Text) -> InlineKeyboardMarkup:
    """Return a page of places to tick."""
    number, matcher = card.id or 0, card.chain.matcher
    count = len(subscriptions.choices(matcher, chains.machines))
    page = min(max(page, 0), (count - 1) // PAGE)

    def tick(choice: Choice, on: bool) -> CallbackData:
        place = {"system_id": choice.system_id, "whole_site": choice.whole_site}
        return SetChainPlace(chain_id=number, **place, on=on, page=page)

    lines = subscriptions.place_buttons(matcher, chains.machines, page, tick, text)
    turns = page_buttons(page, count, lambda to: ShowChainPlaces(chain_id=number, page=to))
    return rows(*lines, turns, _back(number, text))


def hours_keyboard(card: ChainCard, text: Text) -> InlineKeyboardMarkup:
    """Return usual hours, and a way to say others."""
    number = card.id or 0
    usual = [
        button(f"{begins}–{ends}", SetChainHours(chain_id=number, begins=begins, ends=ends)) for begins, ends in _HOURS
    ]
    always = button(text("chain-button-always"), SetChainHours(chain_id=number, begins=0, ends=0))
    return rows(usual, [always, button(text("rota-button-other"), AskChainHours(chain_id=number))], _back(number, text))


def asked_keyboard(chain_id: int, text: Text) -> InlineKeyboardMarkup:
    """Return the way out of saying hours."""
    return rows([button(text("rota-button-cancel"), ShowChain(chain_id=chain_id))])


def whom_keyboard(asked: PickCall, text: Text) -> InlineKeyboardMarkup:
    """Return who can be called: on call, roles, or one person."""
    step = {"chain_id": asked.chain_id, "seen": asked.seen}
    kinds = (ON_CALL, *CALLABLE_ROLES)
    lines = [[button(text(f"chain-whom-{kind}"), PickWait(**step, whom=kind))] for kind in kinds]
    person = button(text("chain-button-person"), PickPerson(**step, page=0))
    return rows(*lines, [person], _back(asked.chain_id, text))


def people_keyboard(staff: Sequence[Person], asked: PickPerson, text: Text) -> InlineKeyboardMarkup:
    """Return a page of the people who can be called."""
    page = min(max(asked.page, 0), max(len(staff) - 1, 0) // PAGE)
    step = {"chain_id": asked.chain_id, "seen": asked.seen}
    lines = [
        [button(one.name[:_NAME], PickWait(**step, whom=str(one.id)))] for one in staff[page * PAGE : (page + 1) * PAGE]
    ]
    turns = page_buttons(page, len(staff), lambda to: PickPerson(**step, page=to))
    return rows(*lines, turns, _back(asked.chain_id, text))


def waits_keyboard(asked: PickWait, text: Text) -> InlineKeyboardMarkup:
    """Return how long a step can wait."""
    step = {"chain_id": asked.chain_id, "seen": asked.seen, "whom": asked.whom}
    waits = [
        button(
            measures.span(timedelta(minutes=wait), text) if wait else text("chain-at-once"),
            AddCall(**step, wait_min=wait),
        )
        for wait in _WAITS_MIN
    ]
    return rows(waits[:3], waits[3:], _back(asked.chain_id, text))


def delete_keyboard(card: ChainCard, text: Text) -> InlineKeyboardMarkup:
    """Return both answers."""
    number = card.id or 0
    sure = DeleteChain(chain_id=number, seen=card.mark, sure=True)
    return rows([button(text("chain-button-delete-yes"), sure)], _back(number, text))


def called(name: str, people: dict[int, Person], text: Text) -> str:
    """Name who is called: on call, a role, or a person."""
    if name.isdigit():
        person = people.get(int(name))
        return name if person is None else person.name if person.able else text("oncall-unable", name=person.name)
    return text(f"chain-whom-{name.removeprefix(ROLE)}")


def _card(card: ChainCard, chains: Chains, zone: ZoneInfo, text: Text) -> str:
    matcher = card.chain.matcher
    everywhere = text("chain-everywhere")
    where = everywhere if matcher.anywhere else subscriptions.places(matcher, chains.machines, text)
    level = matcher.at_least or Severity.INFO
    lines = [text("chain-for", level=text(f"subscription-level-{level}"), places=where)]
    if card.chain.hours is not None:
        lines.append(text("chain-hours", hours=subscriptions.hours(card.chain.hours), zone=zone.key))
    steps = [
        text("chain-step", number=number, wait=_wait(call.wait, text), whom=called(call.whom, card.people, text))
        for number, call in enumerate(card.chain.calls, 1)
    ]
    title = f"**{escape(_title(card, text))}**"
    return "  \n".join([title, *map(escape, lines + (steps or [text("chain-calls-nobody")]))])


def _title(card: ChainCard, text: Text) -> str:
    return text("chain-default") if card.id is None else text("chain-title", number=card.number)


def _wait(wait: timedelta, text: Text) -> str:
    return text("chain-after", span=measures.span(wait, text)) if wait else text("chain-at-once")


def _back(chain_id: int, text: Text) -> list[InlineKeyboardButton]:
    return [button(text("subscription-button-back"), ShowChain(chain_id=chain_id))]
