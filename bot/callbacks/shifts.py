"""Buttons of digests and handovers."""

from aiogram.filters.callback_data import CallbackData

from core.diagnostics.digests.models import DigestKind


class WantDigest(CallbackData, prefix="digest"):
    """Send me digests of a kind, or (`wanted` is false) no more of them."""

    kind: DigestKind
    wanted: bool


class HandOver(CallbackData, prefix="handover"):
    """Hand the shift over without a note."""


class CancelHandover(CallbackData, prefix="hono"):
    """Hand nothing over."""


class ShowHandover(CallbackData, prefix="hoshow"):
    """Show the newest handover, the `number`-th before it, or a certain one (0: none in particular)."""

    number: int = 0
    handover_id: int = 0
