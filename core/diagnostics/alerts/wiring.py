"""The parts of alerting, put together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.cards import AlarmCards
from core.diagnostics.alerts.desk import AlarmDesk
from core.diagnostics.alerts.listing import AlarmLists
from core.diagnostics.alerts.service import AlarmService
from core.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Alerting:
    """`book` takes findings and time, `cards` and `lists` show, `desk` acts for people."""

    book: AlarmService
    cards: AlarmCards
    desk: AlarmDesk
    lists: AlarmLists


def create_alerting(sessions: SessionFactory, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> Alerting:
    """Build the services; `zone` is the plant's time zone."""
    book = AlarmService(sessions, clock, outbox, zone=zone)
    cards = AlarmCards(sessions, clock)
    return Alerting(book, cards, AlarmDesk(sessions, clock, book), AlarmLists(sessions, clock, cards, book))
