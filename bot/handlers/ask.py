"""Questions: asked by /ask or as plain text, stopped, asked again, started afresh."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, MessageGenerationStopped

from bot.callbacks.answers import AskAgain, Stop
from bot.desk import AnswerDesk, Question
from bot.filters import IsForBot
from bot.holding import current_hold
from bot.i18n import Text
from core.errors import HydrodiagError
from core.observability import correlation_id
from core.rag.assistant import Assistant
from core.users.rights import Actor, Right

router = Router(name="ask")


@router.message(Command("ask"), flags={"question": True})
async def on_ask(message: Message, command: CommandObject, actor: Actor, text: Text, desk: AnswerDesk) -> None:
    """`/ask question`; without a question, say how to ask."""
    if command.args:
        await _ask(message, command.args, actor, text, desk)
    else:
        await message.answer(text("answers-how-to-ask"))


@router.message(Command("stop"))
async def on_stop(message: Message, text: Text, desk: AnswerDesk) -> None:
    """Stop the answer; its own final message tells so."""
    if not await desk.stop(message.chat.id):
        await message.answer(text("answers-nothing-to-stop"))


@router.callback_query(Stop.filter())
async def on_stop_button(callback: CallbackQuery, text: Text, desk: AnswerDesk) -> None:
    """The button under a growing answer."""
    await callback.answer()
    if callback.message:
        await desk.stop(callback.message.chat.id)


@router.stopped_message_generation()
async def on_draft_stopped(event: MessageGenerationStopped, desk: AnswerDesk) -> None:
    """The button Telegram shows under a draft."""
    await desk.stop(event.chat.id)


@router.message(Command("new"))
async def on_new(message: Message, actor: Actor, text: Text, desk: AnswerDesk, assistant: Assistant) -> None:
    """Forget the conversation so far."""
    await desk.stop(message.chat.id)
    await assistant.new_conversation(actor, message.chat.id)
    await message.answer(text("answers-new"))


@router.callback_query(AskAgain.filter(), flags={"question": True})
async def on_ask_again(
    callback: CallbackQuery, callback_data: AskAgain, actor: Actor, text: Text, desk: AnswerDesk, assistant: Assistant
) -> None:
    """Ask a question again that a restart interrupted."""
    question = await assistant.question(actor, callback_data.query_id)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_reply_markup(reply_markup=None)
        await _ask(callback.message, question, actor, text, desk, fresh=True)


@router.message(Command("retry"), flags={"question": True})
async def on_retry(message: Message, actor: Actor, text: Text, desk: AnswerDesk, assistant: Assistant) -> None:
    """Ask the last question of this chat again."""
    question = await assistant.last_question(actor, message.chat.id)
    if question is None:
        await message.answer(text("answers-nothing-to-retry"))
    else:
        await _ask(message, question, actor, text, desk, fresh=True)


@router.message(F.text, ~F.text.startswith("/"), IsForBot(), flags={"question": True})
async def on_question(message: Message, actor: Actor, text: Text, desk: AnswerDesk) -> None:
    """Any other text is a question."""
    await _ask(message, message.text or "", actor, text, desk)


async def _ask(
    message: Message, question: str, actor: Actor, text: Text, desk: AnswerDesk, *, fresh: bool = False
) -> None:
    actor.require(Right.ASK)
    private = message.chat.type == ChatType.PRIVATE
    claim = current_hold().take()
    asked = Question(message.chat.id, private, message.message_id, question, actor, correlation_id(), fresh, claim)
    try:
        before = desk.submit(asked)
    except HydrodiagError:
        await claim.release()
        raise
    if before:
        await message.answer(text("answers-in-line", before=before))
