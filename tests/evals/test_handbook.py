"""The assistant finds the right chapter in either language, and refuses what the handbook does not know.

Asked of one index that holds both languages, with the half of the questions that nothing was calibrated on.
"""

from collections import Counter
from pathlib import Path

import pytest

from core.rag.answers import Verdict
from tests.evals.handbook import LANGUAGES, Outcome, ask, build_retriever, load_questions, scores, table
from tests.evals.report import failure

HANDBOOK = Path(__file__).parents[2] / "demo" / "handbook"

# Measured, less two questions: 2 of 49 answerable ones, 2 of 20 unanswerable ones, 1 of 10 off topic.
AT_LEAST = {
    "en": {"recall_at_1": 0.83, "recall_at_5": 0.91, "answered": 0.79, "shown": 0.95},
    "ru": {"recall_at_1": 0.69, "recall_at_5": 0.93, "answered": 0.79, "shown": 0.93},
}
AT_MOST = {
    "en": {"answered_unanswerable": 0.25, "answered_offtopic": 0.1},
    "ru": {"answered_unanswerable": 0.3, "answered_offtopic": 0.1},
}


@pytest.fixture(scope="session")
def outcomes() -> dict[str, list[Outcome]]:
    """Every question of the test half, asked once."""
    retriever = build_retriever()
    return {language: ask(retriever, load_questions(language, "test")) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_stay_as_good_as_measured(outcomes: dict[str, list[Outcome]], language: str) -> None:
    measured = scores(outcomes[language])
    worse = [name for name, bound in AT_LEAST[language].items() if measured[name] < bound]
    worse += [name for name, bound in AT_MOST[language].items() if measured[name] > bound]
    failures = "\n".join(filter(None, map(failure, outcomes[language])))
    assert worse == [], f"{table({language: measured})}\n{failures}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_answered_from_its_entry(outcomes: dict[str, list[Outcome]], language: str) -> None:
    codes = [outcome for outcome in outcomes[language] if outcome.question.kind == "code"]
    assert codes
    assert [
        outcome.question.question
        for outcome in codes
        if outcome.verdict is not Verdict.ANSWER or not outcome.found_within(1)
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_name_chapters_that_exist_and_halves_are_alike(language: str) -> None:
    questions = load_questions(language)
    named = {document for question in questions for document in question.documents}
    halves = {half: Counter(q.kind for q in questions if q.split == half) for half in ("calibration", "test")}
    assert sorted(name for name in named if not (HANDBOOK / name).is_file()) == []
    assert all(question.answerable != question.kind.startswith("unanswerable") for question in questions)
    assert all(abs(halves["test"][kind] - halves["calibration"][kind]) <= 1 for kind in halves["test"])
    assert len({question.question for question in questions}) == len(questions)
