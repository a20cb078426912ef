"""The first minutes, the two languages, the menus, and what the bot does not understand."""

from io import BytesIO

from PIL import Image

from bot.commands import COMMANDS
from bot.console import ADMIN, ENGINEER, STRANGER
from tests.bot.conftest import Stage


async def test_start_greets_in_the_readers_language(stage: Stage) -> None:
    assert "Здравствуйте, Ivan Petrov!" in (await stage.ask("/start"))["text"]
    assert "Hello, Anna Schmidt!" in (await stage.ask("/start", who=ADMIN))["text"]


async def test_help_lists_only_what_the_reader_may(stage: Stage) -> None:
    engineers, admins = await stage.ask("/help"), await stage.ask("/help", who=ADMIN)
    assert "/summary" in engineers["text"]
    assert "/users" not in engineers["text"]
    assert "/users" in admins["text"]
    assert "давление равно нулю" in engineers["text"]


async def test_the_language_is_switched_by_a_button_and_stays(stage: Stage) -> None:
    offer = await stage.ask("/language")
    assert (await stage.press(offer, "English"))["text"] == "I will speak English."
    assert "Hello, Ivan Petrov!" in (await stage.ask("/start"))["text"]
    descriptions = [command["description"] for command in stage.console.menu(ENGINEER)]
    assert "stop the answer" in descriptions


async def test_menus_follow_the_role(stage: Stage) -> None:
    def names(person: int) -> set[str]:
        return {command["command"] for command in stage.console.menu(person)}

    await stage.console.wait_until(lambda: "users" in names(ADMIN) and "ask" in names(ENGINEER))
    assert names(STRANGER) == {"start", "language", "help"}
    assert "users" not in names(ENGINEER)
    assert names(ADMIN) == {command.name for command in COMMANDS} - {"start"}


async def test_an_unknown_command_is_no_question(stage: Stage) -> None:
    assert "Такой команды нет" in (await stage.ask("/frobnicate"))["text"]
    assert stage.assistant.asked == []


async def test_a_picture_gets_a_word(stage: Stage) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    sent = await stage.console.upload(ENGINEER, "leak.png", picture.getvalue(), as_photo=True)
    message = await stage.console.wait_for(ENGINEER, after=sent["message_id"])
    assert "Фотографии" in message["text"]


async def test_a_button_of_an_older_version_says_so(stage: Stage) -> None:
    offer = await stage.ask("/language")
    old = stage.console.state.callbacks
    query = old.press(ENGINEER, offer["message_id"], offer["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
    assert (await stage.console.wait_for_answer(query))["text"] == "Буду отвечать по-русски."
    gone = await stage.console.wait_for(ENGINEER, lambda m: "Буду отвечать" in m["text"])
    assert "reply_markup" not in gone
