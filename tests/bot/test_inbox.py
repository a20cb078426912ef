"""What a bot had in hand when it was killed is handled by the next one, and nothing is handled twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from aiogram import Dispatcher
from aiogram.types import Chat, Message, Update, User
from redis.asyncio import Redis

from bot import inbox as module
from bot.again import handle_again
from bot.app import create_bot
from bot.console import ADMIN, ENGINEER, Console
from bot.inbox import Inbox, Orphan
from core.diagnostics.exports.service import ExportService
from core.embedded import EmbeddedValkey
from core.privacy.export import PersonalDataService
from core.rag.models import QueryLogEntry
from core.rag.querylog import QueryLog
from core.settings import Settings
from tests.bot.answered import add_answer
from tests.bot.conftest import Stage, running
from tests.fakes.assistant import model_answer

KEPT = "hydrodiag:inbox"


def _update(number: int, text: str = "why?") -> Update:
    person, chat = User(id=1, is_bot=False, first_name="Kim"), Chat(id=1, type="private")
    said = Message(message_id=number, date=datetime.now(UTC), chat=chat, from_user=person, text=text)
    return Update(update_id=number, message=said)


async def _numbers(inbox: Inbox) -> list[int]:
    return [orphan.update.update_id for orphan in await inbox.orphans()]


async def _empty(redis: Redis) -> bool:
    for _ in range(100):
        if not await redis.hlen(KEPT):  # type: ignore[misc]
            return True
        await asyncio.sleep(0.05)
    return False


async def test_what_a_dead_process_had_in_hand_is_taken_up_by_one_other(redis: Redis) -> None:
    dead, one, other = Inbox(redis), Inbox(redis), Inbox(redis)
    await dead.keep([_update(2), _update(1)])
    await one.beat()
    taken = [*await _numbers(one), *await _numbers(other)]
    assert taken == [1, 2]
    assert one.keeps(1)


async def test_what_a_living_process_has_in_hand_is_left_alone(redis: Redis) -> None:
    alive, other = Inbox(redis), Inbox(redis)
    await alive.beat()
    await alive.keep([_update(1)])
    assert await _numbers(other) == []


async def test_who_ends_in_order_leaves_what_is_unfinished_to_the_next_at_once(redis: Redis) -> None:
    first, second = Inbox(redis), Inbox(redis)
    await first.keep([_update(1)])
    running = asyncio.ensure_future(first.run(lambda _: None))
    while not await redis.keys(f"{KEPT}:alive:*"):
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    assert await _numbers(second) == [1]


async def test_an_update_comes_back_whole_and_under_its_correlation_id(redis: Redis) -> None:
    dead, other = Inbox(redis), Inbox(redis)
    await dead.keep([_update(1, "почему?")])
    [orphan] = await other.orphans()
    assert orphan.update.message
    assert orphan.update.message.text == "почему?"
    assert orphan.update.message.from_user
    assert orphan.update.message.from_user.id == 1
    assert other.correlation_id(1) == dead.correlation_id(1)


async def test_what_people_answer_to_is_kept_as_well(redis: Redis) -> None:
    """aiogram fills in marks for "the bot's default" that can't be written as JSON."""
    options = {"url": "https://example.org"}
    chat, sender = {"id": 1, "type": "private"}, {"id": 1, "is_bot": False, "first_name": "Kim"}
    said = {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "see", "link_preview_options": options}
    update = {"update_id": 7, "message": said | {"message_id": 2, "reply_to_message": said}}
    await Inbox(redis).keep([Update.model_validate(update)])
    [orphan] = await Inbox(redis).orphans()
    assert orphan.update.model_dump_json(exclude_unset=True, by_alias=True) == Update.model_validate(
        update
    ).model_dump_json(exclude_unset=True, by_alias=True)


async def test_what_ends_its_process_again_and_again_is_given_up(redis: Redis) -> None:
    await Inbox(redis).keep([_update(1)])
    outcomes = [[orphan.hopeless for orphan in await Inbox(redis).orphans()] for _ in range(4)]
    assert outcomes == [[False], [False], [True], []]


async def test_what_could_not_be_told_is_tried_again(redis: Redis) -> None:
    inbox = Inbox(redis)
    await inbox.keep([_update(1)])
    assert await inbox.begin(1)
    await inbox.finish(1, well=False)
    assert await _numbers(inbox) == [1]
    assert await inbox.begin(1)


async def test_what_telegram_brings_twice_is_handled_once(redis: Redis) -> None:
    first, second = Inbox(redis), Inbox(redis)
    await first.keep([_update(1)])
    assert await first.begin(1)
    assert not await first.begin(1)
    await first.finish(1, well=True)
    await second.keep([_update(1)])
    assert not await second.begin(1)
    assert await _empty(redis)


