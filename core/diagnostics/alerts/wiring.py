"""The parts of alerting, put together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.cards import AlarmCards
from core.diagnostics.alerts.desk import AlarmDesk
from core.diagnostics.alerts.listing import AlarmLists
from core.diagnostics.alerts.service import AlarmService
from core.diagnostics.alerts.subscriptions import Subscriptions
from core.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Alerting:
    """`book` takes findings and time, `cards` and `lists` show, `desk` acts for people; `subscriptions`: who hears."""

    book: AlarmService
    cards: AlarmCards
    desk: AlarmDesk
    lists: AlarmLists
    subscriptions: Subscriptions


def create_alerting(sessions: SessionFactory, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> Alerting:
    """Build the services; `zone` is the plant's time zone."""
    book = AlarmService(sessions, clock, outbox, zone=zone)
    cards = AlarmCards(sessions, clock)
    return Alerting(
        book=book,
        cards=cards,
        desk=AlarmDesk(sessions, clock, book),
        lists=AlarmLists(sessions, clock, cards, book),
        subscriptions=Subscriptions(sessions),
    )
