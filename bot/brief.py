"""An answer over a poor connection: one short message, the rest on a tap."""

from aiogram.types import InlineKeyboardMarkup

from bot.formatting import render, shortened
from bot.i18n import Text
from bot.sending import send_formatted
from bot.streaming import GrowingAnswer
from bot.views import brief as views
from core.rag.answers import Answer

MAX_BYTES = 1000
"""UTF-8 text of the one message."""
_KEPT = 400
"""Characters of an answer under way: all that is shown of it should it break off, with room for the reason."""


class BriefAnswer(GrowingAnswer):
    """Shows nothing while it grows: each preview would be paid for by what matters."""

    def add(self, text: str, *, held: bool = False) -> None:
        """Append what was generated, as long as it would be shown."""
        super().add(text[: max(_KEPT - len(self.markdown), 0)], held=held)

    async def keep_showing(self) -> None:
        """Wait for the end."""
        await self._done.wait()

    def word(self, answer: Answer, text: Text, note: str = "") -> str:
        """Word the beginning of the answer."""
        return views.answer(answer, text, note)

    def keyboard(self, answer: Answer) -> InlineKeyboardMarkup | None:
        """Return the buttons that open the rest."""
        return views.keyboard(answer, self._text)

    async def finish(
        self, markdown: str, keyboard: InlineKeyboardMarkup | None = None, *, reply_to: int | None = None
    ) -> None:
        """Send the one message."""
        words = shortened(render(markdown), MAX_BYTES)
        await send_formatted(self._bot, self._chat_id, words, keyboard, reply_to=reply_to)
