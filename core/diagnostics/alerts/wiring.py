"""The parts of alerting, put together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.cards import AlarmCards
from core.diagnostics.alerts.chain_desk import ChainDesk
from core.diagnostics.alerts.desk import AlarmDesk
from core.diagnostics.alerts.duty import DutyDesk
from core.diagnostics.alerts.listing import AlarmLists
from core.diagnostics.alerts.rehearsal import Rehearsals
from core.diagnostics.alerts.rotas import Rotas
from core.diagnostics.alerts.service import AlarmService
from core.diagnostics.alerts.storms import Storms
from core.diagnostics.alerts.subscriptions import Subscriptions
from core.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Alerting:
    """`book` takes findings and time, `cards`, `storms` and `lists` show, `desk` acts for people.

    Who is told: `subscriptions` say what chats want to hear, `duty` and `rotas` who is on call,
    `chains` whom else to call; `rehearsals` walk through all of it.
    """

    book: AlarmService
    cards: AlarmCards
    storms: Storms
    desk: AlarmDesk
    lists: AlarmLists
    subscriptions: Subscriptions
    duty: DutyDesk
    rotas: Rotas
    chains: ChainDesk
    rehearsals: Rehearsals


def create_alerting(sessions: SessionFactory, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> Alerting:
    """Build the services; `zone` is the plant's time zone."""
    book = AlarmService(sessions, clock, outbox, zone=zone)
    cards = AlarmCards(sessions, clock)
    return Alerting(
        book=book,
        cards=cards,
        storms=Storms(sessions, clock, outbox),
        desk=AlarmDesk(sessions, clock, book),
        lists=AlarmLists(sessions, clock, cards, book),
        subscriptions=Subscriptions(sessions),
        duty=DutyDesk(sessions, clock, outbox, zone),
        rotas=Rotas(sessions, clock, outbox, zone),
        chains=ChainDesk(sessions, zone),
        rehearsals=Rehearsals(sessions, clock, zone),
    )
