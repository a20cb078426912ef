"""/export: readings of a machine as a file, made in the background and sent when it is ready."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.machines import ExportReadings, StopExport
from bot.exporting import ExportDesk, Wanted
from bot.i18n import Text
from bot.summaries import AnyMessage
from core.diagnostics.exports.service import ExportService
from core.diagnostics.exports.writers import Format
from core.diagnostics.periods import DAY
from core.diagnostics.service import DiagnosticsService
from core.supervisor import Supervisor
from core.users.rights import Actor, Right

router = Router(name="exports")


@router.message(Command("export"))
async def on_export(
    message: Message,
    command: CommandObject,
    bot: Bot,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
    exports: ExportService,
    supervisor: Supervisor,
) -> None:
    """`/export MACHINE [stretch of time] [csv|parquet]`."""
    actor.require(Right.EXPORT_READINGS)
    kind, words = _format(command.args or "")
    window, machine = diagnostics.window(actor, words)
    if not machine:
        await message.answer(text("export-usage"))
        return
    wanted = Wanted(machine, window or diagnostics.last(DAY), kind)
    ExportDesk(bot, exports, supervisor).start(message.chat.id, wanted, actor, text)


@router.callback_query(ExportReadings.filter(), F.message.as_("message"))
async def on_button(
    callback: CallbackQuery,
    callback_data: ExportReadings,
    message: AnyMessage,
    bot: Bot,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
    exports: ExportService,
    supervisor: Supervisor,
) -> None:
    """Export what the summary above shows."""
    window = diagnostics.last(callback_data.period, until=callback_data.end)
    wanted = Wanted(callback_data.system_id, window, callback_data.kind, callback_data.chosen)
    ExportDesk(bot, exports, supervisor).start(message.chat.id, wanted, actor, text)
    await callback.answer(text("export-begun"))


@router.callback_query(StopExport.filter())
async def on_stop(
    callback: CallbackQuery, bot: Bot, actor: Actor, text: Text, exports: ExportService, supervisor: Supervisor
) -> None:
    """Give up the file."""
    stopped = await ExportDesk(bot, exports, supervisor).stop(actor)
    await callback.answer(text("export-stopped" if stopped else "export-none-under-way"))


def _format(words: str) -> tuple[Format, str]:
    """Return the format asked for, CSV if none is, and the other words."""
    kept = [word for word in words.split() if word.lower().lstrip(".") not in set(Format)]
    kind = next((Format(w.lower().lstrip(".")) for w in words.split() if w not in kept), Format.CSV)
    return kind, " ".join(kept)
