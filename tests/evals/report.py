"""`python -m tests.evals.report`: the scores of the handbook's questions as one JSON object on stdout."""

import argparse
import json
import sys

from core.rag.answers import Verdict
from tests.evals.handbook import LANGUAGES, Outcome, ask, build_retriever, load_questions, scores, table


def main() -> None:
    """Measure, with progress, a table and (on request) each wrong outcome on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("calibration", "test", "all"), default="test")
    parser.add_argument("--failures", action="store_true", help="list what went wrong on stderr")
    arguments = parser.parse_args()
    split = None if arguments.split == "all" else arguments.split
    retriever = build_retriever(_progress)
    outcomes = {language: ask(retriever, load_questions(language, split)) for language in LANGUAGES}
    measured = {language: scores(asked) for language, asked in outcomes.items()}
    sys.stderr.write(table(measured) + "\n")
    if arguments.failures:
        for asked in outcomes.values():
            sys.stderr.writelines(f"{line}\n" for outcome in asked if (line := failure(outcome)))
    sys.stdout.write(json.dumps(measured) + "\n")


def _progress(done: int, total: int) -> None:
    sys.stderr.write(f"embedded {done} of {total} passages\n")


def failure(outcome: Outcome) -> str | None:
    """Say what is wrong with `outcome`, with the passage found first; None if nothing is."""
    question = outcome.question
    if not question.answerable:
        wrong = "answered" if outcome.verdict is Verdict.ANSWER else None
    elif outcome.verdict is not Verdict.ANSWER:
        wrong = outcome.verdict
    elif not outcome.found_within(len(outcome.retrieval.passages)):
        wrong = "missed"
    else:
        wrong = None if outcome.found_within(1) else "not first"
    if wrong is None:
        return None
    best = outcome.retrieval.passages[0].passage if outcome.retrieval.passages else None
    found = f"{best.document} › {best.section}" if best else "nothing"
    return f"{wrong:<9} {question.kind:<21} {question.question} | {found}"


if __name__ == "__main__":
    main()
