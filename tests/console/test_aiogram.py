"""aiogram, with its own session and dispatcher, works against the console unmodified."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.filters import CommandStart
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    LinkPreviewOptions,
    MenuButtonCommands,
    Message,
    MessageGenerationStopped,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from bot.console import ADMIN, ENGINEER, Console
from tests.console.conftest import TOKEN


def bot_for(console: Console, token: str = TOKEN) -> Bot:
    session = AiohttpSession(api=TelegramAPIServer.from_base(console.url))
    return Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))


@pytest.fixture
async def bot(console: Console) -> AsyncIterator[Bot]:
    bot = bot_for(console)
    yield bot
    await bot.session.close()


def button(text: str, data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=text, callback_data=data)]])


async def test_a_dispatcher_polls_answers_and_edits(console: Console, bot: Bot) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def start(message: Message) -> None:
        await message.answer("<b>Hi</b>", reply_markup=button("Go", "go"))

    @dispatcher.message(F.document)
    async def document(message: Message, bot: Bot) -> None:
        assert message.document is not None
        content = await bot.download(message.document)
        assert content is not None
        await message.reply_document(BufferedInputFile(content.read()[::-1], "назад.txt"), caption="<i>back</i>")

    @dispatcher.callback_query()
    async def go(query: CallbackQuery) -> None:
        await query.answer("on it", show_alert=True)
        assert isinstance(query.message, Message)
        await query.message.edit_text("gone")

    @dispatcher.stopped_message_generation()
    async def stopped(event: MessageGenerationStopped, bot: Bot) -> None:
        await bot.send_message(event.chat.id, f"stopped {event.draft_id}")

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    try:
        said = await console.say(ENGINEER, "/start")
        greeting = await console.wait_for(ENGINEER, after=said["message_id"])
        assert greeting["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
        query_id = await console.press(ENGINEER, greeting["message_id"], "go")
        assert (await console.wait_for_answer(query_id))["text"] == "on it"
        await console.wait_for(ENGINEER, lambda message: message.get("text") == "gone")

        sent = await console.upload(ENGINEER, "data.txt", b"abc")
        returned = await console.wait_for(ENGINEER, after=sent["message_id"])
        assert console.file(returned["document"]["file_id"]) == b"cba"
        assert returned["document"]["file_name"] == "назад.txt"

        await bot.send_message_draft(ENGINEER, 5, text="growing", can_stop=True)
        await console.stop_generation(ENGINEER)
        await console.wait_for(ENGINEER, lambda message: message.get("text") == "stopped 5")
    finally:
        await dispatcher.stop_polling()
        await polling


async def test_a_webhook_application_answers(console: Console, bot: Bot) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(F.text)
    async def echo(message: Message) -> None:
        await message.answer(f"heard {message.text}")

    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token="s3cret").register(app, "/hook")
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        await bot.set_webhook(url, secret_token="s3cret")
        said = await console.say(ENGINEER, "hello")
        answer = await console.wait_for(ENGINEER, after=said["message_id"])
        assert answer["text"] == "heard hello"
    finally:
        await bot.delete_webhook()
        await runner.cleanup()


async def test_a_tour_of_the_methods(console: Console, bot: Bot, picture: bytes) -> None:
    assert (await bot.get_me()).is_bot
    assert (await bot.get_chat(ENGINEER)).first_name == "Ivan"
    assert (await bot.get_chat_member(ENGINEER, ENGINEER)).status == "member"
    said = await console.say(ENGINEER, "why?")
    reply = await bot.send_message(
        ENGINEER,
        "see https://example.org",
        reply_parameters=ReplyParameters(message_id=said["message_id"]),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        disable_notification=True,
    )
    assert reply.reply_to_message is not None
    assert reply.link_preview_options is not None
    keyboard = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="HP-1")]], resize_keyboard=True)
    await bot.send_message(ENGINEER, "which?", reply_markup=keyboard)
    assert await bot.send_message_draft(ENGINEER, 3)
    assert await bot.send_message_draft(ENGINEER, 3, text="<b>so</b> far")
    assert await bot.send_chat_action(ENGINEER, "typing")

    photo = await bot.send_photo(ENGINEER, BufferedInputFile(picture, "chart.png"), caption="<b>chart</b>")
    assert photo.photo is not None
    assert (photo.photo[-1].width, photo.caption) == (320, "chart")
    await bot.edit_message_caption(chat_id=ENGINEER, message_id=photo.message_id, caption="new")
    replacement = InputMediaDocument(media=BufferedInputFile(b"a;b", "data.csv"), caption="data")
    changed = await bot.edit_message_media(replacement, chat_id=ENGINEER, message_id=photo.message_id)
    assert isinstance(changed, Message)
    assert changed.document is not None
    assert changed.document.file_name == "data.csv"
    album = [InputMediaPhoto(media=BufferedInputFile(picture, f"{n}.png")) for n in range(2)]
    first, second = await bot.send_media_group(ENGINEER, list(album))
    assert first.media_group_id == second.media_group_id is not None
    content = await bot.download(changed.document, BytesIO())
    assert content is not None
    assert content.read() == b"a;b"

    copy = await bot.copy_message(ENGINEER, ENGINEER, reply.message_id)
    assert await bot.edit_message_reply_markup(
        chat_id=ENGINEER, message_id=copy.message_id, reply_markup=button("x", "y")
    )
    assert await bot.delete_message(ENGINEER, copy.message_id)
    assert await bot.delete_messages(ENGINEER, [first.message_id, second.message_id])

    scope = BotCommandScopeChat(chat_id=ADMIN)
    await bot.set_my_commands([BotCommand(command="users", description="Users")], scope, "en")
    assert (await bot.get_my_commands(scope, "en"))[0].command == "users"
    assert await bot.delete_my_commands(scope, "en")
    assert await bot.set_chat_menu_button(ENGINEER, MenuButtonCommands())
    assert (await bot.get_chat_menu_button(ENGINEER)).type == "commands"
    assert await bot.set_my_name("Hydrodiag 2")
    assert await bot.set_my_description("d")
    assert (await bot.get_my_description()).description == "d"
    assert await bot.set_my_short_description("s")
    assert await bot.set_webhook("http://127.0.0.1:1/hook", secret_token="s", allowed_updates=["message"])
    assert (await bot.get_webhook_info()).allowed_updates == ["message"]
    with pytest.raises(TelegramConflictError):
        await bot.get_updates()
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []
    assert await bot.log_out()


async def test_refusals_become_aiograms_exceptions(console: Console, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(42, "x")
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(ENGINEER, "<b>x")
    console.fail_next("sendMessage", 429, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as limited:
        await bot.send_message(ENGINEER, "x")
    assert limited.value.retry_after == 7
    console.fail_next("sendMessage", 500)
    with pytest.raises(TelegramServerError):
        await bot.send_message(ENGINEER, "x")
    console.fail_next("getMe", 413)
    with pytest.raises(TelegramEntityTooLarge):
        await bot.get_me()
    console.fail_next("getMe", 404)
    with pytest.raises(TelegramNotFound):
        await bot.get_me()
    console.block(ENGINEER)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(ENGINEER, "x")
    stranger = bot_for(console, "123456:wrong")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()
