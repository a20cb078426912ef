"""What a person does in a chat, from the page or from a test."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bot.console.chats import Message
from bot.console.errors import ApiError, bad_request
from bot.console.files import MAX_PHOTO
from bot.console.methods.messages import checked_caption, text_content
from bot.console.params import Upload
from bot.console.state import State
from bot.console.text import MAX_TEXT, formatted

_PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def say(state: State, person_id: int, text: str, reply_to: int = 0) -> list[Message]:
    """Send text; like Telegram's own apps, what is over 4096 UTF-16 units goes out in several messages.

    Raises:
        ApiError: nothing but blanks, or no such person.
    """
    if not text.strip():
        raise bad_request("message text is empty")
    pieces = [formatted(piece, "", None) for piece in _pieces(text.strip())]
    contents = [text_content(*piece) for piece in pieces if piece[0]]
    return [state.chats.receive(person_id, content, reply_to) for content in contents]


def upload(state: State, person_id: int, file: Upload, caption: str = "", *, as_photo: bool = False) -> Message:
    """Send a file, or a picture to look at.

    Raises:
        ApiError: empty, too large, not a picture, or no such person.
    """
    state.chats.person(person_id)
    content: dict[str, Any] = checked_caption(*formatted(caption, "", None))
    if as_photo:
        content["photo"] = state.files.add_photo(file)
    else:
        content["document"] = state.files.add_document(file)
    return state.chats.receive(person_id, content)


def looks_like_photo(file: Upload) -> bool:
    """Tell whether Telegram's apps would send this file as a picture."""
    return file.name.lower().endswith(_PICTURES) and len(file.content) <= MAX_PHOTO


def upload_as_seen_fit(state: State, person_id: int, file: Upload, caption: str) -> Message:
    """Send a file the way Telegram's apps do: pictures as pictures, all else as documents."""
    if looks_like_photo(file):
        with suppress(ApiError):  # no picture after all: it goes as a file; any other fault is found again below
            return upload(state, person_id, file, caption, as_photo=True)
    return upload(state, person_id, file, caption)


def _pieces(text: str) -> Iterator[str]:
    piece, room = "", MAX_TEXT
    for char in text:
        units = 2 if char > "\uffff" else 1
        if units > room:
            yield piece
            piece, room = "", MAX_TEXT
        piece += char
        room -= units
    yield piece
