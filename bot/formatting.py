"""The model's Markdown as Telegram wants it: plain text with entities, in pieces that fit one message.

Entities instead of a parse mode: broken Markdown can't make Telegram refuse the message. Telegram counts UTF-16 units.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aiogram.types import MessageEntity
from telegramify_markdown import RenderConfig, convert, utf16_len

from core.text import visible

MESSAGE_LIMIT = 4096
"""UTF-16 units in one message."""
_CUT = "\n…"
_SEPARATORS = ("\n\n", "\n", ". ", " ")
_TAPPABLE = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s)>\]]*[^\s)>\].,;:!?]"  # addresses, with a scheme or without
    r"|(?<![\w.])(?:[^\W_][\w-]*\.)+[^\W\d_]{2,}(?:[/?#][^\s)>\]]*)?"
    r"|(?<![\w@])@\w{3,}"  # people
    r"|(?<![\w/.])/[a-z]\w*",  # commands
    re.IGNORECASE,
)
_PLAIN = {"code", "pre"}
"""Telegram makes nothing tappable inside these."""


def _quiet_config() -> RenderConfig:
    """Headings and links without the library's pictograms; plain bullets."""
    config = RenderConfig.isolated()
    symbols = config.markdown_symbol
    symbols.heading_level_1 = symbols.heading_level_2 = symbols.heading_level_3 = symbols.heading_level_4 = ""
    symbols.image = symbols.link = ""
    symbols.task_uncompleted = "☐"
    symbols.unordered_list_item = "•"
    return config


_CONFIG = _quiet_config()


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text and its entities, offsets in UTF-16 units."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


def render(markdown: str) -> Formatted:
    """Turn Markdown, complete or cut short, into text and entities.

    It quotes documents, which anybody may have written: no address, name or command in it can be tapped.
    """
    text, entities = convert(visible(markdown), latex_escape=False, config=_CONFIG)
    kept = [MessageEntity(**entity.to_dict()) for entity in entities if entity.type != "text_link"]
    return Formatted(text, tuple(_untappable(text, kept)))


def _untappable(text: str, entities: list[MessageEntity]) -> list[MessageEntity]:
    """Set in `code` what Telegram would make tappable by itself; formatting that crosses it gives way."""
    for match in _TAPPABLE.finditer(text):
        start, end = utf16_len(text[: match.start()]), utf16_len(text[: match.end()])
        crossing = [e for e in entities if e.offset < end and start < e.offset + e.length and e.type != "blockquote"]
        if any(entity.type in _PLAIN for entity in crossing):
            continue
        code = MessageEntity(type="code", offset=start, length=end - start)
        entities = [*(entity for entity in entities if entity not in crossing), code]
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length))


def joined(first: Formatted, second: Formatted) -> Formatted:
    """Return `second` right after `first`."""
    shift = utf16_len(first.text)
    moved = (entity.model_copy(update={"offset": entity.offset + shift}) for entity in second.entities)
    return Formatted(first.text + second.text, (*first.entities, *moved))


def escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~>&])", r"\\\1", text)


def split(message: Formatted, limit: int = MESSAGE_LIMIT) -> list[Formatted]:
    """Cut `message` into pieces of at most `limit` units, at ends of paragraphs, else lines, sentences, words."""
    return [_piece(message, start, end) for start, end in _spans(message.text, limit)]


def shortened(message: Formatted, max_bytes: int) -> Formatted:
    """Return the beginning of `message` that fits `max_bytes` of UTF-8, with "…" where something is left out."""
    encoded = message.text.encode()
    if len(encoded) <= max_bytes:
        return message
    head = encoded[: max_bytes - len(_CUT.encode())].decode(errors="ignore")
    return joined(_piece(message, 0, len(head[: _separated(head)].rstrip())), Formatted(_CUT))


def fitted(markdown: str) -> Formatted:
    """Turn Markdown into one message, with "…" where names are longer than anybody's should be."""
    return shortened(render(markdown), MESSAGE_LIMIT)


def _spans(text: str, limit: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = start + _cut(text[start : start + limit + 1], limit)
        if piece := text[start:end].strip():
            first = text.index(piece[0], start)
            yield first, first + len(piece)
        start = end


def _cut(text: str, limit: int) -> int:
    """Return how many characters of `text` go into one piece."""
    if utf16_len(text) <= limit:
        return len(text)
    head = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    return _separated(head)


def _separated(head: str) -> int:
    """Return where `head` is best cut: at the last end of a paragraph, line, sentence or word in its second half."""
    for separator in _SEPARATORS:
        position = head.rfind(separator)
        if position > len(head) // 2:
            return position + len(separator)
    return len(head)


def _piece(message: Formatted, start: int, end: int) -> Formatted:
    first, last = utf16_len(message.text[:start]), utf16_len(message.text[:end])
    entities = []
    for entity in message.entities:
        begin, stop = max(entity.offset, first), min(entity.offset + entity.length, last)
        if begin < stop:
            entities.append(entity.model_copy(update={"offset": begin - first, "length": stop - begin}))
    return Formatted(message.text[start:end], tuple(entities))
