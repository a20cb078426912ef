"""Progress of long steps on the terminal: a spinner while one runs, a line with its duration when it is done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

console = Console(stderr=True, highlight=False)


class Step:
    """A step under way; `detail` replaces what stands behind its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.detail = ""
        self._status = console.status(escape(name))

    def update(self, detail: str) -> None:
        """Show `detail` (for instance "chunks 120/400") behind the step's name."""
        self.detail = detail
        self._status.update(f"{escape(self.name)} [dim]{escape(detail)}[/dim]")

    @contextmanager
    def _running(self) -> Iterator[None]:
        with self._status:
            yield


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Show that `name` is under way; on success leave one line with its duration in seconds."""
    started = time.monotonic()
    current = Step(name)
    with current._running():
        yield current
    detail = f" [dim]{escape(current.detail)}[/dim]" if current.detail else ""
    console.print(f"[green]✓[/green] {escape(name)}{detail} [dim]{time.monotonic() - started:.1f} s[/dim]")
