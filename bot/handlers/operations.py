"""Changes to tables: planned in a message, confirmed once, followed in that same message to their end."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.operations import CancelOperation, ConfirmOperation, ShowOperation
from bot.following import Sight, follow
from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import operations as views
from bot.views import policies
from core.supervisor import Supervisor
from core.timescale.models import State
from core.timescale.requests import (
    NeitherTableNorAgeError,
    NeitherTableNorCountError,
    perhaps_not_a_table,
    read_aged,
    read_count,
    read_days,
    read_declaration,
)
from core.timescale.tables import READINGS
from core.timescale.wiring import Caretaking
from core.users.rights import Actor, Right

router = Router(name="operations")


@router.message(Command("partitions"))
async def on_partitions(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, caretaking: Caretaking
) -> None:
    """`/partitions [table] [N]`, `/partitions [table] FROM TO`: plan chunks."""
    if days := read_days(command.args or "", actor.zone):
        table = days.before or days.after or READINGS
        planned = await caretaking.caretaker.plan_range(actor, table, days.start, days.end)
    else:
        table, count = read_count(command.args or "")
        with perhaps_not_a_table(table, NeitherTableNorCountError, doubtful=count is None):
            planned = await caretaking.caretaker.plan_ahead(actor, table, count)
    await _show(bot, message, views.planned(planned, actor.zone, text))


@router.message(Command("compress"))
async def on_compress(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, caretaking: Caretaking
) -> None:
    """`/compress [table] [AGE]`: plan compression of what is older; as declared where no age is given."""
    actor.require(Right.MANAGE_DATABASE)
    asked = read_aged(command.args or "")
    with perhaps_not_a_table(asked.table, NeitherTableNorAgeError, doubtful=asked.span is None):
        declared = await caretaking.policies.declared(actor, asked.table)
    span = declared.compress_after if asked.span is None else asked.span
    if asked.span is None and not span:
        await message.answer(text("operations-compress-usage"))
        return
    planned = await caretaking.caretaker.plan_compression(actor, asked.table, span)
    await _show(bot, message, views.planned(planned, actor.zone, text))


@router.message(Command("retention"))
async def on_retention(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, caretaking: Caretaking
) -> None:
    """`/retention [table] [AGE] [everything]`, `/retention hold|release|holds`."""
    actor.require(Right.MANAGE_DATABASE)
    match (command.args or "").split(maxsplit=1):
        case [("hold" | "holds" | "release") as verb, *rest]:
            await _hold(message, bot, verb, " ".join(rest), actor, text, caretaking)
        case _:
            await _clean(message, bot, command.args or "", actor, text, caretaking)


@router.message(Command("policies"))
async def on_policies(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, caretaking: Caretaking
) -> None:
    """`/policies [table]`: declared against actual; `/policies [table] chunk|compress|retain AGE`: declare."""
    table = (command.args or "").strip() or READINGS
    if declaration := read_declaration(command.args or ""):
        table = declaration.table
        await caretaking.policies.declare(actor, table, declaration.field, declaration.value)
    declared = await caretaking.policies.declared(actor, table)
    drift = await caretaking.policies.drift(actor, table)
    mendable = actor.may(Right.MANAGE_DATABASE) and any(one.step for one in drift)
    planned = await caretaking.caretaker.plan_apply(actor, table) if mendable else None
    await _show(bot, message, policies.policy(declared, drift, planned, text))


@router.callback_query(ConfirmOperation.filter(), F.message.as_("message"))
async def on_confirm(
    callback: CallbackQuery,
    callback_data: ConfirmOperation,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    caretaking: Caretaking,
    supervisor: Supervisor,
) -> None:
    """Order it, once, whoever presses; then follow it."""
    operation = await caretaking.caretaker.confirm(actor, callback_data.operation_id)
    await callback.answer()
    _follow(bot, message, operation.id, actor, text, caretaking, supervisor)


@router.callback_query(CancelOperation.filter(), F.message.as_("message"))
async def on_cancel(
    callback: CallbackQuery,
    callback_data: CancelOperation,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    caretaking: Caretaking,
) -> None:
    """Drop the plan, or have the run ended between two chunks."""
    operation = await caretaking.caretaker.cancel(actor, callback_data.operation_id)
    if operation.state == State.CANCELLED:
        await callback.answer()
        await _show(bot, message, await _look(operation.id, actor, text, caretaking), replacing=True)
    else:
        await callback.answer(text("operations-cancelling"))


@router.callback_query(ShowOperation.filter(), F.message.as_("message"))
async def on_show(
    callback: CallbackQuery,
    callback_data: ShowOperation,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    caretaking: Caretaking,
    supervisor: Supervisor,
) -> None:
    """Open an operation in a message of its own, and follow it while it runs."""
    sight = await _look(callback_data.operation_id, actor, text, caretaking)
    await callback.answer()
    shown = await message.answer(text("operations-opening"))
    if sight.over:
        await _show(bot, shown, sight, replacing=True)
    else:
        _follow(bot, shown, callback_data.operation_id, actor, text, caretaking, supervisor)


async def _clean(message: Message, bot: Bot, words: str, actor: Actor, text: Text, caretaking: Caretaking) -> None:
    asked = read_aged(words)
    with perhaps_not_a_table(asked.table, NeitherTableNorAgeError, doubtful=asked.span is None):
        declared = await caretaking.policies.declared(actor, asked.table)
    span = declared.retain_for if asked.span is None else asked.span
    if asked.span is None and not span:
        await message.answer(text("operations-retention-usage"))
        return
    planned = await caretaking.caretaker.plan_cleanup(actor, asked.table, span, leave_nothing=asked.everything)
    await _show(bot, message, views.planned(planned, actor.zone, text))


async def _hold(
    message: Message, bot: Bot, verb: str, words: str, actor: Actor, text: Text, caretaking: Caretaking
) -> None:
    days = read_days(words, actor.zone)
    if verb == "hold" and days and days.after:
        await caretaking.holds.place(actor, days.before or READINGS, days.start, days.end, days.after)
    elif verb == "release" and words.isdecimal() and len(words) < 10:
        await caretaking.holds.release(actor, int(words))
    elif verb != "holds":
        await message.answer(text("operations-retention-usage"))
        return
    held = await caretaking.holds.list(actor)
    await send_markdown(bot, message.chat.id, policies.holds(held, actor.zone, text))


async def _look(operation_id: int, actor: Actor, text: Text, caretaking: Caretaking) -> Sight:
    return views.sight(await caretaking.caretaker.see(actor, operation_id), actor, text)


def _follow(
    bot: Bot,
    message: Message,
    operation_id: int,
    actor: Actor,
    text: Text,
    caretaking: Caretaking,
    supervisor: Supervisor,
) -> None:
    async def look() -> Sight:
        return await _look(operation_id, actor, text, caretaking)

    supervisor.start(follow(bot, message, look), name=f"operation {operation_id}", owner=actor)


async def _show(bot: Bot, message: Message, sight: Sight, *, replacing: bool = False) -> None:
    place = message.message_id if replacing else None
    await send_markdown(bot, message.chat.id, sight.words, sight.keyboard, replacing=place)
