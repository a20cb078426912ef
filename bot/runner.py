"""The bot's life: take updates in by polling or webhook, answer probes, and on a signal end without losing anything."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiohttp import web

from bot.again import handle_again
from bot.alarms import AlarmCourier
from bot.app import create_dispatcher, create_storage
from bot.commands import set_default_menus, set_menu
from bot.delivery import Delivery
from bot.desk import AnswerDesk
from bot.first_look import FirstLook
from bot.inbox import Inbox, KeepUpdates, Orphan
from bot.middlewares.in_flight import InFlight
from bot.ownership import Ownership
from bot.polling import Poller
from bot.revocation import watch
from bot.webhook import MAX_UPDATE_BYTES, Webhook
from core.container import Container
from core.gauges import of_outbox
from core.leadership import Post, presence
from core.probes import Probes, database_answers, redis_answers, serving
from core.supervisor import Supervisor

log = structlog.get_logger(__name__)
_LONGEST_PAUSE_S = 30.0
_HANDLERS_S = 5.0
"""Handlers are short; this is for the slowest of them to end at shutdown."""
_REVOCATION, _INBOX = "revocation", "inbox"
_LONGEST_ANSWER = timedelta(minutes=30)
"""With the wait for the model. A question that is pending for longer belongs to a bot that is no more."""


@dataclass(slots=True)
class _Parts:
    bot: Bot
    dispatcher: Dispatcher
    desk: AnswerDesk
    in_flight: InFlight
    inbox: Inbox
    poller: Poller
    hooked: bool = False
    """Updates are taken in by webhook."""

    def take_up(self, background: Supervisor) -> Callable[[Orphan], None]:
        """Return what has an update handled again that a bot which is no more left behind."""

        def start(orphan: Orphan) -> None:
            background.start(handle_again(self.bot, self.dispatcher, orphan), name="update again")

        return start

    async def receives(self) -> bool:
        return self.hooked or self.poller.polling


async def run(container: Container, bot: Bot, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then drain: handlers first, then answers, and the session last.

    Raises:
        TelegramUnauthorizedError: the token is wrong.
    """
    background, answers = Supervisor(), Supervisor()
    settings = container.settings
    inbox = Inbox(container.redis)
    in_flight = InFlight(inbox)
    desk = AnswerDesk(
        bot,
        container.assistant,
        container.isolation,
        container.users,
        answers,
        edit_interval_s=settings.bot.edit_interval_s,
    )
    dispatcher = create_dispatcher(container, desk, create_storage(settings), in_flight)
    bot.session.middleware(Ownership(container.redis))
    bot.session.middleware(KeepUpdates(inbox))
    courier = AlarmCourier(
        bot,
        container.outbox,
        container.alerting.cards,
        container.alerting.storms,
        container.users,
        language=settings.default_language,
        zone=settings.zone,
    )
    first_look = FirstLook(
        bot,
        container.outbox,
        container.alerting.cards,
        container.users,
        container.diagnostics,
        container.repair_memory,
        container.orchestrator,
        language=settings.default_language,
        time_zone=settings.time_zone,
    )
    delivery = Delivery(
        bot, container.outbox, container.users, courier, first_look, default_language=settings.default_language
    )
    poller = Poller(bot, dispatcher, in_flight, container.engine)
    parts = _Parts(bot, dispatcher, desk, in_flight, inbox, poller)
    try:
        async with _http_server(container, parts):
            if await _connected(bot, stop):
                background.start(delivery.run(container.engine), name="delivery")
                background.start(_set_menus(container, bot), name="menus")
                background.start(container.orchestrator.warm_up(), name="warm-up")
                watching = watch(container.news, container.users, desk, container.supervisor)
                background.start(watching, name=_REVOCATION, key=_REVOCATION)
                await _answer_for(container, parts, stop, background)
    finally:
        delivery.stop()
        await background.cancel(_REVOCATION)
        await background.cancel(_INBOX)
        await background.drain(_HANDLERS_S)
        await dispatcher.storage.close()  # again: handlers that outlived the polling opened it anew
        await bot.session.close()


async def _answer_for(container: Container, parts: _Parts, stop: asyncio.Event, background: Supervisor) -> None:
    """Take updates until `stop`, as one of the bots that answer questions."""
    async with presence(container.engine, Post.ANSWERING) as alone:
        older = timedelta() if alone else _LONGEST_ANSWER
        left = await container.assistant.give_up_interrupted(older, await parts.inbox.waiting())
        if left:
            log.warning("questions of the last run were left unanswered", count=left)
        background.start(parts.inbox.run(parts.take_up(background)), name=_INBOX, key=_INBOX)
        if container.settings.bot.mode == "webhook":
            await _by_webhook(container, parts, stop)
        else:
            await parts.poller.run(stop)
        parts.inbox.open = False
        if not await parts.in_flight.drained(_HANDLERS_S):
            log.warning("some handlers did not end in time")
        await parts.desk.close(container.settings.bot.drain_timeout_s)


async def _by_webhook(container: Container, parts: _Parts, stop: asyncio.Event) -> None:
    settings = container.settings.bot
    if settings.webhook_secret is None:
        raise ValueError("a webhook without a secret accepts updates from anyone")
    await parts.dispatcher.emit_startup(bot=parts.bot, **parts.dispatcher.workflow_data)
    parts.hooked = True
    await parts.bot.set_webhook(
        str(settings.webhook_url),
        secret_token=settings.webhook_secret.get_secret_value(),
        allowed_updates=parts.dispatcher.resolve_used_update_types(),
    )
    await stop.wait()
    parts.hooked = False
    await parts.dispatcher.emit_shutdown(bot=parts.bot, **parts.dispatcher.workflow_data)


def _http_server(container: Container, parts: _Parts) -> AbstractAsyncContextManager[None]:
    """Serve the probes and, in webhook mode, the webhook."""
    settings = container.settings.bot
    app = web.Application(client_max_size=MAX_UPDATE_BYTES)
    Probes(
        {
            "telegram": parts.receives,
            "database": database_answers(container.engine),
            "redis": redis_answers(container.redis),
        },
        of_outbox(container.outbox),
    ).register(app)
    if settings.mode == "webhook" and settings.webhook_url and settings.webhook_secret:
        hook = Webhook(
            parts.bot, parts.dispatcher, container.redis, parts.inbox, settings.webhook_secret, lambda: parts.hooked
        )
        app.router.add_post(settings.webhook_url.path or "/", hook.handle)
    return serving(app, settings.health_host, settings.health_port)


async def _connected(bot: Bot, stop: asyncio.Event) -> bool:
    """Wait until the Bot API answers; False where `stop` came first."""
    pause = 1.0
    while not stop.is_set():
        try:
            me = await bot.me()
        except (TelegramNetworkError, TelegramServerError) as error:
            log.warning("the Bot API does not answer", error=str(error), again_in_s=pause)
            try:
                async with asyncio.timeout(pause):
                    await stop.wait()
            except TimeoutError:
                pause = min(pause * 2, _LONGEST_PAUSE_S)
        else:
            log.info("bot connected", username=me.username)
            return True
    return False


async def _set_menus(container: Container, bot: Bot) -> None:
    """Set all menus: a new release may have new commands."""
    await set_default_menus(bot)
    for member in await container.users.reachable_users():
        await set_menu(bot, member)
