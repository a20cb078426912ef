"""The database: /health."""

from aiogram import Router
from aiogram.enums import ParseMode
from aiogram.filters import Command
from aiogram.types import Message

from bot.i18n import Text
from bot.views.health import health_html
from core.timescale.service import TimescaleService
from core.users.rights import Actor

router = Router(name="timescale")


@router.message(Command("health"))
async def on_health(message: Message, actor: Actor, text: Text, timescale: TimescaleService) -> None:
    """Tell how the database, Redis and the workers are."""
    report = await timescale.health(actor)
    await message.answer(health_html(report, text, actor.zone), parse_mode=ParseMode.HTML)
