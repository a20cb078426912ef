"""The passages that answer a question: dense and lexical search, fused, and the gate's verdict."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from core.rag.answers import Evidence, Refusal, Retrieval, ScoredPassage
from core.rag.embeddings import EmbeddingsProvider, Vectors
from core.rag.fusion import Background, Candidates, fuse
from core.rag.gate import judge, weigh
from core.rag.glossary import Concept, glossary
from core.rag.lexical import Scores
from core.rag.loading import language_of
from core.rag.readers import Readers, masks
from core.rag.readership import PUBLIC, Readership
from core.rag.snapshot import Snapshot
from core.rag.tokens import cognates, is_part_number, terms
from core.rag.vector_index import Mask, Positions

CANDIDATES = 100
"""Passages taken from each leg, in each language, before fusion."""
_CODE_EMPHASIS = 2
"""How many times more a part number or error code counts: embeddings hardly tell `E-217` from `E-218`."""
_TECHNICAL = 0.3
"""Share of a question's concepts that must be terms of the field to translate it; stray words mislead."""
_HALF, _SPREAD = 2.0, 0.6
"""The fused score shown as 0.5, and how far from it the shown score nears 0 or 1. Ranking does not depend on them."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question, and all that its passages depend on.

    Found are the `passages` best among those that the `readership` may read. With a `reader`'s language, its passages
    take turns with the best of all, as long as they answer by themselves: where documents exist in two languages, a
    passage and its translation are equally right, but not equally useful. With a `machine`'s code, passages that are
    about other machines only are left out. `names` are the plant's own words for what is asked about: that no document
    has them does not speak against an answer.
    """

    question: str
    passages: int
    readership: Readership = PUBLIC
    reader: str | None = None
    machine: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Query:
    """A question as it is put to the passages of one language: `wording` is what is embedded, `added` are terms that
    this language needs beside those asked.
    """

    wording: str
    added: list[str]
    ways: list[tuple[str, ...]]
    concepts: list[Concept]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A question ready to be embedded, for each language that passages are in; its terms, and its cognates' keys."""

    asked: list[str]
    keys: list[str]
    queries: dict[str, _Query]

    @property
    def wordings(self) -> tuple[str, ...]:
        """What is to be embedded, each once."""
        return tuple(dict.fromkeys(query.wording for query in self.queries.values()))


Embed = Callable[[Sequence[str]], Awaitable[Sequence[Vectors]]]
"""Turns wordings into their vectors, in order."""


