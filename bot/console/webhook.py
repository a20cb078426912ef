"""Updates pushed to the bot's own address instead of polled."""

import asyncio
import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from bot.console.errors import bad_request
from bot.console.store import Store
from bot.console.updates import UpdateQueue
from core.clock import utc_now

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
FIRST_RETRY: Final = 0.5
LONGEST_RETRY: Final = 60.0
MAX_CONNECTIONS: Final = 40
"""Telegram's default."""
_LOOK_AHEAD: Final = 100
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]*")


class Webhook:
    """Delivers queued updates and repeats each until it is answered with a 2xx.

    As Telegram's own server does: those of a chat in order, those of several chats at the same time.
    https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/WebhookActor.cpp
    """

    def __init__(self, store: Store, updates: UpdateQueue) -> None:
        self._store = store
        self._updates = updates
        self._news = asyncio.Event()
        self._error: dict[str, Any] = {}
        self._chats: set[int] = set()
        """Those of which an update is under way."""
        updates.on_update(self._news.set)

    @property
    def url(self) -> str:
        """Where updates go; empty when the bot polls."""
        return str(self._settings().get("url", ""))

    def set(self, url: str, secret_token: str) -> str:
        """Send updates to `url` from now on, or stop for an empty one. Return the description of the outcome.

        Raises:
            ApiError: a URL or secret that cannot be used.
        """
        if not url:
            was_set = bool(self.url)
            self._store.save_setting("webhook", {})
            self._news.set()
            return "Webhook was deleted" if was_set else "Webhook is already deleted"
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad_request("invalid webhook URL specified")
        if len(secret_token) > 256:
            raise bad_request("secret token is too long")
        if not _SECRET.fullmatch(secret_token):
            raise bad_request("secret token contains unallowed characters")
        settings = {"url": url, "secret_token": secret_token}
        if settings == self._settings():
            return "Webhook is already set"
        self._store.save_setting("webhook", settings)
        self._error = {}
        self._updates.terminate("terminated by setWebhook request")
        self._news.set()
        return "Webhook was set"

    def info(self) -> dict[str, Any]:
        """Return the Bot API `WebhookInfo`."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": self._store.pending_updates(),
        }
        if allowed := self._updates.allowed():
            info["allowed_updates"] = allowed
        return {**info, **self._error} if self.url else info

    async def deliver(self) -> None:
        """Push updates for as long as the console runs."""
        limits = aiohttp.TCPConnector(limit=MAX_CONNECTIONS)
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60), connector=limits) as session,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                self._news.clear()
                for update in self._store.updates(0, _LOOK_AHEAD) if self.url else []:
                    chat = _chat_of(update)
                    if chat not in self._chats and len(self._chats) < MAX_CONNECTIONS:
                        self._chats.add(chat)
                        tasks.create_task(self._bring(session, update, chat))
                await self._news.wait()

    async def _bring(self, session: aiohttp.ClientSession, update: dict[str, Any], chat: int) -> None:
        """Push one update until it is taken, or the webhook is gone; the next of its chat waits for that."""
        delay = FIRST_RETRY
        try:
            while self.url:
                if await self._push(session, update):
                    self._store.remove_update(update["update_id"])
                    break
                await asyncio.sleep(delay)
                delay = min(delay * 2, LONGEST_RETRY)
        finally:
            self._chats.discard(chat)
            self._news.set()

    async def _push(self, session: aiohttp.ClientSession, update: dict[str, Any]) -> bool:
        settings = self._settings()
        headers = {"Content-Type": "application/json"}
        if settings.get("secret_token"):
            headers[SECRET_HEADER] = settings["secret_token"]
        try:
            async with session.post(settings["url"], data=json.dumps(update), headers=headers) as response:
                if response.status < 300:
                    return True
                reason = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"Connection failed: {error}"
        self._error = {"last_error_date": int(utc_now().timestamp()), "last_error_message": reason}
        return False

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = self._store.setting("webhook", {})
        return settings


def _chat_of(update: dict[str, Any]) -> int:
    """Return the chat in whose turn the update comes; for what belongs to none, its author."""
    [content] = (part for key, part in update.items() if key != "update_id")
    chat = content.get("chat") or content.get("message", {}).get("chat") or content.get("from", {})
    return int(chat.get("id", 0))
