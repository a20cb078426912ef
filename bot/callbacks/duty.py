"""Buttons of who is on call."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class RotaPart(StrEnum):
    """What of a rota is said in words."""

    NAME = "name"
    TURN = "turn"
    START = "start"


class ShowDuty(CallbackData, prefix="duty"):
    """Show who is on call."""


class ShowRota(CallbackData, prefix="rota"):
    """Show who is on call by one rota."""

    rota_id: int


class TakeDuty(CallbackData, prefix="take"):
    """Take the call until the end of the turn, or of the reader's shift, if the duty is still as `seen`."""

    rota_id: int
    seen: int
    shift: bool


class OfferDuty(CallbackData, prefix="offer"):
    """Turn to a page (from 0) of those to whom the call can be handed."""

    rota_id: int
    seen: int
    page: int


class HandDuty(CallbackData, prefix="hand"):
    """Hand the call to somebody, if the duty is still as `seen`."""

    rota_id: int
    seen: int
    user_id: int


class NewRota(CallbackData, prefix="rotanew"):
    """Ask for the name of a new rota."""


class ChangeRota(CallbackData, prefix="rotaset"):
    """Show a rota with all that can be changed."""

    rota_id: int


class ShowRotaMembers(CallbackData, prefix="rotawho"):
    """Turn to a page (from 0) of those who can be members."""

    rota_id: int
    page: int


class SetRotaMember(CallbackData, prefix="rotamem"):
    """Put somebody on a rota, or take them off it."""

    rota_id: int
    user_id: int
    on: bool
    page: int


class AskRotaTurn(CallbackData, prefix="rotaturn"):
    """Offer lengths of a turn."""

    rota_id: int


class SetRotaTurn(CallbackData, prefix="rotah"):
    """Make turns so many hours long."""

    rota_id: int
    hours: int


class AskRotaWords(CallbackData, prefix="rotaask"):
    """Ask for the length of a turn, or for the start, in words."""

    rota_id: int
    what: RotaPart


class DeleteRota(CallbackData, prefix="rotadel"):
    """Ask whether to delete a rota, and, when one is `sure`, delete it."""

    rota_id: int
    sure: bool
