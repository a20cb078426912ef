"""The way of an update to its handler: past the doors that can't be its own.

aiogram asks each router and each handler in turn, and runs filters like `F.text` and states in a thread each. With some
thirty routers that cost an update more than all of the rest. So who hears what is looked up here first, by the command
or the kind of button. Routers keep their order, and their filters have the last word as ever.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.bases import REJECTED, UNHANDLED, SkipHandler
from aiogram.dispatcher.event.handler import FilterObject, HandlerObject
from aiogram.dispatcher.event.telegram import TelegramEventObserver
from aiogram.filters import Command, Filter, StateFilter
from aiogram.filters.callback_data import CallbackQueryFilter
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message, TelegramObject
from magic_filter import MagicFilter

_SLASH, _SEPARATOR = "/", ":"
_ANYTHING = ""
"""The key of what is neither a command nor a button that somebody waits for."""


@dataclass(frozen=True, slots=True)
class _Door:
    """A router with those of its handlers that may want an update, each with the middlewares before it."""

    router: Router
    observer: TelegramEventObserver
    handlers: tuple[tuple[HandlerObject, Callable[[TelegramObject, dict[str, Any]], Any]], ...]


class Corridor(Router):
    """Holds the routers of the bot, in their order. Include them, and set middlewares, before the first update."""

    def __init__(self) -> None:
        super().__init__(name="corridor")
        self._ways: dict[str, dict[str, list[_Door]]] = {}

    def include_router(self, router: Router) -> Router:
        """Add a router, and let its filters do without threads.

        Raises:
            ValueError: it has routers or outer middlewares of its own, past which the corridor would lead.
        """
        if router.sub_routers or any(list(one.outer_middleware) for one in router.observers.values()):
            raise ValueError(f"router {router.name} is more than a row of handlers")
        for observer in router.observers.values():
            for handler in (observer._handler, *observer.handlers):  # the first has the router's own filters
                handler.filters = [_without_thread(item) for item in handler.filters or ()]
        self._ways.clear()
        return super().include_router(router)

    async def propagate_event(self, update_type: str, event: TelegramObject, **kwargs: Any) -> Any:
        """Offer `event` to the handlers that may want it: what aiogram's routers and observers do, in one place."""
        ways = self._ways.get(update_type)
        if ways is None:
            ways = self._ways[update_type] = self._signposts(update_type)
        for door in ways.get(_key(event)) or ways[_ANYTHING]:
            response = await _enter(door, event, {**kwargs, "event_router": door.router})
            if response is not UNHANDLED and response is not REJECTED:
                return response
        return UNHANDLED

    def _signposts(self, update_type: str) -> dict[str, list[_Door]]:
        """Return for each key the handlers that wait for it, and among them those that wait for anything."""
        observers = [(one, one.observers[update_type]) for one in self.sub_routers if update_type in one.observers]
        keys = {id(handler): set(_keys_of(handler)) for _, one in observers for handler in one.handlers}
        ways: dict[str, list[_Door]] = {}
        for key in {_ANYTHING}.union(*keys.values()):
            ways[key] = []
            for router, observer in observers:
                if wanting := [one for one in observer.handlers if keys[id(one)] & {key, _ANYTHING}]:
                    ways[key].append(_Door(router, observer, tuple((one, _wrapped(one, observer)) for one in wanting)))
        return ways


async def _enter(door: _Door, event: TelegramObject, data: dict[str, Any]) -> Any:
    if door.observer._handler.filters:
        passed, data = await door.observer.check_root_filters(event, **data)
        if not passed:
            return UNHANDLED
    for handler, call in door.handlers:
        data["handler"] = handler
        passed, found = await handler.check(event, **data)
        if passed:
            try:
                return await call(event, found)
            except SkipHandler:
                continue
    return UNHANDLED


def _wrapped(handler: HandlerObject, observer: TelegramEventObserver) -> Any:
    return observer.outer_middleware.wrap_middlewares(observer._resolve_middlewares(), handler.call)


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


def _without_thread(item: FilterObject) -> FilterObject:
    if item.magic:
        return FilterObject(_Inline(item.magic))
    return FilterObject(StateFilter(item.callback)) if isinstance(item.callback, State) else item
