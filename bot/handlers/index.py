"""/index: versions of the index, a switch between them, and a rebuild that can be watched."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.index import BuildIndex, CancelJob, ConfirmVersion, ShowVersions, UseVersion
from bot.following import Sight, follow
from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import index as views
from core.progress import ProgressBoard
from core.rag.administration import IndexAdministration
from core.rag.versions import IndexNotFoundError
from core.supervisor import Supervisor
from core.users.rights import Actor, Right

router = Router(name="index")


@router.message(Command("index"))
async def on_index(
    message: Message,
    command: CommandObject,
    bot: Bot,
    actor: Actor,
    text: Text,
    index: IndexAdministration,
    progress: ProgressBoard,
    supervisor: Supervisor,
) -> None:
    """`/index [list]`, `/index build`, `/index use N`, `/index rollback`."""
    actor.require(Right.MANAGE_INDEX)
    match (command.args or "list").lower().split():
        case ["list"]:
            await _list(bot, message.chat.id, actor, text, index)
        case ["build"]:
            await _build(bot, message, actor, text, index, progress, supervisor)
        case ["use", number] if (version := views.version_number(number)) is not None:
            await _plan(bot, message.chat.id, version, actor, text, index)
        case ["rollback"]:
            await _plan(bot, message.chat.id, None, actor, text, index)
        case _:
            await message.answer(text("index-usage"))


@router.callback_query(ShowVersions.filter(), F.message.as_("message"))
async def on_versions(
    callback: CallbackQuery, message: Message, bot: Bot, actor: Actor, text: Text, index: IndexAdministration
) -> None:
    """Return to the list."""
    await callback.answer()
    await _list(bot, message.chat.id, actor, text, index, replacing=message.message_id)


@router.callback_query(UseVersion.filter(), F.message.as_("message"))
async def on_use(
    callback: CallbackQuery,
    callback_data: UseVersion,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    index: IndexAdministration,
) -> None:
    """Say what the switch would change, before it is made."""
    await callback.answer()
    await _plan(bot, message.chat.id, callback_data.version, actor, text, index, replacing=message.message_id)


@router.callback_query(ConfirmVersion.filter(), F.message.as_("message"))
async def on_confirm(
    callback: CallbackQuery,
    callback_data: ConfirmVersion,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    index: IndexAdministration,
) -> None:
    """Switch, unless the current version is no longer the one that the plan spoke of."""
    version = await index.use(actor, callback_data.version, instead_of=callback_data.instead_of)
    await callback.answer(text("index-used", version=version))
    await _list(bot, message.chat.id, actor, text, index, replacing=message.message_id)


@router.callback_query(BuildIndex.filter(), F.message.as_("message"))
async def on_build(
    callback: CallbackQuery,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    index: IndexAdministration,
    progress: ProgressBoard,
    supervisor: Supervisor,
) -> None:
    """Have it rebuilt."""
    await callback.answer()
    await _build(bot, message, actor, text, index, progress, supervisor)


@router.callback_query(CancelJob.filter())
async def on_cancel(
    callback: CallbackQuery, callback_data: CancelJob, actor: Actor, text: Text, progress: ProgressBoard
) -> None:
    """Ask the worker to give up; what is in use stays in use."""
    actor.require(Right.MANAGE_INDEX)
    await progress.cancel(callback_data.job)
    await callback.answer(text("index-cancelling"))


async def _list(
    bot: Bot, chat_id: int, actor: Actor, text: Text, index: IndexAdministration, *, replacing: int | None = None
) -> None:
    found = await index.list(actor)
    await send_markdown(
        bot, chat_id, views.versions(found, actor.zone, text), views.versions_keyboard(found, text), replacing=replacing
    )


async def _plan(
    bot: Bot,
    chat_id: int,
    version: int | None,
    actor: Actor,
    text: Text,
    index: IndexAdministration,
    *,
    replacing: int | None = None,
) -> None:
    """Show the plan for `version`, or for going back to the one before."""
    found = await index.list(actor)
    wanted = found.find(found.previous if version is None else version)
    if wanted is None:
        raise IndexNotFoundError(f"no index version {version}", version=version or 0)
    words = views.plan(found, wanted, actor.zone, text)
    await send_markdown(bot, chat_id, words, views.plan_keyboard(found, wanted, text), replacing=replacing)


async def _build(
    bot: Bot,
    message: Message,
    actor: Actor,
    text: Text,
    index: IndexAdministration,
    progress: ProgressBoard,
    supervisor: Supervisor,
) -> None:
    job = await index.build(actor)
    begun = views.building(None, job, text)
    shown = await message.answer(begun.words, reply_markup=begun.keyboard)

    async def look() -> Sight:
        return views.building(await progress.read(job), job, text)

    supervisor.start(follow(bot, shown, look), name="index progress", owner=actor)
