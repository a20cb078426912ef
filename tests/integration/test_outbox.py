"""Messages wait, are leased to one sender, come back after a crash and are given up in the end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.outbox import FIRST_RETRY, LEASE, MAX_ATTEMPTS, Letter, Notice, Outbox, OutboxMessage
from tests.fakes.clock import SettableClock


@pytest.fixture
def outbox(sessions: SessionFactory, clock: SettableClock) -> Outbox:
    return Outbox(sessions, clock)


async def _add(sessions: SessionFactory, outbox: Outbox, chat_id: int = 1, dedup_key: str | None = None) -> bool:
    async with sessions.begin() as session:
        return await outbox.enqueue(session, chat_id, "access-granted", {"role": "engineer"}, dedup_key=dedup_key)


async def test_a_message_of_a_rolled_back_transaction_does_not_exist(sessions: SessionFactory, outbox: Outbox) -> None:
    async with sessions() as session:
        await outbox.enqueue(session, 1, "access-granted")
        await session.rollback()
    assert await outbox.claim(10) == []


async def test_a_second_message_with_the_same_key_is_dropped(sessions: SessionFactory, outbox: Outbox) -> None:
    assert await _add(sessions, outbox, dedup_key="a")
    assert not await _add(sessions, outbox, dedup_key="a")
    assert len(await outbox.claim(10)) == 1


async def test_messages_left_together_keep_their_order_and_drop_those_there_are(
    sessions: SessionFactory, outbox: Outbox
) -> None:
    await _add(sessions, outbox, dedup_key="3")
    letters = [Letter(1, "access-granted", {"role": str(n)}, str(n)) for n in range(8)]
    async with sessions.begin() as session:
        assert await outbox.enqueue_all(session, letters) == 7
    async with sessions() as session:
        rows = (await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))).all()
    assert [row.dedup_key for row in rows] == list("30124567")


async def test_a_claimed_message_is_nobody_elses_until_its_lease_ends(
    sessions: SessionFactory, outbox: Outbox, clock: SettableClock
) -> None:
    await _add(sessions, outbox)
    assert len(await outbox.claim(10)) == 1
    assert await outbox.claim(10) == []
    clock.advance(LEASE)
    assert len(await outbox.claim(10)) == 1


async def test_two_senders_at_once_never_get_the_same_message(sessions: SessionFactory, outbox: Outbox) -> None:
    for chat_id in range(1, 5):
        await _add(sessions, outbox, chat_id)
    async with sessions.begin() as other:
        locked = select(OutboxMessage.id).order_by(OutboxMessage.id).limit(2).with_for_update()
        taken = set(await other.scalars(locked))
        claimed = {message.id for message in await outbox.claim(10)}
    assert len(claimed) == 2
    assert not claimed & taken


async def test_of_a_chats_messages_only_the_oldest_can_be_claimed(
    sessions: SessionFactory, outbox: Outbox, clock: SettableClock
) -> None:
    for chat_id in (1, 1, 2):
        await _add(sessions, outbox, chat_id)
    first, other = await outbox.claim(10)
    assert [first.chat_id, other.chat_id] == [1, 2]
    assert await outbox.claim(10) == []
    await outbox.retry(first, "502")
    assert await outbox.claim(10) == []
    clock.advance(FIRST_RETRY)
    [again] = await outbox.claim(10)
    assert again.id == first.id
    await outbox.sent(again, 7)
    [second] = await outbox.claim(10)
    assert second.id > first.id


async def test_a_first_look_lets_all_else_of_its_chat_past(sessions: SessionFactory, outbox: Outbox) -> None:
    async with sessions.begin() as session:
        await outbox.enqueue(session, 1, Notice.FIRST_LOOK, {"group_id": 1})
    await _add(sessions, outbox)
    [first] = await outbox.claim(10)
    assert first.kind == "access-granted"
    assert await outbox.claim(10) == []
    await outbox.sent(first, 7)
    [look] = await outbox.claim(10)
    assert look.kind == Notice.FIRST_LOOK
    await _add(sessions, outbox)
    assert [message.kind for message in await outbox.claim(10)] == ["access-granted"]


async def test_a_busy_chat_is_left_out(sessions: SessionFactory, outbox: Outbox) -> None:
    for chat_id in (1, 2):
        await _add(sessions, outbox, chat_id)
    assert [message.chat_id for message in await outbox.claim(10, busy=[1])] == [2]


async def test_what_a_dead_sender_had_in_hand_comes_back_at_once(sessions: SessionFactory, outbox: Outbox) -> None:
    await _add(sessions, outbox)
    [message] = await outbox.claim(10)
    await outbox.sending(message, "digest", 41)
    assert await outbox.take_over() == 1
    [again] = await outbox.claim(10)
    assert (again.id, again.digest, again.watermark) == (message.id, "digest", 41)


async def test_a_clock_set_back_by_years_holds_no_message_up(
    sessions: SessionFactory, outbox: Outbox, clock: SettableClock
) -> None:
    await _add(sessions, outbox)
    [message] = await outbox.claim(10)
    await outbox.retry(message, "502")
    clock.advance(-timedelta(days=1000))
    assert [found.id for found in await outbox.claim(10)] == [message.id]


async def test_a_sent_message_stays_sent(sessions: SessionFactory, outbox: Outbox, clock: SettableClock) -> None:
    await _add(sessions, outbox)
    [message] = await outbox.claim(10)
    await outbox.sent(message)
    clock.advance(LEASE * 10)
    assert await outbox.claim(10) == []


async def test_retries_come_later_each_time_and_end(
    sessions: SessionFactory, outbox: Outbox, clock: SettableClock
) -> None:
    await _add(sessions, outbox)
    for attempt in range(MAX_ATTEMPTS):
        [message] = await outbox.claim(10)
        await outbox.retry(message, "502")
        if attempt == 0:
            clock.advance(FIRST_RETRY - timedelta(seconds=1))
            assert await outbox.claim(10) == []
        clock.advance(timedelta(hours=1))
    assert await outbox.claim(10) == []
    async with sessions() as session:
        [given_up] = await session.scalars(select(OutboxMessage))
    assert given_up.failed_at is not None
    assert given_up.error == "502"


async def test_a_pause_that_telegram_asked_for_is_no_attempt(
    sessions: SessionFactory, outbox: Outbox, clock: SettableClock
) -> None:
    await _add(sessions, outbox)
    for _ in range(MAX_ATTEMPTS + 1):
        [message] = await outbox.claim(10)
        await outbox.postpone(message, timedelta(seconds=3))
        clock.advance(timedelta(seconds=3))
    [message] = await outbox.claim(10)
    assert message.attempts == 1


async def test_messages_follow_a_group_that_moved(sessions: SessionFactory, outbox: Outbox) -> None:
    await _add(sessions, outbox, chat_id=-5)
    await outbox.move_chat(-5, -100500)
    assert [message.chat_id for message in await outbox.claim(10)] == [-100500]


async def test_pruning_keeps_what_still_waits(sessions: SessionFactory, outbox: Outbox, clock: SettableClock) -> None:
    await _add(sessions, outbox)
    [message] = await outbox.claim(10)
    await outbox.sent(message)
    await _add(sessions, outbox)
    clock.advance(timedelta(days=31))
    assert await outbox.prune(timedelta(days=30)) == 1
    assert len(await outbox.claim(10)) == 1


async def test_those_that_wait_are_counted_as_far_as_asked(sessions: SessionFactory, outbox: Outbox) -> None:
    for chat_id in range(1, 5):
        await _add(sessions, outbox, chat_id)
    await outbox.sent((await outbox.claim(1))[0], 7)
    assert await outbox.waiting("access-granted", 10) == 3
    assert await outbox.waiting("access-granted", 2) == 2
    assert await outbox.waiting("alarm", 10) == 0
