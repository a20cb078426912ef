"""The database: /health, /stats, /chunks, /jobs."""

import asyncio

from aiogram import Bot, Router
from aiogram.enums import ParseMode
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, Message

from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import operations
from bot.views import timescale as views
from bot.views.chunk_picture import render_chunks
from bot.views.health import health_html
from core.clock import utc_now
from core.timescale.service import TimescaleService
from core.timescale.tables import READINGS
from core.timescale.wiring import Caretaking
from core.users.rights import Actor

router = Router(name="timescale")


@router.message(Command("health"))
async def on_health(message: Message, actor: Actor, text: Text, timescale: TimescaleService) -> None:
    """Tell how the database, Redis and the workers are."""
    report = await timescale.health(actor)
    await message.answer(health_html(report, text, actor.zone), parse_mode=ParseMode.HTML)


@router.message(Command("stats"))
async def on_stats(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, timescale: TimescaleService
) -> None:
    """`/stats [table]`: how big a table is."""
    found = await timescale.get_hypertable_stats(actor, (command.args or "").strip() or READINGS)
    await send_markdown(bot, message.chat.id, views.stats(found, actor.zone, text))


@router.message(Command("chunks"))
async def on_chunks(
    message: Message, command: CommandObject, actor: Actor, text: Text, timescale: TimescaleService
) -> None:
    """`/chunks [table]`: its chunks on a time line."""
    table = (command.args or "").strip() or READINGS
    found = await timescale.chunks(actor, table)
    words = views.chunks(found, table, actor.zone, text)
    if not found or actor.poor_signal:
        await message.answer(words)
        return
    picture = await asyncio.to_thread(render_chunks, found, table, utc_now(), text, actor.zone)
    await message.answer_photo(BufferedInputFile(picture, "chunks.png"), caption=words)


@router.message(Command("jobs"))
async def on_jobs(message: Message, bot: Bot, actor: Actor, text: Text, caretaking: Caretaking) -> None:
    """List what ran and runs; a tap opens one."""
    recent = await caretaking.caretaker.recent(actor)
    words = operations.journal(recent, actor.zone, text)
    await send_markdown(bot, message.chat.id, words, operations.journal_keyboard(recent))
