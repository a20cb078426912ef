"""What nobody else understood."""

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from bot.filters import IsForBot
from bot.i18n import Text

router = Router(name="fallback")


@router.message(F.text.startswith("/"), IsForBot())
async def on_unknown_command(message: Message, text: Text) -> None:
    """A command that does not exist."""
    await message.answer(text("start-unknown-command"))


@router.message(F.photo | F.voice | F.video | F.video_note | F.audio | F.sticker | F.location | F.contact, IsForBot())
async def on_unsupported(message: Message, text: Text) -> None:
    """Pictures, voices and stickers can't be read yet."""
    await message.answer(text("start-unsupported"))


@router.callback_query()
async def on_unknown_button(callback: CallbackQuery, text: Text) -> None:
    """A button of an older version."""
    await callback.answer(text("start-unknown-button"), show_alert=True)
