"""The pipeline behind every way in: sift, write, quarantine, commit, tell."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.ingest.blocks import Block, Reason
from core.diagnostics.ingest.columns import Columns
from core.diagnostics.ingest.feed import ReadingFeed
from core.diagnostics.ingest.quarantining import quarantine
from core.diagnostics.ingest.registry import RegistryKeeper
from core.diagnostics.ingest.sifting import Sifted, sift
from core.diagnostics.ingest.writing import write_columns
from core.metrics import INGEST_SECONDS, READINGS


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of readings: `accepted` are in the table, `refused` in quarantine, by reason, with an example each.

    `written`: rows that the whole transaction, other deliveries included, has added or changed. `oldest` and `newest`
    are of those accepted.
    """

    accepted: int = 0
    written: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    examples: Mapping[Reason, bytes] = field(default_factory=dict)
    oldest: datetime | None = None
    newest: datetime | None = None

    def __add__(self, other: "Receipt") -> "Receipt":
        return Receipt(
            self.accepted + other.accepted,
            self.written + other.written,
            self.refused + other.refused,
            {**other.examples, **self.examples},
            min(filter(None, (self.oldest, other.oldest)), default=None),
            max(filter(None, (self.newest, other.newest)), default=None),
        )

    @classmethod
    def of(cls, sifted: Sifted, written: int = 0) -> "Receipt":
        """Count a block's readings."""
        accepted = sifted.accepted
        return cls(
            len(accepted),
            written,
            Counter(one.reason for one in sifted.refused),
            {one.reason: one.raw for one in reversed(sifted.refused)},
            accepted.moment(int(accepted.times.argmin())) if len(accepted) else None,
            accepted.moment(int(accepted.times.argmax())) if len(accepted) else None,
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A block, and whom it came from."""

    source: str
    block: Block


class Intake:
    """Takes readings in. What `take` returned a receipt for is committed, once, however often it is delivered."""

    def __init__(self, sessions: SessionFactory, clock: Clock, feed: ReadingFeed | None = None) -> None:
        self._sessions = sessions
        self._clock = clock
        self._feed = feed
        self._registry = RegistryKeeper(sessions, clock)

    async def check(self, block: Block) -> Receipt:
        """Tell what would become of `block`, and write nothing."""
        return Receipt.of((await self._sift([block]))[0])

    async def take(self, source: str, block: Block) -> Receipt:
        """Write `block` in one transaction: what can be trusted into the table, the rest into quarantine."""
        return (await self.take_all([Delivery(source, block)]))[0]

    async def take_all(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Write `deliveries` in one transaction; return a receipt for each."""
        with INGEST_SECONDS.time():
            receipts = await self._take_all(deliveries)
        READINGS.labels("accepted").inc(sum(receipt.accepted for receipt in receipts))
        READINGS.labels("quarantined").inc(sum(receipt.refused.total() for receipt in receipts))
        return receipts

    async def _take_all(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        sifted = await self._sift([delivery.block for delivery in deliveries])
        accepted = Columns.joined(one.accepted for one in sifted)
        now = self._clock()
        async with self._sessions.begin() as session:
            written = await write_columns(session, accepted)
            for delivery, one in zip(deliveries, sifted, strict=True):
                await quarantine(session, delivery.source, one.refused, now)
        if self._feed is not None:
            await self._feed.tell(accepted, now)
        return [Receipt.of(one, written) for one in sifted]

    async def _sift(self, blocks: Iterable[Block]) -> list[Sifted]:
        registry, now = await self._registry.current(), self._clock()
        return await asyncio.to_thread(lambda: [sift(block, registry, now) for block in blocks])

    async def retry(self, session: AsyncSession, block: Block) -> Sifted:
        """Write what can be trusted by now in the session's transaction; whoever calls looks after the rest."""
        self._registry.forget()
        (sifted,) = await self._sift([block])
        await write_columns(session, sifted.accepted)
        return sifted
