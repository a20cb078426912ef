"""Thumbs under an answer, and the reasons that a thumb down opens."""

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.answers import Rate, RateReason
from bot.i18n import Text
from bot.views.keyboards import button
from core.rag.querylog import FeedbackReason

_UP, _DOWN = "👍", "👎"
_CHOSEN = " ✓"
_REASONS_IN_A_ROW = 2


def thumbs(query_id: int) -> list[InlineKeyboardButton]:
    """Return the row that rates the answer to `query_id`."""
    return [button(_UP, Rate(query_id=query_id, value=1)), button(_DOWN, Rate(query_id=query_id, value=-1))]


def rated(markup: InlineKeyboardMarkup, rate: Rate, text: Text) -> InlineKeyboardMarkup:
    """Mark the thumb that was chosen; below a thumb down stand the reasons, below a thumb up nothing."""
    row = thumbs(rate.query_id)
    chosen = row[0] if rate.value > 0 else row[1]
    chosen.text += _CHOSEN
    reasons = [] if rate.value > 0 else _reasons(rate.query_id, text)
    return _with(markup, row, reasons)


def explained(markup: InlineKeyboardMarkup, why: RateReason, text: Text) -> InlineKeyboardMarkup:
    """Put the reason on the thumb down, in place of the reasons to choose from."""
    row = thumbs(why.query_id)
    row[1].text += f"{_CHOSEN} {text(f'feedback-{why.reason}')}"
    return _with(markup, row, [])


def _reasons(query_id: int, text: Text) -> list[list[InlineKeyboardButton]]:
    keys = [button(text(f"feedback-{why}"), RateReason(query_id=query_id, reason=why)) for why in FeedbackReason]
    return [keys[i : i + _REASONS_IN_A_ROW] for i in range(0, len(keys), _REASONS_IN_A_ROW)]


def _with(
    markup: InlineKeyboardMarkup, row: list[InlineKeyboardButton], below: list[list[InlineKeyboardButton]]
) -> InlineKeyboardMarkup:
    """Return `markup` with `row` in place of its thumbs and `below` in place of its reasons."""
    lines: list[list[InlineKeyboardButton]] = []
    for line in markup.inline_keyboard:
        data = (line[0].callback_data or "").partition(":")[0]
        if data == Rate.__prefix__:
            lines += [row, *below]
        elif data != RateReason.__prefix__:
            lines.append(line)
    return InlineKeyboardMarkup(inline_keyboard=lines)
