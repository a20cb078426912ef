"""The headings above a place in a document."""


class Outline:
    """Follows headings in reading order. The first one, of level 1, is the title, which is in no heading path."""

    def __init__(self, title: str | None = None) -> None:
        self.title = title
        self.seen: list[str] = []
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """Go on below `heading`; `level` counts from 1."""
        if not heading:
            return
        first = not self.seen
        self.seen.append(heading)
        self._open = [item for item in self._open if item[0] < level]
        if level == 1 and first and self.title in (None, heading):
            self.title = heading
        else:
            self._open.append((level, heading))

    @property
    def path(self) -> tuple[str, ...]:
        """The headings above the place reached so far, outermost first."""
        return tuple(heading for _, heading in self._open)