async def test_a_restart_of_redis_is_waited_for(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    client = Redis.from_url(await server.start())
    inbox = Inbox(client)
    await server.stop()
    keeping = asyncio.ensure_future(inbox.keep([_update(1)]))
    await asyncio.sleep(0.2)
    await server.start()
    await keeping
    assert inbox.keeps(1)
    await client.aclose()
    await server.stop()


async def test_an_end_that_redis_missed_is_told_later(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    client = Redis.from_url(await server.start())
    inbox = Inbox(client)
    await inbox.keep([_update(1)])
    await server.stop()
    await inbox.finish(1, well=True)
    await server.start()
    await inbox.keep([_update(2)])
    await inbox.finish(2, well=True)
    assert await _empty(client)
    await client.aclose()
    await server.stop()


async def test_without_redis_updates_are_handled_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BRIDGED_S", 0.0)
    inbox = Inbox(Redis.from_url(f"unix://{tmp_path}/none.sock"))
    await inbox.keep([_update(1)])
    assert not inbox.keeps(1)


async def _left_behind(console: Console, redis: Redis) -> Inbox:
    """Have a bot fetch what people said and be killed before it did anything about it."""
    dead = Inbox(redis)
    fetched = await console.state.updates.poll(0, 100, 0)
    await dead.keep([Update.model_validate(update) for update in fetched])
    await console.state.updates.poll(max(update["update_id"] for update in fetched) + 1, 100, 0)
    return dead


async def test_a_command_that_a_killed_bot_had_fetched_is_answered(
    console: Console, settings: Settings, redis: Redis
) -> None:
    await console.say(ENGINEER, "/help")
    await _left_behind(console, redis)
    async with running(console, settings) as stage:
        assert (await stage.console.wait_for(ENGINEER))["from"]["is_bot"]
        assert await _empty(redis)


async def test_a_file_that_a_killed_bot_had_begun_to_fetch_gets_into_the_library(
    console: Console, settings: Settings, redis: Redis
) -> None:
    await console.upload(ADMIN, "pump.md", b"# Pump\n\nIt whines.")
    await _left_behind(console, redis)
    async with running(console, settings) as stage:
        await stage.console.wait_for(ADMIN, lambda m: "is in the library" in m.get("text", ""))
        assert await _empty(redis)


async def test_questions_are_kept_until_they_are_answered_also_those_in_line(stage: Stage, redis: Redis) -> None:
    go: Any = asyncio.Event()
    stage.assistant.script = [go, model_answer("Check [1].")]
    await stage.console.say(ENGINEER, "почему?")
    await stage.ask("а почему?", lambda m: "очеред" in m["text"].lower() or "вопрос" in m["text"].lower())
    assert await redis.hlen(KEPT) == 2  # type: ignore[misc]
    go.set()
    assert await _empty(redis)


def _held(monkeypatch: pytest.MonkeyPatch, service: type[Any]) -> asyncio.Event:
    """Have exports of a service wait for the event that is returned."""
    go, export = asyncio.Event(), service.export

    @asynccontextmanager
    async def later(*args: Any, **more: Any) -> AsyncIterator[Any]:
        await go.wait()
        async with export(*args, **more) as made:
            yield made

    monkeypatch.setattr(service, "export", later)
    return go


async def _kept(redis: Redis) -> list[str]:
    """Return what people said that nobody has told the end of."""
    kept = await cast(Awaitable[list[bytes]], redis.hvals(KEPT))
    return [orjson.loads(entry)["update"]["message"]["text"] for entry in kept]


async def _begun(stage: Stage) -> None:
    """Wait until a file is being made."""
    async with asyncio.timeout(10):
        while not stage.container.supervisor._tasks:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("service", "words"), [(PersonalDataService, "/mydata"), (ExportService, "/export press-1 last hour")]
)
async def test_files_that_are_asked_for_are_kept_until_their_end_is_told(
    stage: Stage, redis: Redis, monkeypatch: pytest.MonkeyPatch, service: type[Any], words: str
) -> None:
    go = _held(monkeypatch, service)
    said = await stage.console.say(ADMIN, words)
    await _begun(stage)
    await stage.ask("/help", who=ENGINEER)
    async with asyncio.timeout(10):
        while await _kept(redis) != [words]:
            await asyncio.sleep(0.01)
    go.set()
    await stage.console.wait_for(ADMIN, lambda m: m["from"]["is_bot"], after=said["message_id"])
    assert await _empty(redis)


async def test_a_file_whose_making_ended_with_its_bot_is_made_by_the_next(
    console: Console, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(console, settings) as stage:
        with monkeypatch.context() as slow:
            _held(slow, PersonalDataService)
            await console.say(ADMIN, "/mydata")
            await _begun(stage)
    assert await _kept(redis) == ["/mydata"]
    async with running(console, settings):
        await console.wait_for(ADMIN, lambda m: "document" in m)
        assert await _empty(redis)


async def test_stopped_questions_are_not_asked_again(stage: Stage, redis: Redis) -> None:
    stage.assistant.script = [asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    await stage.ask("а почему?")
    await stage.ask("/stop", lambda m: "Остановлено" in m["text"])
    assert await _empty(redis)


async def test_an_interrupted_question_that_is_asked_again_is_not_reported(stage: Stage) -> None:
    query = await add_answer(stage, outcome="pending", correlation_id="abc", question="why?")
    other = await add_answer(stage, outcome="pending", correlation_id="def", question="why not?")
    log = QueryLog(stage.container.sessions, stage.container.clock)
    await log.give_up_interrupted(stage.container.outbox, asked_again={"abc"}, older_than=timedelta())
    await stage.console.wait_for(ENGINEER, lambda m: "why not?" in m["text"])
    async with stage.container.sessions() as session:
        for number in (query, other):
            entry = await session.get(QueryLogEntry, number)
            assert entry
            assert entry.outcome == "failed"
    assert all("why?" not in m["text"] for m in stage.console.messages(ENGINEER))


async def test_what_was_given_up_is_told(console: Console, settings: Settings) -> None:
    chat = Chat(id=ENGINEER, type="private")
    person = User(id=ENGINEER, is_bot=False, first_name="Ivan", language_code="ru")
    message = Message(message_id=1, date=datetime.now(UTC), chat=chat, from_user=person, text="/language")
    async with create_bot(settings).context() as bot:
        await handle_again(bot, Dispatcher(), Orphan(Update(update_id=1, message=message), hopeless=True))
    await console.wait_for(ENGINEER, lambda m: "сообщите администратору" in m["text"])
