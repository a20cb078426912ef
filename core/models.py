"""All models, imported in one place so that `Base.metadata` is whole (Alembic needs that)."""

from core.database import Base
from core.diagnostics import models as diagnostics
from core.diagnostics.alerts import models as alerts
from core.diagnostics.detection import models as detection
from core.diagnostics.digests import models as digests
from core.diagnostics.handovers import models as handovers
from core.diagnostics.ingest import models as ingest
from core.diagnostics.repairs import models as repairs
from core.diagnostics.reports import models as reports
from core.diagnostics.rollups import models as rollups
from core.jobs import FailedJob
from core.outbox import OutboxMessage
from core.rag import models as rag
from core.timescale import models as timescale
from core.users import models as users

__all__ = [
    "Base",
    "FailedJob",
    "OutboxMessage",
    "alerts",
    "detection",
    "diagnostics",
    "digests",
    "handovers",
    "ingest",
    "rag",
    "repairs",
    "reports",
    "rollups",
    "timescale",
    "users",
]
