"""The safety checklist: ticked point by point; then the answer takes its place."""

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery, Message

from bot.brief import MAX_BYTES
from bot.callbacks.answers import StillIsolated, TickPoint
from bot.formatting import render, shortened
from bot.i18n import Text, text_for
from bot.sending import send_formatted, send_markdown
from bot.views import answers, brief, safety
from core.rag.assistant import Assistant
from core.rag.isolation import Checklist, Isolation
from core.users.rights import Actor

router = Router(name="safety")


@router.callback_query(TickPoint.filter(), F.message.as_("message"))
async def on_tick(
    callback: CallbackQuery,
    callback_data: TickPoint,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    isolation: Isolation,
    assistant: Assistant,
) -> None:
    """Tick a point, or take it back."""
    checklist = await isolation.tick(actor, callback_data.query_id, callback_data.point, on=callback_data.on)
    await callback.answer()
    await _show(bot, message, checklist, actor, text, isolation, assistant)


@router.callback_query(StillIsolated.filter(), F.message.as_("message"))
async def on_still(
    callback: CallbackQuery,
    callback_data: StillIsolated,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    isolation: Isolation,
    assistant: Assistant,
) -> None:
    """Confirm that nothing has changed since the last checklist."""
    checklist = await isolation.still_isolated(actor, callback_data.query_id)
    await callback.answer()
    await _show(bot, message, checklist, actor, text, isolation, assistant)


async def _show(
    bot: Bot,
    message: Message,
    checklist: Checklist,
    actor: Actor,
    text: Text,
    isolation: Isolation,
    assistant: Assistant,
) -> None:
    """Show the checklist as it stands; once it is complete, the answer."""
    chat_id, message_id = message.chat.id, message.message_id
    if checklist.done_at is None:
        words = safety.checklist(checklist, text)
        await send_markdown(bot, chat_id, words, safety.keyboard(checklist, text), replacing=message_id)
        return
    answer = await assistant.with_cases(actor, await isolation.answer(actor, checklist.query_id))
    worded, line = text_for(answer.language, actor.units), safety.confirmed(checklist, actor.zone, text)
    if actor.poor_signal:
        short = shortened(render(f"{line}\n\n{brief.answer(answer, worded)}"), MAX_BYTES)
        await send_formatted(bot, chat_id, short, brief.keyboard(answer, text), replacing=message_id)
    else:
        words = f"{line}\n\n{answers.answer(answer, worded)}"
        await send_markdown(bot, chat_id, words, answers.answer_keyboard(answer, text), replacing=message_id)
