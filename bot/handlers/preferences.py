"""/settings: what a person chooses for themselves, in one message that turns its pages."""

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.profile import Choose, OpenSetting, ShowSettings
from bot.commands import set_menu
from bot.filters import IS_TEXT
from bot.i18n import Text, text_of
from bot.states import SettingWords
from bot.views import preferences as views
from core.users.preferences import Preferences, PreferenceService
from core.users.rights import Actor
from core.users.zones import SeveralZonesError

router = Router(name="preferences")
_LONGEST = 40
"""Characters; whoever writes more asks something instead of answering."""


@router.message(Command("settings"), F.chat.type == ChatType.PRIVATE)
async def on_settings(message: Message, actor: Actor, text: Text, preferences: PreferenceService) -> None:
    """Show what is chosen."""
    chosen = await preferences.of(actor)
    await message.answer(views.card(chosen, text), reply_markup=views.keyboard(text))


@router.message(Command("settings"))
async def on_settings_in_group(message: Message, text: Text) -> None:
    """Settings are nobody else's business."""
    await message.answer(text("settings-private"))


@router.callback_query(ShowSettings.filter(), F.message.as_("message"))
async def on_list(
    callback: CallbackQuery,
    message: Message,
    actor: Actor,
    text: Text,
    preferences: PreferenceService,
    state: FSMContext,
) -> None:
    """Turn back to the list; nothing is waited for any more."""
    chosen = await preferences.of(actor)
    await callback.answer()
    await state.clear()
    await message.edit_text(views.card(chosen, text), reply_markup=views.keyboard(text))


@router.callback_query(OpenSetting.filter(), F.message.as_("message"))
async def on_page(
    callback: CallbackQuery,
    callback_data: OpenSetting,
    message: Message,
    actor: Actor,
    text: Text,
    preferences: PreferenceService,
    state: FSMContext,
) -> None:
    """Turn to a setting; hours and places may be typed, too."""
    chosen, setting = await preferences.of(actor), callback_data.setting
    await callback.answer()
    await state.clear()
    if setting in views.TYPED:
        await state.set_state(SettingWords.waiting)
        await state.set_data({"setting": setting})
    await message.edit_text(views.page(chosen, setting, text), reply_markup=views.page_keyboard(chosen, setting, text))


@router.callback_query(Choose.filter(), F.message.as_("message"))
async def on_choice(
    callback: CallbackQuery,
    callback_data: Choose,
    message: Message,
    bot: Bot,
    actor: Actor,
    preferences: PreferenceService,
    state: FSMContext,
) -> None:
    """Take a tapped choice."""
    chosen = await preferences.change(actor, callback_data.setting, callback_data.value)
    text = text_of(chosen.actor)
    await callback.answer(text("settings-saved"))
    await state.clear()
    await message.edit_text(views.card(chosen, text), reply_markup=views.keyboard(text))
    await _follow(bot, actor, chosen)


@router.message(SettingWords.waiting, IS_TEXT)
async def on_words(
    message: Message, actor: Actor, text: Text, preferences: PreferenceService, state: FSMContext
) -> None:
    """Take a typed choice. What can't be one is left to whoever answers questions."""
    words = message.text or ""
    if len(words) > _LONGEST or "?" in words:
        await state.clear()
        raise SkipHandler
    try:
        chosen = await preferences.change(actor, (await state.get_data())["setting"], words)
    except SeveralZonesError as error:
        await message.answer(text(error.key), reply_markup=views.zones_keyboard(error.zones, text, message.date))
        return
    await state.clear()
    await message.answer(views.card(chosen, text), reply_markup=views.keyboard(text))


async def _follow(bot: Bot, before: Actor, chosen: Preferences) -> None:
    if chosen.actor.language != before.language:
        await set_menu(bot, chosen.actor)
