"""What couriers of alarms share: how to send once, how a reader is told, and what a reader may see."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiogram.methods import SendMessage

from bot.i18n import Text
from core.diagnostics.alerts.audience import GROUP_SCOPE
from core.outbox import OutboxMessage
from core.users.rights import Actor, Right
from core.users.scope import Place

Post = Callable[[OutboxMessage, SendMessage], Awaitable[int]]
"""Sends once, whatever happens, and returns the message's number."""
GONE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")


class Said(NamedTuple):
    """In what language, units and time zone a reader is told."""

    text: Text
    zone: ZoneInfo


def may_see(chat_id: int, reader: Actor | None, machine: Place) -> bool:
    """Look again when it is sent: since it was written, people lose access, and machines are no longer public."""
    if chat_id < 0:
        return GROUP_SCOPE.covers(machine)
    return reader is not None and reader.may(Right.SEE_MACHINES, machine=machine)
