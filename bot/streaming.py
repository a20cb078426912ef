"""An answer as it grows: a native draft in private chats, edits elsewhere, and always one final message.

A draft is a 30-second preview, so it is refreshed before that; servers that don't know drafts get edits.
"""

import asyncio
from contextlib import suppress

import structlog
from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramNotFound, TelegramRetryAfter
from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.answers import Stop
from bot.formatting import Formatted, render, split
from bot.i18n import Text
from bot.pace import Urgency, sent_as
from bot.patience import patient
from bot.sending import send_markdown
from bot.views import answers as views
from bot.views.keyboards import button, rows
from core.rag.answers import Answer

log = structlog.get_logger(__name__)
_TYPING_EVERY_S = 4.5
"""Telegram shows "typing" for 5 s."""
_REFRESH_DRAFT_S = 20.0
_PREVIEW_TIMEOUT_S = 10
_GROUP_INTERVAL_S = 3.0
"""Groups allow 20 messages a minute, edits included."""


class GrowingAnswer:
    """What one chat sees of one answer. `add` text, run `keep_showing` beside it, `finish` exactly once."""

    def __init__(self, bot: Bot, chat_id: int, text: Text, *, private: bool, draft_id: int, interval_s: float) -> None:
        self._bot = bot
        self._chat_id = chat_id
        self._text = text
        self._interval_s = interval_s if private else max(interval_s, _GROUP_INTERVAL_S)
        self._draft_id: int | None = draft_id if private else None
        self._message_id: int | None = None
        self._notice = ""
        self.markdown = ""
        self._held = False
        self._done = asyncio.Event()
        self._shown: str | None = None
        self._shown_at = self._typed_at = self._not_before = float("-inf")

    def add(self, text: str, *, held: bool = False) -> None:
        """Append what was generated; from the first that is `held` back, only say that the answer is on its way."""
        if held and not self._held:
            self._held, self.markdown = True, ""
            self._notice = self._text("safety-held")
        if not self._held:
            self.markdown += text

    def wait_in_line(self, position: int) -> None:
        """Say that `position` questions are answered first."""
        self._notice = self._text("answers-queue-position", position=position)

    async def keep_showing(self) -> None:
        """Show what there is at the pace Telegram allows, until `stop_showing`. A preview may fail; the answer not."""
        while not self._done.is_set():
            try:
                with patient(False), sent_as(Urgency.PREVIEW):
                    await self._tick(asyncio.get_running_loop().time())
            except TelegramRetryAfter as error:
                self._not_before = asyncio.get_running_loop().time() + error.retry_after
            except TelegramAPIError as error:
                log.debug("preview failed", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._done.wait()

    def stop_showing(self) -> None:
        """Let `keep_showing` end after the request it is in: a preview cut off halfway could stay in the chat."""
        self._done.set()

    def word(self, answer: Answer, text: Text, note: str = "") -> str:
        """Word the finished answer."""
        return views.answer(answer, text, note)

    def keyboard(self, answer: Answer) -> InlineKeyboardMarkup | None:
        """Return the buttons that belong under it."""
        return views.answer_keyboard(answer, self._text)

    async def finish(
        self, markdown: str, keyboard: InlineKeyboardMarkup | None = None, *, reply_to: int | None = None
    ) -> None:
        """Leave the final text in the chat, in place of whatever preview there is."""
        await send_markdown(self._bot, self._chat_id, markdown, keyboard, reply_to=reply_to, replacing=self._message_id)

    async def _tick(self, now: float) -> None:
        if now < self._not_before:
            return
        if now - self._typed_at > _TYPING_EVERY_S:
            self._typed_at = now
            await self._bot.send_chat_action(self._chat_id, ChatAction.TYPING, request_timeout=_PREVIEW_TIMEOUT_S)
        text = self.markdown or self._notice
        fading = self._draft_id is not None and now - self._shown_at > _REFRESH_DRAFT_S
        if text != self._shown or fading:
            await self._show(text)
            self._shown, self._shown_at = text, now

    async def _show(self, text: str) -> None:
        pieces = split(render(text))
        last = pieces[-1] if pieces else Formatted("")
        if self._draft_id is not None:
            try:
                await self._draft(self._draft_id, last)
            except (TelegramNotFound, TelegramBadRequest) as error:
                log.info("drafts refused, editing instead", error=error.message)
                self._draft_id = None
        if self._draft_id is None and last.text:
            await self._edit(last)

    async def _draft(self, draft_id: int, part: Formatted) -> None:
        await self._bot.send_message_draft(
            self._chat_id,
            draft_id,
            text=part.text,
            entities=list(part.entities),
            parse_mode=None,
            can_stop=True,
            keep_on_stop=True,
            request_timeout=_PREVIEW_TIMEOUT_S,
        )

    async def _edit(self, part: Formatted) -> None:
        keyboard = rows([button(self._text("answers-button-stop"), Stop())])
        if self._message_id is None:
            message = await self._bot.send_message(
                self._chat_id,
                part.text,
                entities=list(part.entities),
                parse_mode=None,
                reply_markup=keyboard,
                request_timeout=_PREVIEW_TIMEOUT_S,
            )
            self._message_id = message.message_id
            return
        await self._bot.edit_message_text(
            part.text,
            chat_id=self._chat_id,
            message_id=self._message_id,
            entities=list(part.entities),
            parse_mode=None,
            reply_markup=keyboard,
            request_timeout=_PREVIEW_TIMEOUT_S,
        )
