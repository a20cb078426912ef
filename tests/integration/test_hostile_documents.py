"""Hostile files, forty of them: each costs one clear message; the worker stays small, the old index answers."""

import resource
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import pytest
from sqlalchemy import select

from bot.i18n import LANGUAGES, text_for
from core.errors import BadInputError
from core.outbox import Notice, OutboxMessage
from core.rag.indexing import IndexService
from core.rag.models import Document, DocumentState
from core.settings import RagSettings
from tests.fixtures.hostile import Hostile, hostile_files
from tests.fixtures.rag import ADMIN, Library

LEAST = 30
MEMORY_MB = 512
PATIENCE_S = {False: 60.0, True: 2.0}
"""Seconds for a file that ends by itself, and for one that would not."""
MOST_GROWTH_MB = 200
"""What reading may add to the worker's own peak: several documents at their largest, but no bomb."""


@dataclass(frozen=True)
class Refused:
    """How a file ended."""

    file: Hostile
    key: str
    params: Mapping[str, object]


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


async def _offer(library: Library, files: list[Hostile]) -> list[Refused]:
    """Upload the files; return those that were refused at the door."""
    refused = []
    for file in files:
        try:
            await library.documents.add(ADMIN, file.name, file.content)
        except BadInputError as error:
            refused.append(Refused(file, error.key, error.params))
    return refused


async def _refused_by_worker(library: Library, files: list[Hostile]) -> list[Refused]:
    by_name = {file.name: file for file in files}
    async with library.sessions() as session:
        failed = await session.scalars(select(Document).where(Document.state == DocumentState.FAILED))
        return [Refused(by_name[d.name], d.error or "", d.error_params) for d in failed if d.name in by_name]


@pytest.mark.timeout(300)
async def test_hostile_files_end_as_clear_messages_and_cost_nothing_else(library: Library) -> None:
    found = list(hostile_files())
    assert len(found) >= LEAST
    ended: list[Refused] = []
    children, own = _peak_mb(resource.RUSAGE_CHILDREN), _peak_mb(resource.RUSAGE_SELF)
    for endless, group in groupby(sorted(found, key=lambda file: file.endless), lambda file: file.endless):
        files = list(group)
        ended += await _offer(library, files)
        settings = RagSettings(parse_timeout_s=PATIENCE_S[endless], parse_memory_mb=MEMORY_MB)
        await IndexService(
            library.sessions, library.clock, library.outbox, library.storage, lambda: library.provider, settings
        ).rebuild()
        ended += await _refused_by_worker(library, files)
    assert _peak_mb(resource.RUSAGE_CHILDREN) <= max(children, MEMORY_MB)
    assert _peak_mb(resource.RUSAGE_SELF) - own < MOST_GROWTH_MB
    assert {one.file.name: one.key for one in ended if one.key not in one.file.keys} == {}
    unheard = {file.name for file in found if not file.indexed} - {one.file.name for one in ended}
    assert unheard == set()
    for one in ended:
        for language in LANGUAGES:
            _is_clear(text_for(language)(one.key, **one.params), one)
    async with library.sessions() as session:
        told = await session.scalars(select(OutboxMessage).where(OutboxMessage.kind == Notice.DOCUMENT_FAILED))
        assert {message.payload["error"] for message in told} <= {one.key for one in ended}
    [best, *_] = (await library.orchestrator.retrieve("Which noise means cavitation of the pump?")).passages
    assert best.passage.document == "en/pump.md"


def _is_clear(words: str, one: Refused) -> None:
    """A message names the file (as far as a name can be shown), and says more than a key."""
    assert one.key not in words
    assert str(one.params["name"]) in words
    assert len(words) > len(str(one.params["name"])) + 20
