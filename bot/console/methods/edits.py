"""Edits of messages that the bot sent."""

from typing import Any

from bot.console.chats import MEDIA, Message
from bot.console.errors import bad_request
from bot.console.keyboards import is_inline, read_markup
from bot.console.methods.media import read_media
from bot.console.methods.messages import caption_content, preview_options, text_content
from bot.console.methods.registry import method, read_chat_id, read_message_id
from bot.console.params import Params
from bot.console.state import State
from bot.console.text import MAX_TEXT, read_text, utf16_length


@method("editMessageText")
async def edit_message_text(state: State, params: Params) -> Any:
    """Replace the text and the inline keyboard."""
    message = _editable(state, params)
    if not params.text("text"):
        raise bad_request("message text is empty")
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    text, entities = read_text(params)
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    content = {"entities": None, "link_preview_options": None, **text_content(text, entities)}
    return state.chats.edit(message, {**content, **preview_options(params), **_keyboard(params)})


@method("editMessageCaption")
async def edit_message_caption(state: State, params: Params) -> Any:
    """Replace the caption and the inline keyboard."""
    message = _editable(state, params)
    if not any(kind in message for kind in MEDIA):
        raise bad_request("there is no caption in the message to edit")
    content = {"caption": None, "caption_entities": None, **caption_content(params)}
    return state.chats.edit(message, {**content, **_keyboard(params)})


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(state: State, params: Params) -> Any:
    """Replace the inline keyboard."""
    return state.chats.edit(_editable(state, params), _keyboard(params))


@method("editMessageMedia")
async def edit_message_media(state: State, params: Params) -> Any:
    """Replace picture, document and caption."""
    message = _editable(state, params)
    media = params.decoded("media", "input media")
    content = read_media(state, params, media)
    cleared = dict.fromkeys(("text", "entities", "caption", "caption_entities", *MEDIA))
    return state.chats.edit(message, {**cleared, **content, **_keyboard(params)})


def _editable(state: State, params: Params) -> Message:
    return state.chats.own_message(read_chat_id(params), read_message_id(params))


def _keyboard(params: Params) -> dict[str, Any]:
    """An edit without a keyboard takes the old one away."""
    markup = read_markup(params)
    if markup is not None and not is_inline(markup):
        raise bad_request("inline keyboard expected")
    has_buttons = markup is not None and markup["inline_keyboard"]
    return {"reply_markup": markup if has_buttons else None}
