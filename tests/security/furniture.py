"""Something of every kind, of a machine that is in scope and of one that isn't; and what somebody else asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text as sql

from core.container import Container
from core.database import SessionFactory
from core.diagnostics.alerts.models import Alarm, AlarmGroup, Silence
from core.diagnostics.ingest.models import QuarantinedReading
from core.diagnostics.models import Sensor, System
from core.diagnostics.repairs.models import RepairCase
from core.diagnostics.reports.service import NewReport
from core.rag.models import Document
from core.rag.querylog import QueryLog
from core.timescale.models import Operation
from core.users.models import Role
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.fakes.assistant import model_answer

SECRET = "Unmentionable"
"""Part of whatever people wrote about the machine that is out of scope."""
PRIVATE_MATTER = "Confidential"
"""Part of a question that somebody else asked, and of its answer."""
_KEPT = (
    "SELECT 'reports', to_jsonb(t)::text FROM diagnostic_reports t WHERE system_id = :system"
    " UNION ALL SELECT 'steps', to_jsonb(t)::text FROM report_events t"
    " WHERE report_id IN (SELECT id FROM diagnostic_reports WHERE system_id = :system)"
    " UNION ALL SELECT 'alarms', (to_jsonb(t) - 'quiet')::text FROM alarms t WHERE system_id = :system"
    " UNION ALL SELECT 'groups', (to_jsonb(t) - 'due_at' - 'escalate_at')::text FROM alarm_groups t"
    " WHERE system_id = :system"
    " UNION ALL SELECT 'cases', to_jsonb(t)::text FROM repair_cases t WHERE system_id = :system"
    " UNION ALL SELECT 'silences', to_jsonb(t)::text FROM silences t WHERE matcher -> 'machines' ? :code"
    " UNION ALL SELECT 'handovers', to_jsonb(t)::text FROM handovers t WHERE machines ? :code"
    " UNION ALL SELECT 'machines', to_jsonb(t)::text FROM systems t WHERE id = :system"
    " UNION ALL SELECT 'sensors', to_jsonb(t)::text FROM sensors t WHERE system_id = :system"
    " ORDER BY 1, 2"
)
_ASKED = "SELECT to_jsonb(t)::text FROM query_log t WHERE user_id = :another"


@dataclass(frozen=True, slots=True)
class Furniture:
    """Fields of buttons, of ours and of theirs."""

    ours: dict[str, Any]
    theirs: dict[str, Any]

    async def of_theirs(self, sessions: SessionFactory, code: str) -> list[str]:
        """Return every row about the machine that is theirs."""
        values = {"system": self.theirs["system_id"], "code": code}
        async with sessions() as session:
            return [f"{table}: {row}" for table, row in await session.execute(sql(_KEPT), values)]

    async def asked(self, sessions: SessionFactory, another: int) -> list[str]:
        """Return what somebody else has asked."""
        async with sessions() as session:
            return list(await session.scalars(sql(_ASKED), {"another": another}))


async def furnish(container: Container, asker: Actor, another: Actor, machines: dict[str, int]) -> Furniture:
    """Put something of every kind into the database."""
    shared = await _shared(container, another)
    ours = await _of_machine(container, asker, machines["ours"], "press-1", "north", "ours")
    theirs = await _of_machine(container, another, machines["theirs"], "secret-1", "south", f"{SECRET} words")
    return Furniture(ours | shared, theirs | shared)


async def _of_machine(
    container: Container, asker: Actor, system_id: int, code: str, site: str, words: str
) -> dict[str, Any]:
    now = datetime.now(UTC)
    log = QueryLog(container.sessions, container.clock)
    private = PRIVATE_MATTER if words.startswith(SECRET) else "open"
    query_id = await log.begin(asker, asker.id, f"{private} question about {words}", "en", code)
    await log.finish(query_id, model_answer(f"{private} answer about {words} [1]", query_id=query_id))
    report = await container.reports.open(OPERATOR, NewReport(code, words))
    there = Actor(asker.id, asker.name, Role.ENGINEER, scope=Scope.parse(f"machine:{code}"))
    await container.handovers.hand_over(there, words)
    async with container.sessions.begin() as session:
        assert await session.get(System, system_id)
        sensor = Sensor(
            system_id=system_id, code="p", names={"en": words}, quantity="pressure", unit="bar", warning_high=200.0
        )
        group = AlarmGroup(system_id=system_id, opened_at=now, told_at=now)
        over = AlarmGroup(system_id=system_id, opened_at=now, told_at=now, closed_at=now)
        session.add_all([sensor, group, over])
        await session.flush()
        standing = _alarm(group, sensor, now, quiet="silenced")
        ended = _alarm(over, sensor, now, active=False, cleared_at=now, closed_at=now)
        case = RepairCase(system_id=system_id, kind="limit", cause=words, part=words, author_name="Another")
        silence = Silence(
            kind="silenced",
            matcher={"machines": [code]},
            author_name="Another",
            reason=words,
            starts_at=now,
            ends_at=now + timedelta(hours=8),
        )
        document = Document(
            name=f"{words}.md",
            title=words,
            media_type="text/markdown",
            language="en",
            content_hash=code,
            content=words.encode(),
            size=len(words),
            machines=[code],
        )
        session.add_all([standing, ended, case, silence, document])
        await session.flush()
        handover = await session.scalar(sql("SELECT max(id) FROM handovers"))
        return {
            "system_id": system_id,
            "report_id": report.row.id,
            "group_id": group.id,
            "over_group_id": over.id,
            "case_id": case.id,
            "silence_id": silence.id,
            "document_id": document.id,
            "handover_id": handover,
            "query_id": query_id,
        }


def _alarm(group: AlarmGroup, sensor: Sensor, now: datetime, **more: Any) -> Alarm:
    values = {"value": 210.0, "limit": 200.0, "unit": "bar"}
    ranks = {"severity": "warning", "peak": "warning", "told": "warning"}
    return Alarm(
        system_id=group.system_id,
        sensor_id=sensor.id,
        kind="limit",
        group_id=group.id,
        raised_at=now,
        seen_at=now,
        **ranks,
        **values,
        **more,
    )


async def _shared(container: Container, another: Actor) -> dict[str, Any]:
    """Put there what belongs to no machine."""
    rota = await container.alerting.rotas.create(OPERATOR, "Night")
    await container.alerting.rotas.set_member(OPERATOR, rota.id, another.id or 0, member=True)
    chain = await container.alerting.chains.create(OPERATOR)
    async with container.sessions.begin() as session:
        operation = Operation(kind="ensure", table_name="public.sensor_data", state="planned")
        reading = QuarantinedReading(source="x", reason="unknown_sensor", raw=b"x", sensor="x", digest=b"x")
        session.add_all([operation, reading])
        await session.flush()
        return {
            "operation_id": operation.id,
            "number": reading.id,
            "rota_id": rota.id,
            "chain_id": chain.id,
            "revision": 1,
        }
