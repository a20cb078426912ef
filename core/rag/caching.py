"""What the cache keeps of answering: vectors of questions, passages found, answers. Each is found by all it depends on.

An answer depends on the question as it is compared here, its language, what the asker may read, the machine, the index
version, the state of the documents, the model and the prompt. A document that changes therefore hides, at that moment,
everything that was worked out before; nothing has to be looked for and removed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import structlog
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from sqlalchemy import func, select

from core.cache import Cache, Space, Turn, digest
from core.database import SessionFactory
from core.rag.answers import Answer, Retrieval
from core.rag.embeddings import Vectors
from core.rag.llm import ChatModel
from core.rag.models import Document
from core.rag.prompts import PROMPT_VERSION
from core.rag.retrieval import Retriever, Search
from core.rag.tokens import is_code, terms
from core.settings import CacheSettings

log = structlog.get_logger(__name__)

DocumentsState = Callable[[], Awaitable[str]]
"""Returns something that is another after every change of a document."""

_RETRIEVAL = TypeAdapter(Retrieval)
_ANSWER = TypeAdapter(Answer)
_Kept = TypeVar("_Kept")
_CLOSING = " \t.,;:!?…"


class RagCache(Cache):
    """The cache with the spaces that belong to answering, and their keys."""

    def __init__(self, redis: Redis, settings: CacheSettings, documents: DocumentsState) -> None:
        super().__init__(redis)
        self._documents = documents
        self._vectors = Space("embedding", settings.embeddings_ttl_s)
        self.searches = Space("search", settings.searches_ttl_s)
        self.answers = Space("answer", settings.answers_ttl_s)
        self._given = Space("given", settings.answers_ttl_s)

    async def search_key(self, search: Search, retriever: Retriever) -> str:
        """Return the key of the passages that `retriever` finds for `search` while the documents are as they are."""
        return digest(
            *same_question(search.question),
            search.passages,
            sorted(search.readership.access),
            None if search.readership.machines is None else sorted(search.readership.machines),
            search.reader,
            search.machine,
            sorted(search.names),
            retriever.snapshot.version,
            retriever.snapshot.identity,
            await self._documents(),
        )

    async def vectors(self, retriever: Retriever, wordings: Sequence[str]) -> list[Vectors]:
        """Return the vectors of `wordings`; those not known are embedded, and kept."""
        embedding = retriever.snapshot.format.embedding
        keys = [digest(wording, embedding) for wording in wordings]
        dimension = retriever.snapshot.format.dimension
        kept = [_vector(raw, dimension) for raw in await self.get(self._vectors, *keys)]
        missing = [wording for wording, vector in zip(wordings, kept, strict=True) if vector is None]
        made = dict(zip(missing, await retriever.embed(missing) if missing else [], strict=True))
        fresh = {key: made[wording] for key, wording in zip(keys, wordings, strict=True) if wording in made}
        await asyncio.gather(*(self.put(self._vectors, key, fresh[key].tobytes()) for key in fresh))
        return [made[wording] if vector is None else vector for wording, vector in zip(wordings, kept, strict=True)]

    async def remember_given(self, answer_key: str, query_id: int) -> None:
        """Remember which answer somebody got, for as long as others may get it."""
        await self.put(self._given, str(query_id), answer_key.encode())

    async def disown(self, query_id: int) -> None:
        """Forget the answer to that question: who got it says that it is bad."""
        [key] = await self.get(self._given, str(query_id))
        if key is not None:
            await self.drop(self.answers, key.decode())


class StateOfDocuments:
    """Tells one state of all documents from another by one cheap query."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def __call__(self) -> str:
        """Return the state: every change of a document raises its revision or removes its row."""
        state = select(func.count(), func.coalesce(func.sum(Document.revision), 0), func.max(Document.updated_at))
        async with self._sessions() as session:
            count, revisions, changed = (await session.execute(state)).one()
        return f"{count} {revisions} {changed and changed.isoformat()}"


def same_question(question: str) -> tuple[str, list[str]]:
    """Return what questions have in common that are the same: words whatever their case and closing signs, and codes.

    Codes are told by their case (`E 217`), so they are compared as they are read.
    """
    return " ".join(question.casefold().split()).rstrip(_CLOSING), [term for term in terms(question) if is_code(term)]


def answer_key(search_key: str, model: ChatModel, language: str) -> str:
    """Return the key of `model`'s answer in `language` from the passages at `search_key`."""
    return digest(search_key, language, model.name, model.context_tokens, PROMPT_VERSION)


def kept_retrieval(turn: Turn, question: str) -> Retrieval | None:
    """Return the passages found at this turn, for `question`; None where they must be searched for."""
    kept = _read(_RETRIEVAL, turn)
    return replace(kept, question=question, timings_ms={}) if kept else None


def kept_answer(turn: Turn, question: str) -> Answer | None:
    """Return the answer found at this turn, to `question`; None where it must be worked out."""
    kept = _read(_ANSWER, turn)
    return replace(kept, question=question, timings_ms={}) if kept else None


async def keep_retrieval(turn: Turn, retrieval: Retrieval) -> None:
    """Keep the passages found."""
    await turn.keep(_RETRIEVAL.dump_json(retrieval))


async def keep_answer(turn: Turn, answer: Answer) -> None:
    """Keep the answer."""
    await turn.keep(_ANSWER.dump_json(answer))


def _read(kind: TypeAdapter[_Kept], turn: Turn) -> _Kept | None:
    if turn.value is None:
        return None
    try:
        return kind.validate_json(turn.value)
    except ValidationError as error:
        log.warning("cache entry can't be read", error=str(error))
        return None


def _vector(raw: bytes | None, dimension: int) -> Vectors | None:
    if raw is None or len(raw) != dimension * np.dtype(np.float32).itemsize:
        return None
    return np.frombuffer(raw, dtype=np.float32)
