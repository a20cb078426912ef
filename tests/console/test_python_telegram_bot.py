"""python-telegram-bot, unmodified, works against the console: what is true for two clients is true of the protocol."""

from typing import Any

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.console import ENGINEER, Console
from tests.console.conftest import TOKEN

App = Application[Any, Any, Any, Any, Any, Any]


def application(console: Console, token: str = TOKEN) -> App:
    builder = Application.builder().token(token)
    return builder.base_url(f"{console.url}/bot").base_file_url(f"{console.url}/file/bot").build()


async def start(update: Update, _: Any) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    assert update.message is not None
    await update.message.reply_text("*Hi*\\!", parse_mode="MarkdownV2", reply_markup=keyboard)


async def pressed(update: Update, _: Any) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("on it")
    await update.callback_query.edit_message_text("gone")


async def received(update: Update, _: Any) -> None:
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()
    await update.message.reply_document(bytes(await file.download_as_bytearray())[::-1], filename="назад.txt")


async def test_an_application_polls_answers_and_edits(console: Console) -> None:
    app = application(console)
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CallbackQueryHandler(pressed))
    app.add_handler(MessageHandler(filters.Document.ALL, received))
    async with app:
        assert app.updater is not None
        await app.updater.start_polling()
        await app.start()
        try:
            said = await console.say(ENGINEER, "/start")
            greeting = await console.wait_for(ENGINEER, after=said["message_id"])
            assert (greeting["text"], greeting["entities"][0]["type"]) == ("Hi!", "bold")
            query_id = await console.press(ENGINEER, greeting["message_id"], "go")
            assert (await console.wait_for_answer(query_id))["text"] == "on it"
            await console.wait_for(ENGINEER, lambda message: message.get("text") == "gone")
            sent = await console.upload(ENGINEER, "data.txt", b"abc")
            returned = await console.wait_for(ENGINEER, after=sent["message_id"])
            assert returned["document"]["file_name"] == "назад.txt"
            assert console.file(returned["document"]["file_id"]) == b"cba"
        finally:
            await app.updater.stop()
            await app.stop()


async def test_a_tour_of_the_methods(console: Console, picture: bytes) -> None:
    async with application(console).bot as bot:
        assert (await bot.get_chat(ENGINEER)).username == "ivan_petrov"
        bold = [MessageEntity(MessageEntity.BOLD, 0, 2)]
        sent = await bot.send_message(
            ENGINEER,
            "ab",
            entities=bold,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=ReplyKeyboardRemove(),
        )
        assert sent.entities == tuple(bold)
        assert await bot.send_chat_action(ENGINEER, "typing")
        assert await bot.send_message_draft(ENGINEER, 3, "so far")
        photo = await bot.send_photo(ENGINEER, picture, caption="<b>c</b>", parse_mode="HTML")
        assert photo.photo[-1].height == 180
        await bot.edit_message_caption(ENGINEER, photo.message_id, caption="new")
        await bot.edit_message_media(InputMediaPhoto(picture, caption="other"), ENGINEER, photo.message_id)
        album = await bot.send_media_group(ENGINEER, [InputMediaPhoto(picture), InputMediaPhoto(picture)])
        assert await bot.delete_messages(ENGINEER, [message.message_id for message in album])
        assert await bot.delete_message(ENGINEER, photo.message_id)
        scope = BotCommandScopeAllPrivateChats()
        await bot.set_my_commands([BotCommand("help", "Help")], scope)
        assert [command.command for command in await bot.get_my_commands(scope)] == ["help"]
        assert await bot.delete_my_commands(scope)
        assert await bot.set_chat_menu_button(ENGINEER)
        assert await bot.set_webhook("http://127.0.0.1:1/hook", secret_token="s")
        assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/hook"
        with pytest.raises(Conflict):
            await bot.get_updates()
        assert await bot.delete_webhook()


# the library warns of its own attribute's next type
@pytest.mark.filterwarnings("ignore:.*retry_after.*:telegram.warnings.PTBDeprecationWarning")
async def test_refusals_become_its_exceptions(console: Console) -> None:
    async with application(console).bot as bot:
        with pytest.raises(BadRequest, match="Message text is empty"):
            await bot.send_message(ENGINEER, "")
        sent = await bot.send_message(ENGINEER, "same")
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_text("same", ENGINEER, sent.message_id)
        console.fail_next("sendMessage", retry_after=7)
        with pytest.raises(RetryAfter):
            await bot.send_message(ENGINEER, "x")
        console.block(ENGINEER)
        with pytest.raises(Forbidden, match="blocked by the user"):
            await bot.send_message(ENGINEER, "x")
    with pytest.raises(InvalidToken):
        async with application(console, "123456:wrong").bot:
            pass
