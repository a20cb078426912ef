"""The way of an update to its handler: past the doors that can't be its own.

aiogram asks each router and each handler in turn, and runs filters like `F.text` and states in a thread each. With some
thirty routers that cost an update more than all of the rest. So who hears what is looked up here first, by the command
or the kind of button. Routers keep their order, and their filters have the last word as ever.
"""

import re
from collections.abc import Iterator
from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.dispatcher.event.handler import FilterObject, HandlerObject
from aiogram.filters import Command, Filter, StateFilter
from aiogram.filters.callback_data import CallbackQueryFilter
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message, TelegramObject
from magic_filter import MagicFilter

_SLASH, _SEPARATOR = "/", ":"
_ANYTHING = ""
"""The key of what is neither a command nor a button that somebody waits for."""


class Corridor(Router):
    """Holds the routers of the bot, in their order. Include them all before the first update."""

    def __init__(self) -> None:
        super().__init__(name="corridor")
        self._ways: dict[str, dict[str, tuple[Router, ...]]] = {}

    def include_router(self, router: Router) -> Router:
        """Add a router, and let its filters do without threads."""
        _without_threads(router)
        self._ways.clear()
        return super().include_router(router)

    async def propagate_event(self, update_type: str, event: TelegramObject, **kwargs: Any) -> Any:
        """Offer `event` to the routers that may want it."""
        ways = self._ways.get(update_type)
        if ways is None:
            ways = self._ways[update_type] = self._signposts(update_type)
        for router in ways.get(_key(event)) or ways[_ANYTHING]:
            response = await router.propagate_event(update_type=update_type, event=event, **kwargs)
            if response is not UNHANDLED:
                return response
        return UNHANDLED

    def _signposts(self, update_type: str) -> dict[str, tuple[Router, ...]]:
        """Return the routers for each key. Of each, all handlers are known by their keys, or it is always asked."""
        keys = {router: set(_keys(router, update_type)) for router in self.sub_routers}
        every = {_ANYTHING}.union(*keys.values())
        return {key: tuple(router for router, own in keys.items() if own & {key, _ANYTHING}) for key in every}


def _keys(router: Router, update_type: str) -> Iterator[str]:
    for observer in (one.observers[update_type] for one in router.chain_tail if update_type in one.observers):
        for handler in observer.handlers:
            yield from _keys_of(handler)


def _keys_of(handler: HandlerObject) -> Iterator[str]:
    """Yield what the handler waits for: all of its filters must agree, so that one which names keys will do."""
    for item in handler.filters or ():
        match item.callback:
            case Command(prefix="/", commands=commands) if not any(isinstance(one, re.Pattern) for one in commands):
                yield from (_SLASH + str(one).casefold() for one in commands)
                return
            case CallbackQueryFilter(callback_data=data) if data.__separator__ == _SEPARATOR:
                yield data.__prefix__ + _SEPARATOR
                return
    yield _ANYTHING


def _key(event: TelegramObject) -> str:
    if isinstance(event, Message):  # as aiogram's `Command` reads it
        words = (event.text or event.caption or "").split(maxsplit=1)
        return words[0].partition("@")[0].casefold() if words else _ANYTHING
    if isinstance(event, CallbackQuery):
        return (event.data or "").partition(_SEPARATOR)[0] + _SEPARATOR
    return _ANYTHING


class _Inline(Filter):
    """A magic filter on the spot: it looks at a few attributes."""

    def __init__(self, magic: MagicFilter) -> None:
        self._magic = magic

    async def __call__(self, event: TelegramObject) -> Any:
        """Resolve it."""
        return self._magic.resolve(event)


def _without_threads(router: Router) -> None:
    for one in router.chain_tail:
        for observer in one.observers.values():
            for handler in (observer._handler, *observer.handlers):  # the first has the router's own filters
                handler.filters = [_without_thread(item) for item in handler.filters or ()]


def _without_thread(item: FilterObject) -> FilterObject:
    if item.magic:
        return FilterObject(_Inline(item.magic))
    return FilterObject(StateFilter(item.callback)) if isinstance(item.callback, State) else item
