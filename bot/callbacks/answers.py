"""Buttons of the answers to questions."""

from aiogram.filters.callback_data import CallbackData

from core.rag.querylog import FeedbackReason
from core.rag.safety import Point


class Stop(CallbackData, prefix="stop"):
    """Stop the answer that is being written in this chat."""


class OpenSource(CallbackData, prefix="src"):
    """Show passage `number` (from 1) of the answer to `query_id` word for word."""

    query_id: int
    number: int


class TurnSource(CallbackData, prefix="turn"):
    """Turn an opened source to another one, or to another part (from 0; -1: the last) of a long one."""

    query_id: int
    number: int
    part: int


class OpenAnswer(CallbackData, prefix="whole"):
    """Show the whole answer to `query_id` in place of its beginning."""

    query_id: int


class TickPoint(CallbackData, prefix="iso"):
    """Tick a point of the safety checklist in front of the answer to `query_id`, or take it back."""

    query_id: int
    point: Point
    on: bool


class StillIsolated(CallbackData, prefix="still"):
    """Confirm that the machine is isolated as it was at the last checklist."""

    query_id: int


class Rate(CallbackData, prefix="rate"):
    """Thumbs up (1) or down (-1) for the answer to `query_id`."""

    query_id: int
    value: int


class RateReason(CallbackData, prefix="reason"):
    """Why the thumb for the answer to `query_id` went down."""

    query_id: int
    reason: FeedbackReason


class AskAgain(CallbackData, prefix="again"):
    """Ask the question of `query_id` once more."""

    query_id: int