class Retriever:
    """Searches one snapshot. Safe to use from many threads; replace it to switch versions."""

    def __init__(self, provider: EmbeddingsProvider, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._provider = provider
        self._readers = Readers(snapshot.passages)
        self._speaks = masks([passage.language for passage in snapshot.passages])
        self._background = Background(snapshot.index, self._speaks)

    async def search(self, search: Search, embed: Embed | None = None) -> Retrieval:
        """Return the passages that `search` asks for, off the event loop; `embed` may know vectors of wordings."""
        timings: dict[str, float] = {}
        with _timed(timings, "embed"):
            prepared = await asyncio.to_thread(self._prepare, search.question)
            vectors = await (embed or self.embed)(prepared.wordings)
        return await asyncio.to_thread(self._find, search, prepared, vectors, timings)

    async def embed(self, wordings: Sequence[str]) -> list[Vectors]:
        """Return the vectors of `wordings`, off the event loop."""
        return await asyncio.to_thread(self._embed, wordings)

    def search_now(
        self,
        question: str,
        k: int,
        *,
        readership: Readership = PUBLIC,
        reader: str | None = None,
        machine: str | None = None,
        names: Collection[str] = (),
    ) -> Retrieval:
        """Do what `search` does, blocking."""
        timings: dict[str, float] = {}
        with _timed(timings, "embed"):
            prepared = self._prepare(question)
            vectors = self._embed(prepared.wordings)
        search = Search(question, k, readership, reader, machine, tuple(names))
        return self._find(search, prepared, vectors, timings)

    def _embed(self, wordings: Sequence[str]) -> list[Vectors]:
        return list(self._provider.embed_queries(wordings))

    def _prepare(self, question: str) -> _Prepared:
        spoken = language_of(question)
        asked = terms(question)
        codes = [term for term in asked if is_part_number(term)] * _CODE_EMPHASIS
        queries = {language: self._query(question, codes, spoken, language) for language in self._speaks}
        return _Prepared([*asked, *codes], cognates(question), queries)

    def _find(
        self, search: Search, prepared: _Prepared, vectors: Sequence[Vectors], timings: dict[str, float]
    ) -> Retrieval:
        question, queries = search.question, prepared.queries
        with _timed(timings, "search"):
            readable = self._readers.readable(search.readership, search.machine)
            known = dict(zip(prepared.wordings, vectors, strict=True))
            ranked = self._rank(prepared, known, readable)
        with _timed(timings, "gate"):
            named = frozenset(term for name in search.names for term in terms(name))
            refusal, evidence = self._judge(search, ranked, queries, readable, named)
            own = tuple(scored for scored in ranked if scored.passage.language == search.reader)
            if own and own != ranked:
                refusal_of_own, evidence_of_own = self._judge(search, own, queries, readable, named)
                if refusal_of_own is None:
                    ranked, refusal, evidence = _in_turns(own, ranked), None, evidence_of_own
        passages = ranked[: search.passages]
        return Retrieval(question, passages, refusal, self.snapshot.version, timings, evidence)

    def _judge(
        self,
        search: Search,
        ranked: tuple[ScoredPassage, ...],
        queries: dict[str, _Query],
        readable: Mask,
        named: frozenset[str],
    ) -> tuple[Refusal | None, Evidence | None]:
        if not ranked:
            return Refusal(), None

        def known(term: str) -> bool:
            return term in named or self.snapshot.lexical.knows(term, readable)

        concepts = queries[ranked[0].passage.language].concepts
        evidence = weigh(search.question, ranked, concepts, self.snapshot, known, named)
        return judge(search.question, evidence, ranked, self.snapshot, known, search.reader), evidence

    def _query(self, question: str, codes: list[str], spoken: str, wanted: str) -> _Query:
        """Put the question to passages in language `wanted`."""
        concepts = glossary().concepts(question, spoken, wanted)
        technical = sum(concept.technical for concept in concepts)
        if spoken != wanted and technical < _TECHNICAL * len(concepts):
            concepts = [Concept(concept.terms) for concept in concepts]
        prefix = " ".join(dict.fromkeys(concept.wording for concept in concepts if concept.technical))
        wording = f"{prefix} ({question})" if prefix and spoken != wanted else question
        added = dict.fromkeys(term for concept in concepts for term in concept.alternatives)
        ways = [(*concept.terms, *concept.alternatives) for concept in concepts]
        if any(map(self.snapshot.lexical.knows, codes)):
            ways = [(code,) for code in codes]  # then the code is what is asked about
        return _Query(wording, list(added), ways, concepts)

    def _rank(self, prepared: _Prepared, vectors: dict[str, Vectors], readable: Mask) -> tuple[ScoredPassage, ...]:
        """Return every candidate, best first; equals stay in the order of the index."""
        cognate = self.snapshot.cognates.scores(prepared.keys)
        asked = self.snapshot.lexical.scores(prepared.asked)
        found: list[tuple[float, int, float, float]] = []
        for language, query in prepared.queries.items():
            allowed = readable & self._speaks[language]
            vector = vectors[query.wording]
            lexical = asked + self.snapshot.lexical.scores(query.added) if query.added else asked
            near, _ = self.snapshot.index.search(vector, CANDIDATES, allowed)
            positions = np.unique(np.concatenate([near, _best(lexical, allowed), _best(cognate, allowed)]))
            dense = self.snapshot.index.vectors(positions) @ vector
            candidates = Candidates(dense, lexical[positions], cognate[positions])
            background = self._background.of(vector, language)
            fused = fuse(candidates, background, self.snapshot.lexical.attainable(query.ways))
            found += zip(
                (-fused).tolist(), positions.tolist(), dense.tolist(), candidates.lexical.tolist(), strict=True
            )
        return tuple(
            ScoredPassage(
                self.snapshot.passages[position],
                score=_shown(-negative),
                dense=dense,
                lexical=bm25 if bm25 > 0 else None,
            )
            for negative, position, dense, bm25 in sorted(found)
        )


def _in_turns(own: Sequence[ScoredPassage], ranked: Sequence[ScoredPassage]) -> tuple[ScoredPassage, ...]:
    pairs = zip_longest(own, ranked)
    return tuple({id(scored): scored for pair in pairs for scored in pair if scored is not None}.values())


def _best(scores: Scores, allowed: Mask) -> Positions:
    """Return the positions of the best positive scores among those allowed."""
    positions = np.flatnonzero(allowed & (scores > 0))
    if len(positions) > CANDIDATES:
        positions = positions[np.argpartition(-scores[positions], CANDIDATES)[:CANDIDATES]]
    return positions


def _shown(fused: float) -> float:
    """Return a fused score on a scale from 0 to 1."""
    return float(1 / (1 + np.exp(-(fused - _HALF) / _SPREAD)))


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = (time.perf_counter() - start) * 1000
