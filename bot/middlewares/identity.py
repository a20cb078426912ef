"""Who writes, and in which language: gives handlers `actor` and `text`. Floods end here."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import structlog
from aiogram import BaseMiddleware
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, Update, User
from redis.exceptions import RedisError

from bot.i18n import text_of
from bot.middlewares.conversation import raw_state, state_key
from bot.middlewares.in_flight import Handler
from bot.ownership import working_for
from core.users.gate import Gate, Passage, Verdict
from core.users.models import Role
from core.users.rights import Actor
from core.users.service import Profile, UserService

log = structlog.get_logger(__name__)
_FRESH_S = 30.0
"""How long an actor is believed without the database, where nobody announces a change."""
_MOST_ACTORS = 10_000
_HIGHEST_ID = 2**52


@dataclass(frozen=True, slots=True)
class _Known:
    profile: Profile
    version: int
    actor: Actor
    until: float


class Identity(BaseMiddleware):
    """Turns the Telegram user into an actor. Blocked users, floods and updates from nobody end here, in silence.

    In a group everybody reads along: nobody is more than an engineer there, and only public machines are seen.
    """

    def __init__(self, users: UserService, gate: Gate) -> None:
        self._users = users
        self._gate = gate
        self._known: OrderedDict[int, _Known] = OrderedDict()

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle `event` on behalf of its author."""
        profile = _profile(data.get("event_from_user"), data.get("event_chat"))
        if profile is None or not _are_ids(profile.id, data.get("event_chat")) or self._gate.is_deaf_to(profile.id):
            return None
        actor, passage = await self._look(profile, state_key(data.get("state")))
        if actor.role is Role.BLOCKED:
            return None
        chat: Chat | None = data.get("event_chat")
        if chat is not None and chat.type != ChatType.PRIVATE:
            actor = actor.in_group()
            working_for(actor.id)
        data["actor"], data["text"] = actor, text_of(actor)
        if passage.verdict is Verdict.PASS:
            data["raw_state"] = await raw_state(data.get("state"), passage.value)
            return await handler(event, data)
        await _refuse(event, actor, passage)
        return None

    async def _look(self, profile: Profile, state: str | None) -> tuple[Actor, Passage]:
        try:
            passage = await self._gate.enter(profile.id, bring=state)
        except (RedisError, OSError) as error:
            log.warning("updates are not counted", error=repr(error))
            return await self._users.identify(profile), Passage(Verdict.PASS, 0, 0)
        return await self._actor(profile, passage.version), passage

    async def _actor(self, profile: Profile, version: int) -> Actor:
        known = self._known.get(profile.id)
        now = time.monotonic()
        if known and known.profile == profile and known.version == version and known.until > now:
            self._known.move_to_end(profile.id)
            return known.actor
        actor = await self._users.identify(profile)
        self._known[profile.id] = _Known(profile, version, actor, now + _FRESH_S)
        if len(self._known) > _MOST_ACTORS:
            self._known.popitem(last=False)
        return actor


async def _refuse(event: TelegramObject, actor: Actor, passage: Passage) -> None:
    """Tell members that there is too much; others, and those who were told, hear nothing."""
    subject = event.message or event.callback_query if isinstance(event, Update) else None
    if passage.verdict is Verdict.DROP or not actor.is_member or subject is None:
        return
    text = text_of(actor)
    busy = passage.verdict is Verdict.BUSY
    words = text("error-busy") if busy else text("error-too-fast", seconds=passage.seconds)
    if isinstance(subject, CallbackQuery):
        await subject.answer(words, show_alert=True)
    elif isinstance(subject, Message):
        await subject.answer(words)


def _are_ids(user_id: int, chat: Chat | None) -> bool:
    """Tell whether these can be ids of Telegram's, which have 52 bits at most: others come from nobody."""
    return all(abs(number) <= _HIGHEST_ID for number in (user_id, chat.id if chat is not None else 0))


def _profile(user: User | None, chat: Chat | None) -> Profile | None:
    if user is not None:
        return None if user.is_bot else Profile(user.id, user.full_name, user.username, user.language_code)
    if chat is not None and chat.type == ChatType.PRIVATE:  # "stopped generation" carries no user
        return Profile(chat.id, chat.full_name, chat.username)
    return None
