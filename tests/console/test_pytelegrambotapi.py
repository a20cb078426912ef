"""pyTelegramBotAPI, unmodified, works against the console; it is synchronous, so it runs in a thread."""

# its hints are partial, and narrower than what it takes and gives
# mypy: disable-error-code="untyped-decorator,union-attr,arg-type,no-untyped-call,operator,index"

import asyncio

import pytest
import telebot
from telebot import apihelper, types
from telebot.apihelper import ApiTelegramException

from bot.console import ENGINEER, Console
from tests.console.conftest import TOKEN


@pytest.fixture
def client(console: Console, monkeypatch: pytest.MonkeyPatch) -> telebot.TeleBot:
    monkeypatch.setattr(apihelper, "API_URL", console.url + "/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "FILE_URL", console.url + "/file/bot{0}/{1}")
    monkeypatch.setattr(apihelper, "SESSION_TIME_TO_LIVE", 0)
    return telebot.TeleBot(TOKEN, threaded=False)


def keyboard(data: str) -> types.InlineKeyboardMarkup:
    markup = types.InlineKeyboardMarkup()
    markup.add(types.InlineKeyboardButton("Go", callback_data=data))
    return markup


async def test_handlers_answer_and_edit(console: Console, client: telebot.TeleBot) -> None:
    @client.message_handler(commands=["start"])
    def start(message: types.Message) -> None:
        client.reply_to(message, "<b>Hi</b> & welcome", parse_mode="HTML", reply_markup=keyboard("go"))

    @client.message_handler(content_types=["document"])
    def document(message: types.Message) -> None:
        content = client.download_file(client.get_file(message.document.file_id).file_path)
        client.send_document(message.chat.id, content[::-1], visible_file_name="back.txt", caption="back")

    @client.callback_query_handler(func=lambda _: True)
    def pressed(query: types.CallbackQuery) -> None:
        client.answer_callback_query(query.id, "on it")
        client.edit_message_text("gone", query.message.chat.id, query.message.message_id)

    def poll_once() -> None:
        updates = client.get_updates(offset=client.last_update_id + 1, long_polling_timeout=5)
        client.process_new_updates(updates)
        client.last_update_id = updates[-1].update_id

    said = await console.say(ENGINEER, "/start")
    await asyncio.to_thread(poll_once)
    greeting = await console.wait_for(ENGINEER, after=said["message_id"])
    assert greeting["text"] == "Hi & welcome"
    query_id = await console.press(ENGINEER, greeting["message_id"], "go")
    await asyncio.to_thread(poll_once)
    assert (await console.wait_for_answer(query_id))["text"] == "on it"
    await console.wait_for(ENGINEER, lambda message: message.get("text") == "gone")
    sent = await console.upload(ENGINEER, "data.txt", b"abc")
    await asyncio.to_thread(poll_once)
    returned = await console.wait_for(ENGINEER, after=sent["message_id"])
    assert console.file(returned["document"]["file_id"]) == b"cba"


def tour(client: telebot.TeleBot, picture: bytes) -> None:
    assert client.get_me().is_bot
    assert client.get_chat(ENGINEER).first_name == "Ivan"
    sent = client.send_message(ENGINEER, "a & б\n/help", reply_markup=types.ForceReply())
    assert sent.text == "a & б\n/help"
    assert client.send_message_draft(ENGINEER, 3, "so far")
    assert client.send_chat_action(ENGINEER, "typing")
    photo = client.send_photo(ENGINEER, picture, caption="c")
    assert photo.photo[-1].width == 320
    client.edit_message_caption("new", ENGINEER, photo.message_id)
    client.edit_message_media(types.InputMediaPhoto(picture), ENGINEER, photo.message_id)
    client.edit_message_reply_markup(ENGINEER, photo.message_id, reply_markup=keyboard("x"))
    album = client.send_media_group(ENGINEER, [types.InputMediaPhoto(picture), types.InputMediaPhoto(picture)])
    assert client.delete_messages(ENGINEER, [message.message_id for message in album])
    assert client.delete_message(ENGINEER, photo.message_id)
    scope = types.BotCommandScopeChat(ENGINEER)
    assert client.set_my_commands([types.BotCommand("help", "Help")], scope, "ru")
    assert client.get_my_commands(scope, "ru")[0].command == "help"
    assert client.delete_my_commands(scope, "ru")
    assert client.set_chat_menu_button(ENGINEER, types.MenuButtonCommands())
    assert client.set_webhook("http://127.0.0.1:1/hook", secret_token="s")
    assert client.get_webhook_info().url == "http://127.0.0.1:1/hook"
    assert client.delete_webhook()


async def test_a_tour_of_the_methods(console: Console, client: telebot.TeleBot, picture: bytes) -> None:
    await asyncio.to_thread(tour, client, picture)


async def test_refusals_become_its_exceptions(console: Console, client: telebot.TeleBot) -> None:
    console.fail_next("sendMessage", retry_after=7)
    with pytest.raises(ApiTelegramException) as limited:
        await asyncio.to_thread(client.send_message, ENGINEER, "x")
    assert limited.value.result_json["parameters"]["retry_after"] == 7
    with pytest.raises(ApiTelegramException, match="BUTTON_DATA_INVALID"):
        await asyncio.to_thread(client.send_message, ENGINEER, "x", reply_markup=keyboard("я" * 33))
