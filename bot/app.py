"""Factories: the bot and its dispatcher, from settings and services. Nothing here touches the network."""

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetUpdates,
    Response,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
    SendPhoto,
)

from bot.corridor import Corridor
from bot.desk import AnswerDesk
from bot.handlers import (
    admin,
    alarm_lists,
    alarms,
    ask,
    case_reviews,
    chain_steps,
    digests,
    documents,
    errors,
    escalation,
    exports,
    fallback,
    gaps,
    handovers,
    imports,
    index,
    invites,
    oncall,
    operations,
    preferences,
    privacy,
    quarantine,
    rating,
    readings,
    rehearsals,
    repairs,
    reports,
    rotas,
    safety,
    sensors,
    signal,
    sources,
    start,
    strangers,
    subscriptions,
    timescale,
    why,
)
from bot.metering import RequestMeter
from bot.middlewares.conversation import Conversation
from bot.middlewares.correlation import Correlation
from bot.middlewares.identity import Identity
from bot.middlewares.in_flight import InFlight
from bot.middlewares.once import Once
from bot.middlewares.throttle import Throttle
from bot.ownership import OwnButtons
from bot.patience import Patience
from bot.storage import ForgivingStorage
from bot.uploads import UploadDesk
from core.container import Container
from core.privacy.forgetting import CONVERSATION_STATES
from core.redis_client import connect
from core.settings import Settings
from core.users.gate import Gate
from core.users.greetings import Greetings

ROUTERS = (
    errors,
    strangers,
    start,
    preferences,
    privacy,
    reports,
    handovers,
    repairs,
    case_reviews,
    rotas,
    escalation,
    chain_steps,
    readings,
    ask,
    rating,
    safety,
    sources,
    gaps,
    quarantine,
    index,
    why,
    signal,
    sensors,
    exports,
    alarm_lists,
    alarms,
    digests,
    subscriptions,
    oncall,
    rehearsals,
    timescale,
    operations,
    imports,
    documents,
    admin,
    invites,
    fallback,
)
"""Strangers first: whatever they send ends there. Imports take their files before documents do. Fallback last."""


_CALLED = (
    SendMessage,
    SendPhoto,
    SendMessageDraft,
    SendChatAction,
    EditMessageText,
    AnswerCallbackQuery,
    GetUpdates,
)
_RESPONSES = tuple(Response[method.__returning__] for method in _CALLED)  # type: ignore[name-defined]
"""Held on to: aiogram asks for such a model with every response, and pydantic makes a new one, in a millisecond or two,
unless somebody still has it."""


def create_bot(settings: Settings) -> Bot:
    """Create the client of the configured Bot API server.

    Raises:
        ValueError: no token is configured.
    """
    if settings.telegram_bot_token is None:
        raise ValueError("TELEGRAM_BOT_TOKEN is not set (without one, start Hydrodiag with `hydrodiag run`)")
    server = TelegramAPIServer.from_base(str(settings.bot.api_url).rstrip("/"))
    session = AiohttpSession(api=server)
    session.middleware(Patience())
    session.middleware(RequestMeter())
    return Bot(
        settings.telegram_bot_token.get_secret_value(),
        session=session,
        default=DefaultBotProperties(link_preview_is_disabled=True),
    )


def create_storage(settings: Settings) -> BaseStorage:
    """Keep conversation states in Redis, over connections of its own.

    Raises:
        ValueError: Redis is not configured.
    """
    if settings.redis_url is None:
        raise ValueError("REDIS_URL is not set")
    url = settings.redis_url.get_secret_value()
    return ForgivingStorage(connect(url), key_builder=DefaultKeyBuilder(prefix=CONVERSATION_STATES))


def create_dispatcher(container: Container, desk: AnswerDesk, storage: BaseStorage, in_flight: InFlight) -> Dispatcher:
    """Wire middlewares and routers; handlers get the services by the names used here.

    Updates of one user in one chat are handled one after another, so that `/new` and the question after it can't swap.
    In this process that needs no Redis lock, which would die after 60 s. `storage`, where it is Redis, is the
    container's.
    """
    dispatcher = Dispatcher(
        storage=storage,
        events_isolation=SimpleEventIsolation(),
        disable_fsm=True,  # ours comes below: aiogram would put it first, and who waits in it would not be in flight
        users=container.users,
        preferences=container.preferences,
        personal_data=container.personal_data,
        forgetting=container.forgetting,
        invites=container.invites,
        audit=container.audit,
        greetings=Greetings(container.redis),
        diagnostics=container.diagnostics,
        exports=container.exports,
        reports=container.reports,
        alarm_desk=container.alerting.desk,
        alarm_cards=container.alerting.cards,
        storms=container.alerting.storms,
        alarm_lists=container.alerting.lists,
        digests=container.digests,
        handovers=container.handovers,
        repairs=container.repairs,
        subscriptions=container.alerting.subscriptions,
        duty=container.alerting.duty,
        rotas=container.alerting.rotas,
        chain_desk=container.alerting.chains,
        rehearsals=container.alerting.rehearsals,
        outbox=container.outbox,
        timescale=container.timescale,
        caretaking=container.caretaking,
        documents=container.documents,
        catalogue=container.catalogue,
        uploads=UploadDesk(container.documents, container.catalogue, container.progress, container.supervisor),
        assistant=container.assistant,
        sources=container.sources,
        quarantine=container.quarantine,
        imports=container.imports,
        gaps=container.gaps,
        index=container.index_administration,
        progress=container.progress,
        explanations=container.explanations,
        conversations=container.conversations,
        isolation=container.isolation,
        supervisor=container.supervisor,
        settings=container.settings,
        desk=desk,
    )
    limits = container.settings.bot
    gate = Gate(container.redis, per_minute=limits.updates_per_minute, per_second=limits.updates_per_second)
    conversation = Conversation(storage, dispatcher.fsm.events_isolation)
    for middleware in (in_flight, Correlation(in_flight.inbox), conversation, Identity(container.users, gate)):
        dispatcher.update.outer_middleware(middleware)
    dispatcher.callback_query.outer_middleware(OwnButtons(container.redis))
    throttle = Throttle(container.redis, per_minute=limits.questions_per_minute, per_day=limits.questions_per_day)
    dispatcher.message.middleware(throttle)
    dispatcher.callback_query.middleware(throttle)
    dispatcher.callback_query.middleware(Once(container.redis))
    corridor = Corridor()
    for module in ROUTERS:
        corridor.include_router(module.router)
    dispatcher.include_router(corridor)
    return dispatcher
