"""/digest, and the buttons that stop digests or have them sent again."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.callbacks.shifts import WantDigest
from bot.i18n import Text
from bot.views import digests as views
from bot.views.keyboards import rows
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.digests.service import DigestService
from core.users.rights import Actor

router = Router(name="digests")


@router.message(Command("digest"))
async def on_digest(message: Message, actor: Actor, text: Text, digests: DigestService) -> None:
    """Show the last day; in a private chat with what is sent by itself, to be stopped or started."""
    digest = await digests.now(actor)
    keyboard = views.keyboard(digest, [], text)
    if message.chat.type == "private":
        wanted = await digests.wanted(actor)
        wishes = ([views.wish(kind, wanted=kind not in wanted, text=text)] for kind in DigestKind)
        keyboard = rows(*keyboard.inline_keyboard, *wishes)
    await message.answer(views.message(digest, text), reply_markup=keyboard)


@router.callback_query(WantDigest.filter(), F.message.reply_markup.as_("shown"), F.message.as_("message"))
async def on_want(
    callback: CallbackQuery,
    callback_data: WantDigest,
    message: Message,
    shown: InlineKeyboardMarkup,
    actor: Actor,
    text: Text,
    digests: DigestService,
) -> None:
    """Stop or start a kind, and offer the opposite."""
    kind, wanted = callback_data.kind, callback_data.wanted
    await digests.want(actor, kind, wanted=wanted)
    await callback.answer(text("digest-started" if wanted else "digest-stopped"))
    await message.edit_reply_markup(reply_markup=views.toggled(shown, kind, wanted=wanted, text=text))
