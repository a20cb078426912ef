"""Buttons of what a person chooses for themselves."""

from aiogram.filters.callback_data import CallbackData

from core.users.preferences import Setting


class SetLanguage(CallbackData, prefix="lang"):
    """Speak `language` from now on."""

    language: str


class ShowSettings(CallbackData, prefix="sets"):
    """List what is chosen."""


class OpenSetting(CallbackData, prefix="set"):
    """Turn to a setting."""

    setting: Setting


class Choose(CallbackData, prefix="choose", sep="|"):
    """Make `value` the choice for a setting."""

    setting: Setting
    value: str


class ConfirmForgetting(CallbackData, prefix="forget"):
    """Forget the person who taps, who was told what that means at `told_at` (seconds since 1970 began)."""

    told_at: int


class KeepMe(CallbackData, prefix="keepme"):
    """Forget nobody."""
