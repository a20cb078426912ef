"""One user's updates in one chat, one after another, each with the state of the conversation."""

from typing import Any

from aiogram.fsm.context import FSMContext
from aiogram.fsm.middleware import FSMContextMiddleware
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import TelegramObject

from bot.middlewares.in_flight import Handler


class Conversation(FSMContextMiddleware):
    """aiogram's own, but for the round trip to Redis: the state comes with what the gate asks there anyway."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle `event` when its turn has come."""
        data["fsm_storage"] = self.storage
        context = self.resolve_event_context(data["bot"], data)
        if context is None:
            return await handler(event, data)
        async with self.events_isolation.lock(key=context.key):
            data["state"] = context
            return await handler(event, data)


def state_key(context: FSMContext | None) -> str | None:
    """Return where in Redis the state of a conversation is, if it is there."""
    if context is None or not isinstance(context.storage, RedisStorage):
        return None
    return context.storage.key_builder.build(context.key, "state")


async def raw_state(context: FSMContext | None, found: bytes | None) -> str | None:
    """Return the state for aiogram's filters: what was `found` in Redis, or what a storage elsewhere says."""
    if context is None or isinstance(context.storage, RedisStorage):
        return found.decode() if found else None
    return await context.get_state()
