"""Old questions go, the rest stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.rag import retention
from core.rag.models import Conversation, QueryLogEntry
from core.rag.retention import ChatLogRetention
from core.users.models import AuditEntry, User
from tests.fakes.clock import SettableClock

DAY = timedelta(days=1)


@pytest.fixture
async def ages(sessions: SessionFactory, clock: SettableClock) -> None:
    """Questions of 1 to 20 days, one of 30 that is still being answered, and two conversations."""
    now = clock()
    async with sessions.begin() as session:
        session.add_all([User(id=1, name="Ivan"), User(id=2, name="Olga")])
        await session.flush()
        session.add_all(
            [
                *(
                    QueryLogEntry(
                        asked_at=now - age * DAY, user_id=1, language="en", question=str(age), outcome="answered"
                    )
                    for age in range(1, 21)
                ),
                QueryLogEntry(asked_at=now - 30 * DAY, language="en", question="pending"),
                Conversation(chat_id=1, user_id=1, machine="old", updated_at=now - 15 * DAY),
                Conversation(chat_id=2, user_id=2, machine="new", updated_at=now - DAY),
            ]
        )


async def _left(sessions: SessionFactory) -> set[str]:
    async with sessions() as session:
        return set(await session.scalars(select(QueryLogEntry.question)))


async def test_what_is_older_goes_batch_by_batch_and_is_on_record(
    sessions: SessionFactory, clock: SettableClock, ages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 3)
    service = ChatLogRetention(sessions, clock, 10 * DAY)
    assert await service.purge() == 10
    assert await _left(sessions) == {*(str(age) for age in range(1, 11)), "pending"}
    async with sessions() as session:
        assert list(await session.scalars(select(Conversation.machine))) == ["new"]
        assert [e.details["questions"] for e in await session.scalars(select(AuditEntry))] == [10]
    assert await service.purge() == 0


async def test_zero_days_keep_everything(sessions: SessionFactory, clock: SettableClock, ages: None) -> None:
    assert await ChatLogRetention(sessions, clock, 0 * DAY).purge() == 0
    assert len(await _left(sessions)) == 21
