"""Removing a reasoning model's thoughts from a stream."""

import re

_OPEN, _CLOSE = "<think>", "</think>"
_TAG = re.compile(r"</?think>", re.IGNORECASE)


class ThinkFilter:
    """Drops `<think>...</think>` from text that arrives in pieces, wherever the pieces are cut."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._started = False

    def feed(self, piece: str) -> str:
        """Take the next piece; return what can be shown already."""
        self._held += piece
        shown = ""
        while match := _TAG.search(self._held):
            if not self._thinking:
                shown += self._held[: match.start()]
            self._thinking = match.group().lower() == _OPEN
            self._held = self._held[match.end() :]
        keep = _possible_tag_at_end(self._held)
        if not self._thinking:
            shown += self._held[: len(self._held) - keep]
        self._held = self._held[len(self._held) - keep :]
        return self._without_leading_space(shown)

    def close(self) -> str:
        """Return what was held back, when the stream has ended; a thought that never ended is dropped."""
        rest = "" if self._thinking else self._held
        self._held = ""
        return self._without_leading_space(rest)

    def _without_leading_space(self, text: str) -> str:
        if not self._started:
            text = text.lstrip()
            self._started = bool(text)
        return text


def _possible_tag_at_end(text: str) -> int:
    """Return how many of the last characters could be the beginning of a tag."""
    lowered = text.lower()
    longest = min(len(text), len(_CLOSE) - 1)
    return next(
        (n for n in range(longest, 0, -1) if _OPEN.startswith(lowered[-n:]) or _CLOSE.startswith(lowered[-n:])), 0
    )
