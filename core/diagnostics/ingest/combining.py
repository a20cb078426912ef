"""Many small deliveries, few transactions: what comes while one commits goes together into the next."""

import asyncio
from dataclasses import dataclass, field

from core.diagnostics.ingest.blocks import Block
from core.diagnostics.ingest.intake import Delivery, Intake, Receipt

_MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    delivery: Delivery
    receipt: asyncio.Future[Receipt] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class CombinedIntake:
    """Takes deliveries of many callers in, each transaction as large as what has gathered meanwhile."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._turn = asyncio.Lock()
        self._waiting: list[_Waiting] = []

    async def take(self, source: str, block: Block) -> Receipt:
        """Return once `block` is committed. Whoever's turn comes first takes in what others have left, too."""
        mine = _Waiting(Delivery(source, block))
        self._waiting.append(mine)
        async with self._turn:
            while not mine.receipt.done():
                await self._take_some()
        return await mine.receipt

    async def _take_some(self) -> None:
        batch, rows = list[_Waiting](), 0
        while self._waiting and (not batch or rows + len(self._waiting[0].delivery.block) <= _MOST_ROWS):
            batch.append(self._waiting.pop(0))
            rows += len(batch[-1].delivery.block)
        try:
            receipts = await self._intake.take_all([one.delivery for one in batch])
        except BaseException as error:
            cause = error if isinstance(error, Exception) else ConnectionAbortedError("interrupted")
            for one in batch:
                one.receipt.set_exception(cause)
                one.receipt.exception()  # whoever has left must not have it reported as never retrieved
            if not isinstance(error, Exception):
                raise
        else:
            for one, receipt in zip(batch, receipts, strict=True):
                one.receipt.set_result(receipt)
