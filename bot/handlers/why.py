"""/why: what the decision on an answer rests on."""

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import why as views
from core.rag.explaining import ExplanationService
from core.users.rights import Actor

router = Router(name="why")


@router.message(Command("why"))
async def on_why(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, explanations: ExplanationService
) -> None:
    """Explain the last question of this chat; `/why QUESTION` another one."""
    asked = command.args
    explained = await (
        explanations.explain(actor, asked) if asked else explanations.explain_last(actor, message.chat.id)
    )
    await send_markdown(bot, message.chat.id, views.why(explained, text) if explained else text("why-nothing"))
