"""Messages are sent, edited and deleted with Telegram's strictness."""

import asyncio
from typing import Any

import pytest

from bot.console import ENGINEER, Console
from tests.console.conftest import Api

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def inline(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"chat_id": 42}, "chat not found"),
        ({"chat_id": "@nobody"}, "chat not found"),
        ({"chat_id": ""}, "chat_id is empty"),
        ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"reply_markup": inline({"text": "x", "callback_data": "я" * 33})}, "BUTTON_DATA_INVALID"),
        (
            {"reply_markup": inline({"text": "x"})},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"reply_markup": inline({"text": "", "callback_data": "x"})}, "BUTTON_TEXT_INVALID"),
        (
            {"reply_markup": inline({"text": "x", "url": "ftp://a.b"})},
            "inline keyboard button URL 'ftp://a.b' is invalid: Unsupported URL protocol",
        ),
    ],
)
async def test_what_telegram_refuses_is_refused(api: Api, params: dict[str, Any], reason: str) -> None:
    message = {"chat_id": ENGINEER, "text": "hello", **params}
    assert await api.refusal("sendMessage", **message) == f"Bad Request: {reason}"
    assert api.console.messages(ENGINEER) == []


async def test_limits_count_what_is_left_after_parsing(api: Api) -> None:
    sent = await api.send("<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    assert len(sent["text"]) == 4096
    assert len((await api.send("😀" * 2048))["text"]) == 2048
    await api.send("x", reply_markup=inline({"text": "x", "callback_data": "я" * 32}))


async def test_a_reply_shows_what_it_answers(api: Api, console: Console) -> None:
    asked = await console.say(ENGINEER, "why?")
    sent = await api.send("because", reply_parameters={"message_id": asked["message_id"]})
    assert sent["reply_to_message"]["text"] == "why?"
    await api.send("anyway", reply_parameters={"message_id": 999, "allow_sending_without_reply": True})


async def test_an_edit_replaces_text_and_takes_buttons_away(api: Api, console: Console) -> None:
    sent = await api.send("one", reply_markup=inline({"text": "x", "callback_data": "y"}))
    target = {"chat_id": ENGINEER, "message_id": sent["message_id"]}
    edited = await api.result("editMessageText", **target, text="<b>two</b>", parse_mode="HTML")
    assert edited["text"] == "two"
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= sent["date"]
    assert console.messages(ENGINEER) == [edited]


async def test_edits_that_telegram_refuses(api: Api, console: Console) -> None:
    said = await console.say(ENGINEER, "mine")
    sent = await api.send("same")
    target = {"chat_id": ENGINEER, "message_id": sent["message_id"]}
    assert await api.refusal("editMessageText", **target, text="same") == NOT_MODIFIED
    assert await api.refusal("editMessageReplyMarkup", **target) == NOT_MODIFIED
    assert await api.refusal("editMessageText", **target, text="x" * 4097) == "Bad Request: MESSAGE_TOO_LONG"
    no_caption = "Bad Request: there is no caption in the message to edit"
    assert await api.refusal("editMessageCaption", **target, caption="x") == no_caption
    missing = {**target, "message_id": 999}
    assert await api.refusal("editMessageText", **missing, text="x") == "Bad Request: message to edit not found"
    others = {**target, "message_id": said["message_id"]}
    assert await api.refusal("editMessageText", **others, text="x") == "Bad Request: message can't be edited"
    keyed = await api.send("keys", reply_markup={"keyboard": [["a"]]})
    pinned = {**target, "message_id": keyed["message_id"]}
    assert await api.refusal("editMessageText", **pinned, text="x") == "Bad Request: message can't be edited"


async def test_deleted_messages_are_gone_for_both(api: Api, console: Console) -> None:
    first, second, third = [(await api.send(text))["message_id"] for text in ("one", "two", "three")]
    await api.result("deleteMessage", chat_id=ENGINEER, message_id=first)
    gone = await api.refusal("deleteMessage", chat_id=ENGINEER, message_id=first)
    assert gone == "Bad Request: message to delete not found"
    await api.result("deleteMessages", chat_id=ENGINEER, message_ids=[first, second])
    assert [message["message_id"] for message in console.messages(ENGINEER)] == [third]
    assert (await api.send("four"))["message_id"] > third


async def test_copies_and_forwards(api: Api, console: Console) -> None:
    said = await console.say(ENGINEER, "listen")
    source = {"chat_id": ENGINEER, "from_chat_id": ENGINEER, "message_id": said["message_id"]}
    copied = await api.result("copyMessage", **source)
    forwarded = await api.result("forwardMessage", **source)
    texts = {message["message_id"]: message["text"] for message in console.messages(ENGINEER)}
    assert texts[copied["message_id"]] == texts[forwarded["message_id"]] == "listen"
    assert forwarded["forward_origin"]["sender_user"]["id"] == ENGINEER


async def test_a_reply_keyboard_stays_until_it_is_taken_away(api: Api, console: Console) -> None:
    await api.send("choose", reply_markup={"keyboard": [["HP-1"], [{"text": "EX-2"}]], "resize_keyboard": True})
    keyboard = console.state.chats.keyboard(ENGINEER)
    assert keyboard is not None
    assert keyboard["keyboard"] == [[{"text": "HP-1"}], [{"text": "EX-2"}]]
    await api.send("thanks", reply_markup={"remove_keyboard": True})
    assert console.state.chats.keyboard(ENGINEER) is None


async def test_a_press_is_answered_once(api: Api, console: Console) -> None:
    sent = await api.send(reply_markup=inline({"text": "x", "callback_data": "y"}))
    with pytest.raises(LookupError):
        await console.press(ENGINEER, sent["message_id"], "z")
    query_id = await console.press(ENGINEER, sent["message_id"], "y")
    update = (await api.result("getUpdates"))[-1]["callback_query"]
    assert (update["id"], update["data"], update["message"]["message_id"]) == (query_id, "y", sent["message_id"])
    await api.result("answerCallbackQuery", callback_query_id=query_id, text="done", show_alert=True)
    answer = await console.wait_for_answer(query_id)
    assert (answer["text"], answer["show_alert"]) == ("done", True)
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await api.refusal("answerCallbackQuery", callback_query_id=query_id) == too_old
    assert await api.refusal("answerCallbackQuery", callback_query_id="1") == too_old


async def test_a_draft_grows_and_the_message_takes_its_place(api: Api, console: Console) -> None:
    for text in ("", "<b>Ca", "<b>Cavi</b>tation"):
        params = {"chat_id": ENGINEER, "draft_id": 7, "text": text, "parse_mode": "HTML"}
        if text == "<b>Ca":
            assert "can't parse entities" in await api.refusal("sendMessageDraft", **params)
        else:
            assert await api.result("sendMessageDraft", **params) is True
    draft = console.draft(ENGINEER)
    assert draft is not None
    assert (draft["text"], draft["entities"]) == ("Cavitation", [{"type": "bold", "offset": 0, "length": 4}])
    assert console.messages(ENGINEER) == []
    await api.send("Cavitation it is")
    assert console.draft(ENGINEER) is None
    assert "draft identifier" in await api.refusal("sendMessageDraft", chat_id=ENGINEER, draft_id=0, text="x")


async def test_a_draft_fades(api: Api, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.drafts.LIFETIME", 0.05)
    await api.result("sendMessageDraft", chat_id=ENGINEER, draft_id=7, text="x")
    await console.wait_until(lambda: console.draft(ENGINEER) is None)


async def test_a_person_stops_a_draft(api: Api, console: Console) -> None:
    draft = {"chat_id": ENGINEER, "draft_id": 7, "text": "long", "can_stop": True}
    await api.result("sendMessageDraft", **{**draft, "can_stop": False})
    with pytest.raises(LookupError):
        await console.stop_generation(ENGINEER)
    await api.result("sendMessageDraft", **draft)
    assert await console.stop_generation(ENGINEER) == 7
    stopped = (await api.result("getUpdates"))[-1]["stopped_message_generation"]
    assert (stopped["chat"]["id"], stopped["draft_id"]) == (ENGINEER, 7)
    await api.result("sendMessageDraft", **draft)
    assert console.draft(ENGINEER) is None


async def test_long_text_is_split_as_telegrams_apps_do(api: Api, console: Console) -> None:
    await console.say(ENGINEER, "я" * 5000)
    assert [len(message["text"]) for message in console.messages(ENGINEER)] == [4096, 904]
    assert len(await api.result("getUpdates")) == 2


async def test_who_blocked_the_bot_hears_nothing(api: Api, console: Console) -> None:
    console.block(ENGINEER)
    for method, params in {"sendMessage": {"text": "x"}, "sendChatAction": {"action": "typing"}}.items():
        refusal = await api.call(method, chat_id=ENGINEER, **params)
        assert (refusal["error_code"], refusal["description"]) == (403, "Forbidden: bot was blocked by the user")
    change = (await api.result("getUpdates"))[-1]["my_chat_member"]
    assert change["new_chat_member"]["status"] == "kicked"
    console.block(ENGINEER, False)
    await api.send()


async def test_refusals_on_demand(api: Api, console: Console) -> None:
    console.fail_next("sendMessage", retry_after=3)
    console.fail_next("sendMessage", 502)
    limited = await api.call("sendMessage", chat_id=ENGINEER, text="x")
    assert limited == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert (await api.call("sendMessage", chat_id=ENGINEER, text="x"))["error_code"] == 502
    await api.send("x")
    assert len(console.calls("sendMessage")) == 3


async def test_waiting_for_a_message_that_never_comes_times_out(api: Api, console: Console) -> None:
    await console.say(ENGINEER, "my own words do not count")
    with pytest.raises(TimeoutError):
        await console.wait_for(ENGINEER, timeout=0.05)
    waiting = asyncio.create_task(console.wait_for(ENGINEER))
    await api.send("now")
    assert (await waiting)["text"] == "now"
