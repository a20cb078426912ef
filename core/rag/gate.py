"""The decision whether the documents answer a question."""

from core.rag.answers import Refusal, ScoredPassage
from core.rag.snapshot import Snapshot


def judge(question: str, ranked: tuple[ScoredPassage, ...], snapshot: Snapshot) -> Refusal | None:
    """Return None where the question may be answered from `ranked`."""
    return None if ranked else Refusal()
