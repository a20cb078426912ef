"""Everything that one console holds, put together."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.console.callbacks import Callbacks
from bot.console.chats import Chats
from bot.console.drafts import Drafts
from bot.console.errors import ApiError
from bot.console.events import Events
from bot.console.files import Files
from bot.console.flood import FloodControl
from bot.console.menus import Menus
from bot.console.people import Person
from bot.console.store import Store
from bot.console.updates import UpdateQueue
from bot.console.webhook import Webhook

CALLS_KEPT: Final = 1000


@dataclass(slots=True)
class State:
    """The parts behind the Bot API and the page, which both work on these and nothing else."""

    token: str
    store: Store
    events: Events
    updates: UpdateQueue
    chats: Chats
    files: Files
    drafts: Drafts
    callbacks: Callbacks
    menus: Menus
    webhook: Webhook
    faults: dict[str, list[ApiError]] = field(default_factory=dict)
    """Refusals to give to the next calls of a method, by its name in lower case."""
    calls: deque[tuple[str, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    """What the bot called last: the method's name in lower case, and its parameters."""
    flood: FloodControl | None = None
    """Telegram's limits, where they are to be kept."""

    def release(self) -> None:
        """End streams and polls, so that the server can stop."""
        self.drafts.close()
        self.events.close()
        self.updates.close()


def open_state(
    token: str, people: Sequence[Person], database: Path | None, files: Path, flood: FloodControl | None = None
) -> State:
    """Open or create the state of a console."""
    store, events = Store(database), Events()
    updates = UpdateQueue(store)
    chats = Chats(int(token.partition(":")[0]), people, store, events, updates)
    return State(
        token=token,
        store=store,
        events=events,
        updates=updates,
        chats=chats,
        files=Files(store, files),
        drafts=Drafts(chats, events, updates),
        callbacks=Callbacks(chats, events, updates),
        menus=Menus(store, chats, events),
        webhook=Webhook(store, updates),
        flood=flood,
    )
