"""Message text and its entities: from what a bot sends to what a message holds. Offsets count UTF-16 units."""

import re
from bisect import bisect_left
from typing import Any, Final

from bot.console.errors import bad_request
from bot.console.markup_html import parse_html
from bot.console.markup_markdown import parse_markdown, parse_markdown_v2
from bot.console.params import Params

Entity = dict[str, Any]

MAX_TEXT: Final = 4096
MAX_CAPTION: Final = 1024
MAX_INPUT_BYTES: Final = 1 << 15
_MAX_OFFSET: Final = 1_000_000

_PARSERS: Final = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
_DETECTED: Final = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
_STYLED: Final = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "text_mention",
    "custom_emoji", "blockquote", "expandable_blockquote", "date_time",
}  # fmt: skip
_NESTING: Final = ("blockquote", "expandable_blockquote", "pre", "code", "text_link", "bold", "italic", "underline")
_PATTERN: Final = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"]*[^\s<>\".,;:!?)\]'»])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}\b)"
    r"|(?<![\w/<>])(?P<bot_command>/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?)(?![\w/<>])"
    r"|(?<!\w)(?P<mention>@[a-zA-Z][a-zA-Z0-9_]{3,31})\b"
    r"|(?<!\w)(?P<hashtag>#(?=\w*[^\W\d])\w{1,256})\b"
)
_DROPPED: Final = {ord(c): None for c in "\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a"}
_SPACES: Final = {code: " " for code in range(33) if code not in (10, 13)}


def utf16_length(text: str) -> int:
    """Return how many UTF-16 units `text` takes: what Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def read_text(params: Params, text_name: str = "text", entities_name: str = "entities") -> tuple[str, list[Entity]]:
    """Return the text of a call and its entities, cleaned as Telegram cleans them; the text may be empty.

    Raises:
        ApiError: broken markup, or entities that do not fit the text.
    """
    return formatted(params.text(text_name), params.text("parse_mode"), params.decoded(entities_name, entities_name))


def formatted(raw: str, parse_mode: str, given: Any) -> tuple[str, list[Entity]]:
    """Parse `raw` in `parse_mode`, or take the `given` entities, then clean, trim and detect links and commands."""
    if len(raw.encode("utf-8", "replace")) > MAX_INPUT_BYTES:
        raise bad_request("text is too long")
    mode = parse_mode.lower()
    if raw and mode not in ("", "none"):
        if mode not in _PARSERS:
            raise bad_request("unsupported parse_mode")
        raw, entities = _PARSERS[mode](raw)
    else:
        entities = [_check_entity(entity) for entity in given] if isinstance(given, list) else []
    entities = [entity for entity in entities if entity["length"] > 0 and entity["type"] not in _DETECTED]
    text, entities = _clean(raw, entities)
    return text, _with_detected(text, entities)


def checked_text(text: str) -> None:
    """Refuse a message without visible text, or over 4096 UTF-16 units."""
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")


def _check_entity(entity: Any) -> Entity:
    subject = "can't parse MessageEntity: "
    if not isinstance(entity, dict):
        raise bad_request(subject + "expected an Object")
    kept = {name: value for name, value in entity.items() if value is not None}
    for name in ("offset", "length"):
        if not isinstance(kept.get(name), int):
            raise bad_request(subject + f'field "{name}" must be of type Number')
        if not 0 <= kept[name] <= _MAX_OFFSET:
            raise bad_request(f"receive an entity with incorrect {name} {kept[name]}")
    if kept.get("type") not in _STYLED | _DETECTED:
        raise bad_request(subject + "unsupported type specified")
    return kept


def _clean(raw: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Drop control characters and outer blanks, moving the entities along."""
    if raw.isascii() and not entities:  # the common case, and the table of offsets is not free
        return raw.translate(_SPACES).translate(_DROPPED).strip(" \n"), []
    starts = [0]  # starts[i]: the UTF-16 offset of character i
    for char in raw:
        starts.append(starts[-1] + (2 if char > "\uffff" else 1))
    spans = [(entity, *_character_span(raw, starts, entity)) for entity in entities]
    kept = [index for index, char in enumerate(raw) if ord(char) not in _DROPPED]
    text = "".join(raw[index] for index in kept).translate(_SPACES)
    left = len(text) - len(text.lstrip(" \n"))
    if spans:  # an entity that covers leading blanks holds them
        left = min(left, *(bisect_left(kept, begin) for _, begin, _ in spans))
    right = len(text.rstrip(" \n"))
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if char > "\uffff" else 1))
    moved = []
    for entity, begin, end in spans:
        first = max(bisect_left(kept, begin), left)
        last = min(bisect_left(kept, end), right)
        if first < last:
            place = {"offset": offsets[first] - offsets[left], "length": offsets[last] - offsets[first]}
            moved.append({**entity, **place})
    return text[left:right], sorted(moved, key=_order)


def _character_span(raw: str, starts: list[int], entity: Entity) -> tuple[int, int]:
    begin, end = entity["offset"], entity["offset"] + entity["length"]
    if begin >= starts[-1]:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {begin}")
    if end > starts[-1]:
        raise bad_request(
            f"entity beginning at UTF-16 offset {begin} ends after the end of the text at UTF-16 offset {end}"
        )
    first, last = bisect_left(starts, begin), bisect_left(starts, end)
    if starts[first] != begin:
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {len(raw[:first].encode())}")
    if starts[last] != end:
        raise bad_request(
            f"entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol "
            f"at byte offset {len(raw[:last].encode())}"
        )
    return first, last


def _with_detected(text: str, entities: list[Entity]) -> list[Entity]:
    """Add links, commands, mentions and hashtags outside of code and links, as Telegram does."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in ("code", "pre", "text_link")]
    found = []
    for match in _PATTERN.finditer(text):
        offset = utf16_length(text[: match.start()])
        length = utf16_length(match[0])
        if not any(begin < offset + length and offset < end for begin, end in taken):
            found.append({"type": match.lastgroup, "offset": offset, "length": length})
    return sorted([*entities, *found], key=_order)


def _order(entity: Entity) -> tuple[int, int, int]:
    kind = entity["type"]
    return entity["offset"], -entity["length"], _NESTING.index(kind) if kind in _NESTING else len(_NESTING)
