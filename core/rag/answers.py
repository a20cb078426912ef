"""The vocabulary of answering: passages, what retrieval found, and an answer as it grows."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.diagnostics.repairs.facts import Case
from core.rag.evidence import SensorCard


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as a reader sees it.

    `section` is the heading path joined with " › "; `page` counts from 1; `machines` are codes, none for all machines.
    """

    id: str
    document: str
    title: str
    section: str
    page: int | None
    revision: int
    language: str
    text: str
    access: str = "public"
    document_id: int | None = None
    machines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "machines", tuple(self.machines))  # a list where it was read back from JSON


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage with its fused score in [0, 1] and the two scores it comes from (None: that leg did not find it).

    `dense` is the inner product of normalised embeddings; `lexical` a BM25 score, unbounded.
    """

    passage: Passage
    score: float
    dense: float | None = None
    lexical: float | None = None


class Verdict(StrEnum):
    """What the gate decides: PARTIAL shows the nearest passages, and says that they may not be the answer."""

    ANSWER = "answer"
    PARTIAL = "partial"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is not answered: the nearest documents, and words of the question that no document has.

    `values` are kinds of values asked for (`core.rag.wanted.Quantity`) that none of the passages has. A `partial` one
    still shows the passages.
    """

    nearest: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    partial: bool = False

    def __post_init__(self) -> None:
        for name in ("nearest", "missing", "values"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists where it was read back from JSON


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate weighed; see `core.rag.calibration` for the weights, `core.rag.gate` for what each piece is."""

    across: bool
    dense: float
    support: float
    strange: tuple[str, ...]
    lacking: tuple[str, ...]
    values: tuple[str, ...]
    code_found: bool
    score: float
    answer_from: float
    partial_from: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question, best first, and the gate's verdict: `refusal` is None when it may be answered.

    `evidence` is None where no passage was found.
    """

    question: str
    passages: tuple[ScoredPassage, ...]
    refusal: Refusal | None
    index_version: int | None
    timings_ms: dict[str, float] = field(default_factory=dict)
    evidence: Evidence | None = None

    @property
    def verdict(self) -> Verdict:
        """The gate's decision."""
        if self.refusal is None:
            return Verdict.ANSWER
        return Verdict.PARTIAL if self.refusal.partial else Verdict.REFUSE


class AnswerMode(StrEnum):
    """Who worded the answer."""

    MODEL = "model"
    EXTRACTIVE = "extractive"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer.

    `text` is the model's Markdown with `[n]` citations (MODEL), the quoted passages, each followed by its `[n]`
    (EXTRACTIVE), or empty (REFUSAL: the view words it from `refusal`). `citations` are the 1-based numbers of the
    passages cited. `unverified` are values that no passage cited with them contains: their sentences end in "⚠️".
    `refusal` with passages is a partial one: the quotes are the nearest there is, maybe not the answer.
    `degraded` tells that a model was expected and failed midway; `stopped`, that the user pressed Stop.
    `sensors` is the machine's evidence card, which `[S1]` in the text refers to; None where no machine is known.
    `cases` are repair cases that the reader may see; they are looked up anew each time.
    `cache_key` is where others find the answer, None where they don't.
    """

    question: str
    language: str
    mode: AnswerMode
    text: str
    passages: tuple[ScoredPassage, ...] = ()
    citations: tuple[int, ...] = ()
    unverified: tuple[str, ...] = ()
    refusal: Refusal | None = None
    model: str | None = None
    index_version: int | None = None
    degraded: bool = False
    stopped: bool = False
    query_id: int | None = None
    sensors: SensorCard | None = None
    cases: tuple[Case, ...] = ()
    cache_key: str | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[int, ...]:
        """The numbers of the passages cited, or of all where the text cites none."""
        known = range(1, len(self.passages) + 1)
        return tuple(n for n in self.citations if n in known) or tuple(known)

    @property
    def refused(self) -> bool:
        """Whether the gate refused, and nothing was shown."""
        return self.refusal is not None and not self.refusal.partial


@dataclass(frozen=True, slots=True)
class Queued:
    """The model is busy: `position` questions are answered first (1: next)."""

    position: int


@dataclass(frozen=True, slots=True)
class Delta:
    """More text of a growing answer, to be appended; `held` back from the reader where it may belong behind the
    safety checklist (`core.rag.safety`).
    """

    text: str
    held: bool = False


AnswerEvent = Queued | Delta | Answer
"""What an answer stream yields: any number of Queued and Delta, then exactly one Answer."""
