"""A stream of bytes as whole lines, in bounded memory."""

from collections.abc import Iterator

LONGEST_LINE = 64 * 1024
"""Bytes; no reading is longer. What is, comes in pieces, and no piece of it is a reading."""


class LineSplitter:
    """Cuts pieces of bytes into lines; the last line may wait for its end."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the lines that `piece` completes, without their ends; empty ones are left out."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        lines = [line for line in map(bytes.rstrip, whole) if line]
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return list(_pieces(lines))

    def close(self) -> list[bytes]:
        """Return the last line, where it has no end."""
        rest, self._rest = self._rest.rstrip(), b""
        return [rest] if rest else []


def _pieces(lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        if len(line) <= LONGEST_LINE:
            yield line
        else:
            yield from (line[begin : begin + LONGEST_LINE] for begin in range(0, len(line), LONGEST_LINE))
