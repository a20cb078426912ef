"""The first look at a machine that raised an alarm: a picture, what is usual, what it was before, what documents say.

No model needed.

It follows the alarm without a sound, and at most once: one that may have arrived when its sender died is not repeated,
for the alarm itself tells what matters.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from aiogram import Bot
from aiogram.types import BufferedInputFile, ReplyParameters

from bot.formatting import Formatted
from bot.i18n import Text, text_of
from bot.views import first_look as views
from bot.views.charts import render_summary
from core.diagnostics.alerts.cards import AlarmCards, Card, Place
from core.diagnostics.alerts.states import rank
from core.diagnostics.models import System
from core.diagnostics.repairs.memory import RepairMemory, Seen
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import SystemSummary
from core.errors import HydrodiagError, NotFoundError
from core.outbox import Notice, Outbox, OutboxMessage
from core.rag.answers import ScoredPassage, Verdict
from core.rag.causes import likely_causes
from core.rag.orchestrator import RAGOrchestrator
from core.rag.readership import Readership, access_of
from core.shared import Recent, Shared
from core.users.models import Role
from core.users.rights import Actor, Right
from core.users.scope import Scope
from core.users.service import UserService

log = structlog.get_logger(__name__)
PERIOD = timedelta(hours=6)
_OF_SUBJECT, _OF_CAUSES, _SHOWN = 12, 40, 2
"""Passages looked for on what the alarm is about, and of its causes; and shown."""
_PICTURES_KEPT = 8
_MANY_WAIT = 100
"""Alarms that wait for Telegram's limits are a storm: four seconds of them, and ..."""
_STORM_S = 60.0
"""... the time after that."""
_SUMMARY_S = 60.0
"""An alarm's summary serves all of its readers for so long: they look at about the same time."""
_MOST_SENSORS = 6
"""Drawn, the worst first: more fit no phone, and each takes its part of a second."""
_SENT = "sent at most once"


