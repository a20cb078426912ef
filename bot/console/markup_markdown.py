"""Telegram's Markdown (the old one) and MarkdownV2 (rules and refusals as in tdlib's MessageEntity.cpp)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from bot.console.errors import ApiError, bad_request
from bot.console.links import checked_link, linked_user

_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!\n")
_MARKS: Final = {
    "__": "underline", "_": "italic", "*": "bold", "~": "strikethrough", "||": "spoiler", "[": "text_link",
    "```": "pre", "`": "code", "![": "custom_emoji",
}  # fmt: skip
_CLOSERS: Final = {
    "underline": "__", "italic": "_", "bold": "*", "strikethrough": "~", "spoiler": "||", "text_link": "]",
    "pre": "```", "code": "`", "custom_emoji": "]",
}  # fmt: skip
_NAMES: Final = {
    "underline": "Underline", "italic": "Italic", "bold": "Bold", "strikethrough": "Strikethrough",
    "spoiler": "Spoiler", "text_link": "TextUrl", "pre": "Pre", "code": "Code", "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}  # fmt: skip
_EMOJI_LINK: Final = re.compile(r"tg://emoji\?id=(\d+)$", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"([^\s`]+)(?=[^`])")
_LINE_END: Final = re.compile(r"\r\n|\n\r|\r|\n")


@dataclass(slots=True)
class _Open:
    kind: str
    offset: int
    begin: int
    position: int
    language: str = ""


def parse_markdown_v2(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the plain text of `source` and its entities.

    Raises:
        ApiError: a reserved character that is not escaped, or an entity without its end.
    """
    return _MarkdownV2Parser(source).parse()


