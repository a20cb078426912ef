"""Maintenance from the chat: planned, confirmed once, followed in one message, cancelled; each role, both languages."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.console import ADMIN, ENGINEER, STRANGER
from core.clock import utc_now
from core.timescale.journal import PLAN_LIFETIME
from core.timescale.models import Operation, State
from core.users.models import AuditEntry, Role
from core.users.rights import OPERATOR
from tests.bot.conftest import Message, Stage
from workers.diagnostics import run_operation

timescale = pytest.mark.timescale
CHANGES = ("/partitions 4", "/compress 30d", "/retention 90d", "/policies retain 90d")
LOOKS = ("/health", "/stats", "/chunks", "/policies", "/jobs")


async def fill(stage: Stage, weeks: int) -> None:
    """Write a reading a week, up to now, and give the roll-ups what they need."""
    async with stage.container.engine.begin() as connection:
        for week in range(weeks + 1):
            await connection.execute(
                text("INSERT INTO sensor_data VALUES (1, CAST(:at AS timestamptz), 1.0)"),
                {"at": utc_now() - timedelta(weeks=week)},
            )


async def chunks(stage: Stage) -> int:
    """Ask TimescaleDB itself."""
    async with stage.container.engine.connect() as connection:
        count = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_data'"
        return int(await connection.scalar(text(count)) or 0)


async def last(stage: Stage) -> Operation:
    async with stage.container.sessions() as session:
        return (await session.scalars(select(Operation).order_by(Operation.id.desc()).limit(1))).one()


async def run_last(stage: Stage, *, confirmed_by: int | None = None) -> None:
    operation = await last(stage)
    if confirmed_by is not None:
        async with stage.container.sessions() as session:
            own = select(Operation).where(Operation.confirmed_by == confirmed_by).order_by(Operation.id.desc())
            operation = (await session.scalars(own.limit(1))).one()
    await run_operation(stage.container, operation_id=operation.id)


async def turned(stage: Stage, message: Message, words: str) -> Message:
    def edited(m: Message) -> bool:
        return m["message_id"] == message["message_id"] and words in m["text"]

    return await stage.console.wait_for(ADMIN, edited)


@timescale
async def test_retention_is_planned_confirmed_followed_and_on_record(stage: Stage) -> None:
    await fill(stage, 6)
    before = await chunks(stage)
    plan = await stage.ask("/retention 30d", who=ADMIN)
    assert "Drop " in plan["text"]
    assert "can't be undone" in plan["text"]
    assert await chunks(stage) == before
    await stage.press(plan, "Drop them", who=ADMIN)
    await turned(stage, plan, "Waiting for the worker")
    await run_last(stage)
    done = await turned(stage, plan, "✅ Done")
    assert "Chunks dropped:" in done["text"]
    assert "1 row · _hyper_" in done["text"]  # each by its range, size, rows and name
    assert not done.get("reply_markup")
    assert await chunks(stage) < before
    async with stage.container.sessions() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "timescale.clean"))).all()
    assert [(one.outcome, one.actor_id) for one in entries] == [("confirmed", ADMIN), ("done", ADMIN)]
    jobs = await stage.ask("/jobs", who=ADMIN)
    assert "✅" in jobs["text"]
    number = (await last(stage)).id
    await stage.press(jobs, f"#{number}", who=ADMIN)
    await stage.console.wait_for(ADMIN, lambda m: m["message_id"] > jobs["message_id"] and "✅ Done" in m["text"])


@timescale
async def test_a_button_works_once_and_not_when_its_plan_is_old(stage: Stage) -> None:
    plan = await stage.ask("/partitions 5", who=ADMIN)
    presses = [stage.press(plan, "Create them", who=ADMIN) for _ in range(2)]
    answers = await asyncio.gather(*presses)
    assert sum("Nothing was done" in answer.get("text", "") for answer in answers) == 1
    await run_last(stage)
    await turned(stage, plan, "Chunks created:")
    old = await stage.ask("/partitions 8", who=ADMIN)
    async with stage.container.engine.begin() as connection:
        aged = text("UPDATE maintenance_operations SET planned_at = planned_at - CAST(:age AS interval)")
        await connection.execute(aged, {"age": PLAN_LIFETIME})
    before = await chunks(stage)
    assert "Nothing was done" in (await stage.press(old, "Create them", who=ADMIN))["text"]
    assert await chunks(stage) == before


@timescale
async def test_of_two_admins_who_order_the_same_at_once_one_is_told_that_it_is_under_way(stage: Stage) -> None:
    await fill(stage, 8)
    await stage.container.users.enrol(OPERATOR, STRANGER, Role.ADMIN, name="Sam", language="en")
    plans = {who: await stage.ask("/retention 21d", who=who) for who in (ADMIN, STRANGER)}
    answers = await asyncio.gather(*(stage.press(plan, "Drop them", who=who) for who, plan in plans.items()))
    told = [answer.get("text", "") for answer in answers]
    assert sorted("does the same and has not ended yet" in words for words in told) == [False, True], told
    async with stage.container.sessions() as session:
        ordered = (await session.scalars(select(Operation).where(Operation.state == State.QUEUED))).all()
    assert len(ordered) == 1
    await run_operation(stage.container, operation_id=ordered[0].id)
    first, late = (ADMIN, STRANGER) if ordered[0].confirmed_by == ADMIN else (STRANGER, ADMIN)
    left = await chunks(stage)
    message = plans[first]["message_id"]
    await stage.console.wait_for(first, lambda m: m["message_id"] == message and "✅ Done" in m["text"])
    await stage.press(plans[late], "Drop them", who=late)  # pressed again, it finds nothing left to do
    await run_last(stage, confirmed_by=late)
    assert await chunks(stage) == left
    async with stage.container.sessions() as session:
        done = select(AuditEntry).where(AuditEntry.action == "timescale.clean", AuditEntry.outcome == "done")
        results = [entry.details.get("result", {}) for entry in await session.scalars(done.order_by(AuditEntry.id))]
    assert [len(result.get("dropped", [])) > 0 for result in results] == [True, False]


@timescale
async def test_what_is_all_on_hold_is_said_and_offers_no_button(stage: Stage) -> None:
    await fill(stage, 6)
    await stage.ask("/retention hold 2020-01-01 2030-01-01 insurance case 7", who=ADMIN)
    plan = await stage.ask("/retention 14d", who=ADMIN)
    assert "Nothing to drop" in plan["text"]
    assert "reply_markup" not in plan


@timescale
async def test_a_policy_says_what_this_edition_can_not_do(stage: Stage) -> None:
    async with stage.container.engine.connect() as connection:
        if await connection.scalar(text("SELECT current_setting('timescaledb.license') = 'timescale'")):
            pytest.skip("this is the Community edition")
    assert "that needs TimescaleDB Community" in (await stage.ask("/policies", who=ADMIN))["text"]


@timescale
async def test_what_was_there_already_is_told_apart_from_what_was_created(stage: Stage) -> None:
    for ahead in (2, 4):
        plan = await stage.ask(f"/partitions {ahead}", who=ADMIN)
        await stage.press(plan, "Create them", who=ADMIN)
        await run_last(stage)
        done = await turned(stage, plan, "✅ Done")
    result = (await last(stage)).result
    assert (len(result["created"]), result["existing"]) == (2, [{"count": 3}])
    assert "There already: 3" in done["text"]


@timescale
async def test_a_plan_and_an_order_can_be_dropped(stage: Stage) -> None:
    plan = await stage.ask("/partitions 5", who=ADMIN)
    await stage.press(plan, "Leave it", who=ADMIN)
    assert not (await turned(stage, plan, "Cancelled")).get("reply_markup")
    ordered = await stage.ask("/partitions 5", who=ADMIN)
    await stage.press(ordered, "Create them", who=ADMIN)
    waiting = await turned(stage, ordered, "Waiting for the worker")
    await stage.press(waiting, "Cancel", who=ADMIN)
    await turned(stage, ordered, "Cancelled")
    await run_last(stage)
    assert (await last(stage)).state == State.CANCELLED


@timescale
async def test_a_policy_is_declared_compared_and_applied(stage: Stage) -> None:
    stage.console.choose_language(ADMIN, "ru")
    shown = await stage.ask("/policies chunk 14д", who=ADMIN)
    assert "Новые чанки: 7 дн" in shown["text"].replace("\N{NO-BREAK SPACE}", " ") or "Не так" in shown["text"]
    await stage.press(shown, "Привести", who=ADMIN)
    await run_last(stage)
    await turned(stage, shown, "Готово")
    async with stage.container.engine.connect() as connection:
        length = await connection.scalar(
            text("SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'sensor_data'")
        )
    assert length == timedelta(days=14)


@timescale
async def test_a_legal_hold_is_placed_kept_and_released(stage: Stage) -> None:
    await fill(stage, 6)
    held = await stage.ask("/retention hold 2020-01-01 2030-01-01 insurance case 7", who=ADMIN)
    assert "insurance case 7" in held["text"]
    plan = await stage.ask("/retention 14d", who=ADMIN)
    assert "On legal hold" in plan["text"]
    number = held["text"].split(".")[0].splitlines()[-1]
    assert "no legal holds" in (await stage.ask(f"/retention release {number}", who=ADMIN))["text"]
    assert "no such hold" in (await stage.ask(f"/retention release {number}", who=ADMIN))["text"]


@timescale
async def test_chunks_come_as_a_picture(stage: Stage) -> None:
    await fill(stage, 6)
    shown = await stage.ask("/chunks", who=ADMIN)
    assert shown["photo"]
    assert "sensor_data: " in shown["caption"]


@timescale
@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ('/retention x"; drop table users; -- 30d', "no such table"),
        ('/retention public."Nowhere" 30d', "no such table"),
        ('/retention "Sensor_Data" 30d', "no such table"),
        ("/partitions users 3", "users is not a hypertable"),
        ("/partitions pg_stat_activity 3", "pg_stat_activity is a view"),
        ("/retention sensor_minutes 3d", "sensor_minutes is a view"),
        ("/chunks pk_sensor_data", "pk_sensor_data is not a table"),
        ('/stats x"; drop table users; --', "no such table"),
        ("/retention -1 day", "range of time makes no sense"),
        ("/retention 1 century", "no chunk is that old"),
        ("/retention 99999 centuries", "range of time makes no sense"),
        ("/retention abc", "no table “abc”, and it is no span of time"),
        ("/compress abc", "no table “abc”, and it is no span of time"),
        ("/retention sensor_data abc", "no table “sensor_data abc”"),
        ("/partitions abc", "how many chunks"),
        ("/partitions 2026-02-30 2026-03-01", "how many chunks"),
        ("/partitions 2026-03-02 2026-03-01", "range of time makes no sense"),
        ("/policies chunk abc", "no span of time"),
        ("/policies sensor_data retain abc", "no span of time"),
        ("/policies chunk -1 day", "at least 1 hour"),
        ("/policies chunk 1 century", "at most 366 days"),
        ("/partitions 9999", "more than"),
    ],
)
async def test_hostile_words_get_a_clear_answer(stage: Stage, command: str, answer: str) -> None:
    assert answer in (await stage.ask(command, who=ADMIN))["text"]


@pytest.mark.parametrize(
    ("language", "no_right", "who_you_are"),
    [("en", "don't have the right", "Your Telegram id"), ("ru", "нет на это прав", "Ваш Telegram id")],
)
async def test_engineers_and_strangers_see_and_change_nothing(
    stage: Stage, language: str, no_right: str, who_you_are: str
) -> None:
    stage.console.choose_language(STRANGER, language)
    stage.console.choose_language(ENGINEER, language)
    for command in (*LOOKS, *CHANGES):
        refused = await stage.ask(command)
        assert no_right in refused["text"], command
        assert "reply_markup" not in refused
    said = await stage.console.say(STRANGER, LOOKS[0])
    first = await stage.console.wait_for(STRANGER, lambda _: True, after=said["message_id"])
    assert who_you_are in first["text"]
    assert "PostgreSQL" not in first["text"]
    for command in (*LOOKS[1:], *CHANGES):  # told once that they must be let in; then nothing more
        await stage.console.say(STRANGER, command)
    async with stage.container.sessions() as session:
        assert (await session.scalars(select(Operation))).all() == []


async def test_plain_postgresql_says_what_is_missing(stage: Stage) -> None:
    async with stage.container.engine.connect() as connection:
        if await connection.scalar(text("SELECT true FROM pg_extension WHERE extname = 'timescaledb'")):
            pytest.skip("this database has TimescaleDB")
    for command in ("/chunks", "/policies", *CHANGES):
        assert "needs TimescaleDB" in (await stage.ask(command, who=ADMIN))["text"], command
    assert "no chunks" in (await stage.ask("/stats", who=ADMIN))["text"]
