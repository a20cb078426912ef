"""/quarantine: readings that could not be trusted; seen, mapped, tried again, deleted."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.readings import AskDiscard, Discard, Replay, ShowQuarantine
from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import quarantine as views
from core.diagnostics.ingest.quarantine import QuarantineService
from core.errors import BadInputError
from core.users.rights import Actor, Right

router = Router(name="quarantine")
_SHOWN = 8


class MappingWordsError(BadInputError):
    """The command maps a number to a name."""

    key = "quarantine-error-words"


@router.message(Command("quarantine"))
async def on_quarantine(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, quarantine: QuarantineService
) -> None:
    """Show the groups; `/quarantine NUMBER NAME` maps what a group's sensor or unit is called, and tries it again."""
    actor.require(Right.MANAGE_READINGS)
    number, _, name = (command.args or "").strip().partition(" ")
    if not number:
        await _list(bot, message.chat.id, actor, text, quarantine)
        return
    if not number.isdecimal() or not name.strip():
        raise MappingWordsError("/quarantine NUMBER NAME")
    await quarantine.map(actor, int(number), name)
    await message.answer(views.replayed(await quarantine.replay(actor, int(number)), text))


@router.callback_query(ShowQuarantine.filter(), F.message.as_("message"))
async def on_group(
    callback: CallbackQuery,
    callback_data: ShowQuarantine,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    quarantine: QuarantineService,
) -> None:
    """Show one group in place of the list, or the list again."""
    await callback.answer()
    if callback_data.number == 0:
        await _list(bot, message.chat.id, actor, text, quarantine, replacing=message.message_id)
        return
    found = await quarantine.group(actor, callback_data.number)
    words, keyboard = views.group(found, actor.zone, text), views.group_keyboard(found, text)
    await send_markdown(bot, message.chat.id, words, keyboard, replacing=message.message_id)


@router.callback_query(Replay.filter(), F.message.as_("message"))
async def on_replay(
    callback: CallbackQuery,
    callback_data: Replay,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    quarantine: QuarantineService,
) -> None:
    """Try a group, or all, again."""
    result = await quarantine.replay(actor, callback_data.number or None)
    await callback.answer(views.replayed(result, text), show_alert=True)
    await _list(bot, message.chat.id, actor, text, quarantine, replacing=message.message_id)


@router.callback_query(AskDiscard.filter(), F.message.as_("message"))
async def on_ask_discard(
    callback: CallbackQuery,
    callback_data: AskDiscard,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    quarantine: QuarantineService,
) -> None:
    """Ask before deleting."""
    await callback.answer()
    found = await quarantine.group(actor, callback_data.number)
    words, keyboard = views.discarding(found, text), views.discarding_keyboard(found, text)
    await send_markdown(bot, message.chat.id, words, keyboard, replacing=message.message_id)


@router.callback_query(Discard.filter(), F.message.as_("message"))
async def on_discard(
    callback: CallbackQuery,
    callback_data: Discard,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    quarantine: QuarantineService,
) -> None:
    """Delete, unless more came since the question."""
    count = await quarantine.discard(actor, callback_data.number, seen=callback_data.count)
    await callback.answer(text("quarantine-discarded", count=count), show_alert=True)
    await _list(bot, message.chat.id, actor, text, quarantine, replacing=message.message_id)


async def _list(
    bot: Bot, chat_id: int, actor: Actor, text: Text, quarantine: QuarantineService, *, replacing: int | None = None
) -> None:
    groups = await quarantine.groups(actor, _SHOWN)
    words, keyboard = views.listed(groups, text), views.listed_keyboard(groups, text)
    await send_markdown(bot, chat_id, words, keyboard, replacing=replacing)