class FirstLook:
    """Looks at the machine on behalf of each reader: with their rights, in their language."""

    def __init__(
        self,
        bot: Bot,
        outbox: Outbox,
        cards: AlarmCards,
        users: UserService,
        diagnostics: DiagnosticsService,
        repairs: RepairMemory,
        orchestrator: RAGOrchestrator,
        *,
        language: str,
        time_zone: str,
    ) -> None:
        self._bot = bot
        self._outbox = outbox
        self._cards = cards
        self._users = users
        self._diagnostics = diagnostics
        self._repairs = repairs
        self._orchestrator = orchestrator
        self._drawing = asyncio.Lock()
        self._storm_until = 0.0
        self._summaries = Recent[SystemSummary](_SUMMARY_S)
        self._known = Shared[tuple[Seen, list[ScoredPassage]]]()
        self._drawn: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._group = Actor(
            None, "group", Role.VIEWER, language=language, time_zone=time_zone, scope=Scope(public_only=True)
        )

    async def deliver(self, message: OutboxMessage) -> None:
        """Send the look, and mark `message` as sent.

        There is none where the alarm is over, where it may have arrived before, and in a storm: each look would hold up
        an alarm, and those that are left would come when nobody wants them any more.

        Raises:
            TelegramAPIError: not this time.
        """
        number = None
        if message.digest is None and not await self._in_storm():
            card, place = await self._cards.standing(message.payload["group_id"], message.chat_id)
            if card is not None and card.active:
                number = await self._send(message, card, place)
        await self._outbox.sent(message, number)

    async def _in_storm(self) -> bool:
        now = asyncio.get_running_loop().time()
        if await self._outbox.waiting(Notice.ALARM, _MANY_WAIT) == _MANY_WAIT:
            self._storm_until = now + _STORM_S
        return now < self._storm_until

    async def _send(self, message: OutboxMessage, card: Card, place: Place) -> int | None:
        reader = await self._users.find(message.chat_id) or self._group
        try:
            words, png = await self._look(reader, card)
        except HydrodiagError:
            return None  # none of the reader's machines any more
        below = place.message_id and ReplyParameters(message_id=place.message_id, allow_sending_without_reply=True)
        await self._outbox.sending(message, _SENT, None)
        if png is None:
            sent = await self._bot.send_message(
                message.chat_id,
                words.text,
                entities=list(words.entities),
                parse_mode=None,
                message_thread_id=place.thread_id,
                reply_parameters=below or None,
                disable_notification=True,
            )
        else:
            sent = await self._bot.send_photo(
                message.chat_id,
                BufferedInputFile(png, f"{card.system.code}.png"),
                caption=words.text,
                caption_entities=list(words.entities),
                parse_mode=None,
                message_thread_id=place.thread_id,
                reply_parameters=below or None,
                disable_notification=True,
            )
        return sent.message_id

    async def _look(self, reader: Actor, card: Card) -> tuple[Formatted, bytes | None]:
        """Return what there is to say, and a picture unless the reader's signal is poor."""
        if not reader.may(Right.SEE_MACHINES, machine=card.system):
            raise NotFoundError("none of the reader's machines any more")
        text = text_of(reader)
        summary = await self._summaries.get(card.group_id, lambda: self._summary(reader, card))
        summary = summary.only(_worst_sensors(card))
        asked = views.question(card, text)
        known = (card.group_id, views.worst(card).id, asked, reader.scope, access_of(reader), reader.language)
        seen, passages = await self._known.get(known, lambda: self._looked_up(reader, card, asked))
        words = views.caption(summary, seen, passages, asked, text)
        return words, None if reader.poor_signal else await self._picture(summary, card, text, reader.zone)

    async def _summary(self, reader: Actor, card: Card) -> SystemSummary:
        return await self._diagnostics.summary(reader, card.system.id, PERIOD)

    async def _looked_up(self, reader: Actor, card: Card, asked: str) -> tuple[Seen, list[ScoredPassage]]:
        seen = await self._repairs.seen(reader, views.worst(card).id)
        return seen, await self._passages(reader, card, asked, views.subject(card, text_of(reader)))

    async def _picture(self, summary: SystemSummary, card: Card, text: Text, zone: ZoneInfo) -> bytes:
        """Draw the summary; readers of one language, with the same units and zone, get the same picture."""
        key = (card.group_id, card.revision, text.language, text.units, zone.key)
        async with self._drawing:  # one at a time: alarms and answers need the processor, too
            if key not in self._drawn:
                self._drawn[key] = await asyncio.to_thread(render_summary, summary, text, zone)
                if len(self._drawn) > _PICTURES_KEPT:
                    self._drawn.popitem(last=False)
            return self._drawn[key]

    async def _passages(self, reader: Actor, card: Card, asked: str, subject: str) -> list[ScoredPassage]:
        """Return what the documents say of the causes, of the chapters on the subject; see `likely_causes`."""
        try:
            on_subject = await self._retrieved(reader, card, subject, _OF_SUBJECT)
            of_causes = await self._retrieved(reader, card, asked, _OF_CAUSES) if on_subject else []
        except HydrodiagError as error:
            log.warning("no documents for the first look", error=str(error))
            return []
        machines = await self._diagnostics.machines(reader)
        others = {word for machine in machines if machine.id != card.system.id for word in _called(machine)}
        found = likely_causes(on_subject, of_causes, reader.language, machine=_called(card.system), others=others)
        return found[:_SHOWN]

    async def _retrieved(self, reader: Actor, card: Card, question: str, most: int) -> Sequence[ScoredPassage]:
        found = await self._orchestrator.retrieve(
            question,
            readership=Readership(access_of(reader)),
            passages=most,
            reader=reader.language,
            machine=card.system.code,
            names=tuple(card.system.names.values()),
        )
        return () if found.verdict is Verdict.REFUSE else found.passages


def _called(machine: System) -> set[str]:
    return {machine.code, *machine.names.values()}


def _worst_sensors(card: Card) -> set[int]:
    ordered = sorted(card.active, key=lambda alarm: (-rank(alarm.severity), alarm.raised_at))
    return set([alarm.sensor_id for alarm in ordered if alarm.sensor_id is not None][:_MOST_SENSORS])
