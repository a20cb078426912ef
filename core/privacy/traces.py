"""Where people leave traces: every column that holds a person, and what becomes of it when they go.

A new column of that kind belongs into `TRACES`; `tests/integration/test_privacy.py` says which one is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Table, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.json import JSONPATH
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import Select

from core.diagnostics.alerts.models import (
    AlarmEvent,
    AlarmGroup,
    AlarmMessage,
    AlertProfile,
    EscalationChain,
    Rota,
    Silence,
)
from core.diagnostics.digests.models import DigestProfile
from core.diagnostics.handovers.models import Handover
from core.diagnostics.models import DiagnosticReport
from core.diagnostics.repairs.models import RepairCase
from core.diagnostics.reports.models import ReportEvent
from core.outbox import OutboxMessage
from core.rag.models import Conversation, Document, QueryLogEntry
from core.timescale.models import LegalHold, Operation, TablePolicy
from core.users.models import AuditEntry, Invite, User


class Fate(StrEnum):
    """What becomes of a row when the person goes."""

    DELETE = "delete"  # it is about nobody and nothing else
    UNLINK = "unlink"  # it is the plant's: it stays and no longer says whose it was (the foreign key sees to that)
    RENAME = "rename"  # it proves what was done: it stays, under a number that leads to nobody
    TAKE_OUT = "take out"  # it is a list of people: it goes on without them


@dataclass(frozen=True, slots=True)
class Trace:
    """A column with a person's id. `name` has their name beside it; `section` is what it is part of, for readers.

    `path` finds the id within JSON, where `$id` is the number and `$word` the same as a string.
    """

    column: InstrumentedAttribute[Any]
    section: str
    fate: Fate
    name: InstrumentedAttribute[Any] | None = None
    path: str | None = None

    @property
    def table(self) -> Table:
        """The table of the column."""
        return cast(Table, self.column.property.columns[0].table)

    def holds(self, user_id: int) -> ColumnElement[bool]:
        """Return what picks the rows in which the column has that person."""
        return self.column == user_id if self.path is None else _found(self.column, self.path, user_id)


_IN_LIST = "$[*] ? (@ == $id)"
_IN_STEPS = "$[*] ? (@.call == $word)"
_IN_DETAILS = "strict $.** ? (@.members[*] == $id || @.from == $id || @.to == $id || @.call == $word)"


TRACES = (
    Trace(User.id, "profile", Fate.DELETE),
    Trace(QueryLogEntry.user_id, "questions", Fate.DELETE),
    Trace(Conversation.user_id, "conversations", Fate.DELETE),
    Trace(AlertProfile.chat_id, "subscriptions", Fate.DELETE),
    Trace(DigestProfile.user_id, "digests", Fate.DELETE),
    Trace(OutboxMessage.chat_id, "messages", Fate.DELETE),
    Trace(AlarmMessage.chat_id, "alarm_messages", Fate.DELETE),
    Trace(Document.uploaded_by, "documents", Fate.UNLINK),
    Trace(DiagnosticReport.created_by, "reports", Fate.UNLINK),
    Trace(DiagnosticReport.taken_by, "reports", Fate.UNLINK),
    Trace(Invite.created_by, "invitations", Fate.UNLINK),
    Trace(Invite.used_by, "invitations", Fate.UNLINK),
    Trace(ReportEvent.author_id, "report_steps", Fate.RENAME, ReportEvent.author_name),
    Trace(AlarmEvent.actor_id, "alarm_steps", Fate.RENAME),
    Trace(Handover.author_id, "handovers", Fate.RENAME, Handover.author_name),
    Trace(RepairCase.author_id, "repairs", Fate.RENAME, RepairCase.author_name),
    Trace(RepairCase.reviewer_id, "repairs", Fate.RENAME, RepairCase.reviewer_name),
    Trace(Silence.author_id, "silences", Fate.RENAME, Silence.author_name),
    Trace(Operation.planned_by, "operations", Fate.RENAME),
    Trace(Operation.confirmed_by, "operations", Fate.RENAME),
    Trace(Operation.cancelled_by, "operations", Fate.RENAME),
    Trace(TablePolicy.updated_by, "operations_policies", Fate.RENAME),
    Trace(LegalHold.created_by, "operations_holds", Fate.RENAME),
    Trace(LegalHold.released_by, "operations_holds", Fate.RENAME),
    Trace(AuditEntry.actor_id, "audit", Fate.RENAME),
    Trace(Rota.members, "rotas", Fate.TAKE_OUT, path=_IN_LIST),
    Trace(Rota.stand_in, "rotas", Fate.TAKE_OUT),
    Trace(EscalationChain.steps, "escalation_chains", Fate.TAKE_OUT, path=_IN_STEPS),
    Trace(AlarmGroup.called, "alarm_calls", Fate.TAKE_OUT, path=_IN_LIST),
)
"""By the person's Telegram id, which is the id of their private chat, too."""

NOT_SHOWN = {
    "documents.content",  # bytes of the plant's file; its name is shown
    "invites.code_hash",
    "outbox.payload",  # alarms and answers of that moment: they stand in the chat
    "outbox.digest",
    "rotas.members",  # others, too
    "escalation_chains.steps",
    "alarm_groups.called",
    "handovers.facts",  # the machines' shift, as it was
}
"""Columns that are no answer to what is kept about a person."""
_ABOUT_A_PERSON = ("user.%", "alarms.subscribe")
"""Audit entries whose target is a person, or the chat with them."""
_NAMING_PEOPLE = ("oncall.%", "rota.%", "escalation.%")
"""Audit entries that have people in their details."""


def of_person(section: str, user_id: int) -> ColumnElement[bool]:
    """Return what picks a person's rows of a section."""
    mine = [trace.holds(user_id) for trace in TRACES if trace.section == section]
    return or_(*mine, done_to(user_id), naming(user_id)) if section == "audit" else or_(*mine)


def done_to(user_id: int) -> ColumnElement[bool]:
    """Return what picks the audit entries of what was done to a person."""
    return and_(or_(*map(AuditEntry.action.like, _ABOUT_A_PERSON)), AuditEntry.target == str(user_id))


def naming(user_id: int) -> ColumnElement[bool]:
    """Return what picks the audit entries that have a person in their details."""
    return and_(or_(*map(AuditEntry.action.like, _NAMING_PEOPLE)), _found(AuditEntry.details, _IN_DETAILS, user_id))


def sections() -> dict[str, Table]:
    """Return each section with its table."""
    return {trace.section: trace.table for trace in TRACES}


def rows_of(section: str, user_id: int) -> Select[Any]:
    """Return the query for a person's rows of a section, in the order of the table's key."""
    table = sections()[section]
    shown: Sequence[Column[Any]] = [column for column in table.columns if str(column) not in NOT_SHOWN]
    return select(*shown).where(of_person(section, user_id)).order_by(*table.primary_key.columns)


def _found(column: InstrumentedAttribute[Any], path: str, user_id: int) -> ColumnElement[bool]:
    person = bindparam(None, {"id": user_id, "word": str(user_id)}, type_=JSONB)
    found: ColumnElement[bool] = func.jsonb_path_exists(column, bindparam(None, path, type_=JSONPATH), person)
    return found
