"""Short ways to write inline keyboards."""

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup


def button(text: str, data: CallbackData) -> InlineKeyboardButton:
    """Return a button that sends `data` back."""
    return InlineKeyboardButton(text=text, callback_data=data.pack())


def rows(*lines: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    """Return a keyboard of `lines`; empty ones are left out."""
    return InlineKeyboardMarkup(inline_keyboard=[line for line in lines if line])


def without(markup: InlineKeyboardMarkup, data: CallbackData) -> InlineKeyboardMarkup | None:
    """Return `markup` without the button that sends `data`; None where no button is left."""
    gone = data.pack()
    lines = [[key for key in line if key.callback_data != gone] for line in markup.inline_keyboard]
    return rows(*lines) if any(lines) else None