class _Writer:
    """What both dialects share: a reading position, the text written so far, and the entities found."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.offset = 0  # UTF-16 units written
        self.entities: list[dict[str, Any]] = []

    def write(self, char: str) -> None:
        self.out.append(char)
        self.offset += 2 if char > "\uffff" else 1
        self.at += 1

    def add(self, kind: str, offset: int, **fields: str) -> None:
        if self.offset > offset:
            self.entities.append({"type": kind, "offset": offset, "length": self.offset - offset, **fields})

    def add_link(self, url: str, offset: int) -> None:
        user, link = linked_user(url), checked_link(url)
        if self.offset > offset and (user or link):
            place = {"offset": offset, "length": self.offset - offset}
            target = {"type": "text_mention", "user": user} if user else {"type": "text_link", "url": link}
            self.entities.append({**target, **place})

    def skip_language(self) -> str:
        """Step over the language and the first line break of a code block."""
        language = _LANGUAGE.match(self.source, self.at)
        if language:
            self.at = language.end()
        if line_end := _LINE_END.match(self.source, self.at):
            self.at = line_end.end()
        return language[1] if language else ""

    def error(self, reason: str, position: int | None = None) -> ApiError:
        where = "" if position is None else f" at byte offset {len(self.source[:position].encode())}"
        return bad_request(f"can't parse entities: {reason}{where}")


class _MarkdownV2Parser(_Writer):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.open: list[_Open] = []
        self.in_quote = False
        self.line_start = True

    def parse(self) -> tuple[str, list[dict[str, Any]]]:
        while self.at < len(self.source):
            char = self.source[self.at]
            following = self.source[self.at + 1 : self.at + 2]
            if char == "\\" and following and 0 < ord(following) <= 126:
                self.at += 1
                self._plain(following)
            elif char not in (frozenset("`") if self._in_code() else _RESERVED):
                self._plain(char)
            elif char == "\n" and self.in_quote and not self.source.startswith(">", self.at + 1):
                self._end_quote()
                self._plain("\n")
            elif self.open and self._closes(self.open[-1].kind):
                self._end()
            else:
                self._begin(char)
        if self.in_quote:
            self._end_quote()
        if self.open:
            raise self._unclosed(self.open[-1])
        return "".join(self.out), self.entities

    def _plain(self, char: str) -> None:
        self.write(char)
        if char != "\r":
            self.line_start = char == "\n"

    def _in_code(self) -> bool:
        return bool(self.open) and self.open[-1].kind in ("pre", "code")

    def _closes(self, kind: str) -> bool:
        if kind == "blockquote" or not self.source.startswith(_CLOSERS[kind], self.at):
            return False
        return kind != "italic" or not self.source.startswith("__", self.at)

    def _begin(self, char: str) -> None:
        if char == "\n":
            self._plain(char)
            return
        if char == ">" and self.line_start:
            if not self.in_quote:
                self.in_quote = True
                self.open.append(_Open("blockquote", self.offset, self.at, len(self.out)))
            self.at += 1
            self.line_start = False
            return
        mark = next((t for t in ("```", "__", "||", "![", "_", "*", "~", "[", "`") if self._starts(t)), None)
        if mark is None:
            raise self.error(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        begin = self.at
        self.at += len(mark)
        language = self.skip_language() if mark == "```" else ""
        self.open.append(_Open(_MARKS[mark], self.offset, begin, len(self.out), language))

    def _starts(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def _end(self) -> None:
        opened = self.open.pop()
        self.at += len(_CLOSERS[opened.kind])
        if opened.kind == "text_link":
            url = self._target() if self._starts("(") else "".join(self.out[opened.position :])
            self.add_link(url, opened.offset)
        elif opened.kind == "custom_emoji":
            if not self._starts("("):
                raise self.error("The entity must contain a tg://emoji or tg://time URL")
            emoji = _EMOJI_LINK.match(self._target())
            if emoji is None:
                raise self.error("Invalid tg://emoji or tg://time URL specified")
            self.add("custom_emoji", opened.offset, custom_emoji_id=emoji[1])
        elif opened.language:
            self.add("pre", opened.offset, language=opened.language)
        else:
            self.add(opened.kind, opened.offset)

    def _target(self) -> str:
        begin = self.at = self.at + 1
        url = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "\\" and self.source[self.at + 1 : self.at + 2].isascii():
                self.at += 1
            url.append(self.source[self.at : self.at + 1])
            self.at += 1
        if self.at >= len(self.source):
            raise self.error("Can't find end of a URL", begin)
        self.at += 1
        return "".join(url)

    def _end_quote(self) -> None:
        kind = "blockquote"
        # a quotation that ends with || unfolds: the marks opened a spoiler with nothing in it
        if self.open[-1].kind == "spoiler" and self.open[-1].begin == self.at - 2:
            self.open.pop()
            kind = "expandable_blockquote"
        if self.open[-1].kind != "blockquote":
            raise self._unclosed(self.open[-1])
        self.in_quote = False
        self.add(kind, self.open.pop().offset)

    def _unclosed(self, opened: _Open) -> ApiError:
        name = "PreCode" if opened.language else _NAMES[opened.kind]
        return self.error(f"Can't find end of {name} entity", opened.begin)


def parse_markdown(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the plain text of old-style Markdown and its entities, which never nest.

    Raises:
        ApiError: an entity without its end.
    """
    writer = _Writer(source)
    while writer.at < len(source):
        char = source[writer.at]
        if char == "\\" and source[writer.at + 1 : writer.at + 2] in tuple("_*`["):
            writer.at += 1
            writer.write(source[writer.at])
        elif char in "_*`[":
            _old_entity(writer)
        else:
            writer.write(char)
    return "".join(writer.out), writer.entities


def _old_entity(writer: _Writer) -> None:
    begin, source = writer.at, writer.source
    mark = "```" if source.startswith("```", begin) else source[begin]
    closer = "]" if mark == "[" else mark
    writer.at += len(mark)
    language = writer.skip_language() if mark == "```" else ""
    end = source.find(closer, writer.at)
    if end < 0:
        raise writer.error("Can't find end of the entity starting", begin)
    offset = writer.offset
    inside = source[writer.at : end]
    for char in inside:
        writer.write(char)
    writer.at = end + len(closer)
    if mark != "[":
        writer.add(_MARKS[mark], offset, **({"language": language} if language else {}))
        return
    url = inside
    if source.startswith("(", writer.at):
        close = source.find(")", writer.at)
        url = source[writer.at + 1 : close if close >= 0 else len(source)]
        writer.at = close + 1 if close >= 0 else len(source)
    writer.add_link(url, offset)
