"""Into quarantine: every refused reading once, whatever bytes it is made of."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.ingest.blocks import Fields, Refused
from core.diagnostics.ingest.models import QuarantinedReading

_NAME_LENGTH = 200
_ROWS_AT_ONCE = 3000
"""A statement has at most 65,535 parameters."""
_NO_FIELDS = dict.fromkeys(Fields.__slots__)


async def quarantine(session: AsyncSession, source: str, refused: Sequence[Refused], now: datetime) -> None:
    """Write `refused` in the session's transaction. What comes again word for word is there already."""
    for begin in range(0, len(refused), _ROWS_AT_ONCE):
        rows = [_row(_text(source), one, now) for one in refused[begin : begin + _ROWS_AT_ONCE]]
        await session.execute(insert(QuarantinedReading).values(rows).on_conflict_do_nothing(index_elements=["digest"]))


def _row(source: str, refused: Refused, now: datetime) -> dict[str, object]:
    parts = refused.fields
    fields = {name: _text(getattr(parts, name)) for name in Fields.__slots__} if parts else _NO_FIELDS
    if parts:
        fields |= {"sensor": _text(parts.sensor)[:_NAME_LENGTH], "unit": _text(parts.unit)[:_NAME_LENGTH]}
    identity = blake2b(digest_size=16)
    for part in (source.encode(), refused.raw, *(str(value).encode() for value in fields.values())):
        identity.update(len(part).to_bytes(8, "big") + part)
    return {
        "received_at": now,
        "source": source[:_NAME_LENGTH],
        "reason": refused.reason,
        "raw": refused.raw,
        "digest": identity.digest(),
        **fields,
    }


def _text(value: str) -> str:
    """Return `value` as PostgreSQL can store it: without NUL and lone surrogates."""
    return value.encode(errors="replace").decode().replace("\0", "\ufffd")
