"""Telegram's HTML: a small language of its own, with its own refusals (rules as in tdlib's MessageEntity.cpp)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from bot.console.errors import ApiError, bad_request
from bot.console.links import checked_link, linked_user

_KINDS: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
_TAG_NAME: Final = re.compile(r"[^\s>]*")
_ATTRIBUTE_NAME: Final = re.compile(r"[^\s=>/\"']*")
_TOKEN: Final = re.compile(r"[a-zA-Z0-9.-]*")
_BLANK: Final = re.compile(r"\s*")


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    position: int


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the plain text of `source` and its entities.

    Raises:
        ApiError: an unknown, unclosed or crossed tag.
    """
    return _HtmlParser(source).parse()


class _HtmlParser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.offset = 0  # UTF-16 units written
        self.open: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def parse(self) -> tuple[str, list[dict[str, Any]]]:
        while self.at < len(self.source):
            if self.source[self.at] != "<":
                self._character()
            elif self.source.startswith("</", self.at):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise self._error(f'can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.out), [_finished(entity) for entity in self.entities]

    def _character(self) -> None:
        match = _REFERENCE.match(self.source, self.at)
        char = _decoded(match) if match else ""
        if match and char:
            self.at = match.end()
        else:
            char = self.source[self.at]
            self.at += 1
        self.out.append(char)
        self.offset += 2 if char > "\uffff" else 1

    def _start_tag(self) -> None:
        begin = self.at
        tag = self._take(_TAG_NAME, begin + 1).lower()
        if self.at >= len(self.source):
            raise self._error("unclosed start tag", begin)
        if tag not in _KINDS:
            raise self._error(f'unsupported start tag "{tag}"', begin)
        argument = ""
        while True:
            self._take(_BLANK, self.at)
            if self.source.startswith(">", self.at):
                break
            name, value = self._attribute(tag, begin)
            argument = _argument(tag, name, value) or argument
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise self._error('tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self._take(_ATTRIBUTE_NAME, self.at)
        if not name:
            raise self._error(f'empty attribute name in the tag "{tag}"', begin)
        self._take(_BLANK, self.at)
        if self.at >= len(self.source):
            raise self._error(f'unclosed start tag "{tag}"', begin)
        if self.source[self.at] != "=":
            return name, ""
        self._take(_BLANK, self.at + 1)
        if self.at >= len(self.source):
            raise self._error(f'unclosed start tag "{tag}"', begin)
        quote = self.source[self.at]
        if quote not in "'\"":
            return name, self._token()
        end = self.source.find(quote, self.at + 1)
        if end < 0 or end + 1 >= len(self.source):
            raise self._error("unclosed start tag", begin)
        value = _REFERENCE.sub(lambda match: _decoded(match) or match[0], self.source[self.at + 1 : end])
        self.at = end + 1
        return name, value

    def _token(self) -> str:
        begin = self.at
        value = self._take(_TOKEN, begin).lower()
        if self.at >= len(self.source) or not (self.source[self.at].isspace() or self.source[self.at] == ">"):
            raise self._error("unexpected end of name token", begin)
        return value

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self._error("unexpected end tag", begin)
        tag = self._take(_TAG_NAME, begin + 2).lower()
        self._take(_BLANK, self.at)
        if not self.source.startswith(">", self.at):
            raise self._error("unclosed end tag", begin)
        self.at += 1
        opened = self.open.pop()
        if tag and tag != opened.tag:
            offset = len(self.source[:begin].encode())
            reason = f'unmatched end tag at byte offset {offset}, expected "</{opened.tag}>", found "</{tag}>"'
            raise self._error(reason)
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: dict[str, Any] = {
            "type": _KINDS[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        twin = self.entities[-1] if self.entities else None
        same_place = twin is not None and (twin["offset"], twin["length"]) == (entity["offset"], entity["length"])
        if opened.tag == "a":
            url = opened.argument or "".join(self.out[opened.position :])
            user = linked_user(url)
            link = checked_link(url)
            if user is None and link is None:
                return
            entity.update({"url": link} if user is None else {"type": "text_mention", "user": user})
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit() or int(opened.argument) == 0:
                raise self._error("invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.argument
        elif opened.tag == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "pre" and same_place and twin is not None and twin.get("language"):
            twin["type"] = "pre"
            return
        elif opened.tag == "code":
            if same_place and twin is not None and twin["type"] == "pre" and opened.argument:
                twin["language"] = opened.argument
                return
            entity["language"] = opened.argument
        self.entities.append(entity)

    def _take(self, pattern: re.Pattern[str], position: int) -> str:
        match = pattern.match(self.source, position)
        self.at = match.end() if match else position
        return match[0] if match else ""

    def _error(self, reason: str, position: int | None = None) -> ApiError:
        where = "" if position is None else f" at byte offset {len(self.source[:position].encode())}"
        return bad_request(f"can't parse entities: {reason[0].upper()}{reason[1:]}{where}")


def _decoded(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""


def _argument(tag: str, name: str, value: str) -> str:
    if tag == "a" and name == "href":
        return value
    if tag == "code" and name == "class" and value.startswith("language-"):
        return value.removeprefix("language-")
    if tag == "span" and name == "class" and value.startswith("tg-"):
        return value.removeprefix("tg-")
    if tag == "tg-emoji" and name == "emoji-id":
        return value
    return "expandable" if tag == "blockquote" and name == "expandable" else ""


def _finished(entity: dict[str, Any]) -> dict[str, Any]:
    """A language belongs to `pre` only."""
    if entity["type"] == "code" or not entity.get("language"):
        entity.pop("language", None)
    return entity
