"""/mydata and /forgetme: what is kept about a person, for themselves alone, and until they say so."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.profile import ConfirmForgetting, KeepMe
from bot.commands import clear_menu
from bot.holding import current_hold, settle
from bot.i18n import Text
from bot.personal_data import send_personal_data
from bot.views import privacy as views
from core.privacy.export import PersonalDataService
from core.privacy.forgetting import ForgettingService
from core.supervisor import Supervisor
from core.users.rights import Actor

router = Router(name="privacy")


@router.message(Command("mydata"), F.chat.type == ChatType.PRIVATE)
async def on_my_data(
    message: Message, bot: Bot, actor: Actor, text: Text, personal_data: PersonalDataService, supervisor: Supervisor
) -> None:
    """Send everything that is kept about the sender."""
    sending = send_personal_data(bot, message.chat.id, actor, text, personal_data)
    work = supervisor.start(sending, name="mydata", owner=actor)
    supervisor.start(settle(current_hold().take(), work), name="mydata told")


@router.message(Command("forgetme"), F.chat.type == ChatType.PRIVATE)
async def on_forget_me(message: Message, actor: Actor, text: Text, forgetting: ForgettingService) -> None:
    """Tell what would go and what would stay."""
    plan = await forgetting.plan(actor)
    told_at = int(message.date.timestamp())
    await message.answer(views.plan(plan, text), reply_markup=views.plan_keyboard(told_at, text))


@router.message(Command("mydata", "forgetme"))
async def on_in_group(message: Message, text: Text) -> None:
    """What is kept about somebody is nobody else's business."""
    await message.answer(text("privacy-private"))


@router.callback_query(ConfirmForgetting.filter(), F.message.as_("message"))
async def on_confirm(
    callback: CallbackQuery,
    callback_data: ConfirmForgetting,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    forgetting: ForgettingService,
) -> None:
    """Forget the person, and say so for the last time."""
    done = await forgetting.forget(actor, told_at=callback_data.told_at)
    await callback.answer()
    await message.edit_text(views.done(done, text))
    await clear_menu(bot, message.chat.id)


@router.callback_query(KeepMe.filter(), F.message.as_("message"))
async def on_keep(callback: CallbackQuery, message: Message, text: Text) -> None:
    """Leave everything as it is."""
    await callback.answer()
    await message.edit_text(text("privacy-kept"))
