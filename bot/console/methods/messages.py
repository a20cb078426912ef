"""Messages and drafts on their way out, and what happens to them later."""

from collections.abc import Sequence
from typing import Any, Final

from bot.console.chats import Message
from bot.console.errors import bad_request
from bot.console.keyboards import read_markup
from bot.console.methods.registry import method, read_chat_id, read_message_id, read_message_ids
from bot.console.params import Params
from bot.console.state import State
from bot.console.text import MAX_CAPTION, MAX_TEXT, Entity, checked_text, formatted, read_text, utf16_length

COPIED: Final[Sequence[str]] = (
    "text",
    "entities",
    "photo",
    "document",
    "caption",
    "caption_entities",
    "link_preview_options",
)
_ACTIONS: Final = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note", "cancel",
}  # fmt: skip


def send(state: State, params: Params, content: dict[str, Any]) -> dict[str, Any]:
    """Post a message with the reply target and keyboard of the call; it takes the place of a draft."""
    chat_id = read_chat_id(params)
    markup = read_markup(params)
    state.chats.open_chat(chat_id)
    message = state.chats.post(chat_id, content, markup, _reply_target(state, params, chat_id))
    state.drafts.end(chat_id)
    return message


def text_content(text: str, entities: list[Entity]) -> dict[str, Any]:
    """Return the text fields of a message."""
    return {"text": text, "entities": entities} if entities else {"text": text}


def caption_content(params: Params) -> dict[str, Any]:
    """Return the caption fields of a message; none for an empty caption."""
    text, entities = read_text(params, "caption", "caption_entities")
    return checked_caption(text, entities)


def checked_caption(text: str, entities: list[Entity]) -> dict[str, Any]:
    """Return the caption fields, refusing over 1024 UTF-16 units."""
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def preview_options(params: Params) -> dict[str, Any]:
    """Return the link preview fields of a message."""
    options = params.decoded("link_preview_options", "link preview options")
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise bad_request("object expected as link preview options")
    kept = {name: value for name, value in options.items() if value is not None}
    return {"link_preview_options": kept} if kept else {}


@method("sendMessage")
async def send_message(state: State, params: Params) -> Any:
    """Send text."""
    if not params.text("text"):
        raise bad_request("message text is empty")
    text, entities = read_text(params)
    checked_text(text)
    return send(state, params, {**text_content(text, entities), **preview_options(params)})


@method("sendMessageDraft")
async def send_message_draft(state: State, params: Params) -> Any:
    """Show a text that still grows; an empty one shows that the bot is thinking."""
    chat_id = read_chat_id(params)
    draft_id = params.integer("draft_id")
    if not draft_id:
        raise bad_request("draft identifier must be non-zero")
    text, entities = read_text(params)
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    state.chats.open_chat(chat_id)
    draft = {
        "draft_id": draft_id,
        "text": text,
        "entities": entities,
        "can_stop": params.flag("can_stop"),
        "keep_on_stop": params.flag("keep_on_stop"),
    }
    state.drafts.show(chat_id, draft)
    return True


@method("sendChatAction")
async def send_chat_action(state: State, params: Params) -> Any:
    """Show "typing..." and the like for five seconds."""
    chat_id = read_chat_id(params)
    action = params.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    state.chats.open_chat(chat_id)
    state.events.publish(chat_id, "action", {"action": action})
    return True


@method("copyMessage")
async def copy_message(state: State, params: Params) -> Any:
    """Send the content of a message again."""
    source = state.chats.find(read_chat_id(params, "from_chat_id"), read_message_id(params), "message to copy")
    content = _content_of(source)
    if params.text("caption") and "text" not in source:
        content = {name: value for name, value in content.items() if not name.startswith("caption")}
        content.update(caption_content(params))
    return {"message_id": send(state, params, content)["message_id"]}


@method("forwardMessage")
async def forward_message(state: State, params: Params) -> Any:
    """Send a message again, naming its author."""
    source = state.chats.find(read_chat_id(params, "from_chat_id"), read_message_id(params), "message to forward")
    origin = {"type": "user", "sender_user": source["from"], "date": source["date"]}
    return send(state, params, {**_content_of(source), "forward_origin": origin})


@method("deleteMessage")
async def delete_message(state: State, params: Params) -> Any:
    """Delete one message."""
    state.chats.delete(read_chat_id(params), read_message_id(params))
    return True


@method("deleteMessages")
async def delete_messages(state: State, params: Params) -> Any:
    """Delete messages, skipping those that are not there."""
    chat_id = read_chat_id(params)
    for message_id in read_message_ids(params):
        if state.store.message(chat_id, message_id) is not None:
            state.chats.delete(chat_id, message_id)
    return True


@method("answerCallbackQuery")
async def answer_callback_query(state: State, params: Params) -> Any:
    """Answer a press of an inline button."""
    state.callbacks.answer(
        params.text("callback_query_id"),
        params.text("text"),
        show_alert=params.flag("show_alert"),
        url=params.text("url"),
    )
    return True


def _content_of(message: Message) -> dict[str, Any]:
    return {name: message[name] for name in COPIED if name in message}


def _reply_target(state: State, params: Params, chat_id: int) -> int:
    given = params.decoded("reply_parameters", "reply parameters")
    if given is None:
        message_id = params.integer("reply_to_message_id")
        optional = params.flag("allow_sending_without_reply")
    elif isinstance(given, dict):
        message_id = int(given.get("message_id") or 0)
        optional = bool(given.get("allow_sending_without_reply"))
        _check_quote(state, given, chat_id)
    else:
        raise bad_request("object expected as reply parameters")
    if message_id and state.store.message(chat_id, message_id) is None:
        if optional:
            return 0
        raise bad_request("message to be replied not found")
    return message_id


def _check_quote(state: State, given: dict[str, Any], chat_id: int) -> None:
    quote = given.get("quote")
    if not quote:
        return
    text, _ = formatted(str(quote), str(given.get("quote_parse_mode") or ""), given.get("quote_entities"))
    replied = state.store.message(chat_id, int(given.get("message_id") or 0)) or {}
    if text not in (replied.get("text") or replied.get("caption") or ""):
        raise bad_request("QUOTE_TEXT_INVALID")
