"""/test_alert: how an alarm arrives, and whom one would call."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.chains import PickRehearsal, Rehearse
from bot.i18n import Text
from bot.sending import send_formatted
from bot.views import rehearsals as views
from core.diagnostics.alerts.rehearsal import Rehearsals
from core.diagnostics.models import Severity
from core.diagnostics.service import DiagnosticsService, pick
from core.outbox import Notice, Outbox
from core.users.rights import Actor

router = Router(name="rehearsals")


@router.message(Command("test_alert"))
async def on_test_alert(
    message: Message,
    command: CommandObject,
    actor: Actor,
    text: Text,
    outbox: Outbox,
    diagnostics: DiagnosticsService,
    rehearsals: Rehearsals,
) -> None:
    """`/test_alert [machine]`: send a test on the way that alarms take; say whom a critical one would call."""
    machines = await diagnostics.machines(actor)
    chosen = pick(machines, command.args) if command.args else machines[0] if len(machines) == 1 else None
    await outbox.send(message.chat.id, Notice.TEST_ALERT)
    if chosen is not None:
        walked = await rehearsals.walk(actor, chosen, Severity.CRITICAL)
        words = views.rehearsal(walked, text, actor.zone)
        keys = views.rehearsal_keyboard(walked, len(machines) > 1, text)
    elif machines:
        words, keys = views.pick(text), views.pick_keyboard(machines, 0, text)
    else:
        return
    await message.answer(words.text, entities=list(words.entities), parse_mode=None, reply_markup=keys)


@router.callback_query(PickRehearsal.filter(), F.message.as_("message"))
async def on_pick(
    callback: CallbackQuery,
    callback_data: PickRehearsal,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
) -> None:
    """Offer machines."""
    machines = await diagnostics.machines(actor)
    await callback.answer()
    keys = views.pick_keyboard(machines, callback_data.page, text)
    await send_formatted(bot, message.chat.id, views.pick(text), keys, replacing=message.message_id)


@router.callback_query(Rehearse.filter(), F.message.as_("message"))
async def on_rehearse(
    callback: CallbackQuery,
    callback_data: Rehearse,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
    rehearsals: Rehearsals,
) -> None:
    """Say whom an alarm of this machine would call."""
    machines = await diagnostics.machines(actor)
    chosen = pick(machines, callback_data.system_id)
    walked = await rehearsals.walk(actor, chosen, callback_data.severity)
    await callback.answer()
    words, keys = views.rehearsal(walked, text, actor.zone), views.rehearsal_keyboard(walked, len(machines) > 1, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)
