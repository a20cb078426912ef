"""How well the right document is found for questions on a folder of documents, and how well the gate refuses.

    python benchmarks/lessons.py --docs DIR --questions FILE [--unanswerable FILE] [--json]

FILE has one JSON object a line: `question`, and `lesson`, the path in DIR of the document that answers it; other keys
are ignored. A document's rank is that of its first passage among distinct documents. `refused_answerable` is the share
of those questions that the gate does not answer; `refused_unanswerable`, of the questions in the other FILE. Both count
the questions of which only the nearest passages are shown: `partial_answerable` and `partial_unanswerable` of them.
"""

import argparse
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.searching import (
    Rank,
    configured_provider,
    mean_reciprocal_rank,
    progress,
    recall_at,
    retriever_over,
)
from core.rag.answers import Passage, Retrieval, Verdict
from core.rag.chunking import chunk_document, to_passage
from core.rag.loading import load_document
from core.rag.media import SUFFIXES
from core.rag.retrieval import Retriever
from core.settings import load_settings

DEPTH = 100
"""Passages looked through for the right document."""


def main() -> None:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True, metavar="DIR")
    parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
    parser.add_argument("--unanswerable", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    retriever = retriever_over(read_passages(options.docs), configured_provider(), "lessons")
    questions = read_lines(options.questions)
    found = ask(retriever, [entry["question"] for entry in questions], "questions")
    places = [rank(retrieval, entry["lesson"]) for retrieval, entry in zip(found, questions, strict=True)]
    figures: dict[str, float] = {
        "recall_at_1": recall_at(1, places),
        "recall_at_5": recall_at(5, places),
        "mrr": mean_reciprocal_rank(places),
        "n": len(places),
        "refused_answerable": share(found, Verdict.REFUSE, Verdict.PARTIAL),
        "partial_answerable": share(found, Verdict.PARTIAL),
    }
    if options.unanswerable:
        strangers = ask(retriever, [entry["question"] for entry in read_lines(options.unanswerable)], "unanswerable")
        figures["refused_unanswerable"] = share(strangers, Verdict.REFUSE, Verdict.PARTIAL)
        figures["partial_unanswerable"] = share(strangers, Verdict.PARTIAL)
    if not options.json:
        print(*(f"{key} {value:g}" for key, value in figures.items()), sep="  ")
    print(json.dumps(figures))


def read_passages(folder: Path) -> list[Passage]:
    """Load and cut every document below `folder` as the product does."""
    limit = int(load_settings().rag.max_document_mb * 1e6)
    passages = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        document = load_document(path.relative_to(folder).as_posix(), path.read_bytes(), max_bytes=limit)
        passages += [
            to_passage(chunk, document=document.name, title=document.title) for chunk in chunk_document(document)
        ]
    return passages


def read_lines(path: Path) -> list[dict[str, str]]:
    """Read a file of one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def ask(retriever: Retriever, questions: list[str], label: str) -> list[Retrieval]:
    """Search for each question."""
    show = progress(label)
    found = []
    for done, question in enumerate(questions, start=1):
        found.append(retriever.search_now(question, DEPTH))
        show(done, len(questions))
    return found


def rank(retrieval: Retrieval, document: str) -> Rank:
    """Return the place of `document` among the distinct documents found."""
    documents = list(dict.fromkeys(scored.passage.document for scored in retrieval.passages))
    return documents.index(document) if document in documents else None


def share(found: list[Retrieval], *verdicts: Verdict) -> float:
    """Return the share of questions on which the gate decides so."""
    return round(sum(retrieval.verdict in verdicts for retrieval in found) / len(found), 4) if found else 0.0


if __name__ == "__main__":
    main()
