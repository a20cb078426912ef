"""How well passages are found on XQuAD, in and across languages.

    python benchmarks/retrieval.py --xquad DIR [--mixed] [--json]

DIR holds xquad.en.json and xquad.ru.json. Every paragraph is one passage. Without --mixed each language has its own
index and is asked in both languages; `ru_en` is Russian questions on English paragraphs. With --mixed odd paragraphs
are indexed in English only, even ones in Russian only, and every question is asked in both languages: `all` is over
all of them, `cross` over those where question and paragraph differ in language.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.searching import Rank, configured_provider, ndcg_at_10, progress, recall_at, retriever_over
from core.rag.answers import Passage
from core.rag.embeddings import EmbeddingsProvider
from core.rag.retrieval import Retriever

LANGUAGES = ("en", "ru")


@dataclass(frozen=True)
class Paragraphs:
    """One language of XQuAD: paragraphs, and questions with the number of the paragraph that answers each."""

    texts: list[str]
    questions: list[tuple[str, int]]


def main() -> None:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--xquad", type=Path, required=True, metavar="DIR")
    parser.add_argument("--mixed", action="store_true", help="one index with both languages in it")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    data = {language: read_xquad(options.xquad / f"xquad.{language}.json") for language in LANGUAGES}
    provider = configured_provider()
    figures = mixed(data, provider) if options.mixed else by_direction(data, provider)
    if not options.json:
        for name, row in figures.items():
            print(f"{name:6}", *(f"{key} {value:.4f}" for key, value in row.items()), sep="  ")
    print(json.dumps(figures))


def read_xquad(path: Path) -> Paragraphs:
    """Read a file in SQuAD's format."""
    paragraphs = [
        paragraph
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]
        for paragraph in article["paragraphs"]
    ]
    questions = [(entry["question"], number) for number, item in enumerate(paragraphs) for entry in item["qas"]]
    return Paragraphs([item["context"] for item in paragraphs], questions)


def by_direction(data: dict[str, Paragraphs], provider: EmbeddingsProvider) -> dict[str, dict[str, float]]:
    """Ask each language's index in both languages."""
    figures = {}
    for target in LANGUAGES:
        passages = [_passage(number, text, target) for number, text in enumerate(data[target].texts)]
        retriever = retriever_over(passages, provider, target)
        for asked in LANGUAGES:
            name = f"{asked}_{target}"
            figures[name] = summary(ranks(retriever, data[asked].questions, name))
    return dict(sorted(figures.items()))


def mixed(data: dict[str, Paragraphs], provider: EmbeddingsProvider) -> dict[str, dict[str, float]]:
    """Ask one index that has every paragraph in one of the languages."""
    passages = [
        _passage(number, data[language].texts[number], language)
        for number in range(len(data["en"].texts))
        for language in [LANGUAGES[number % 2]]  # numbers count from 0, so the first, odd, paragraph is English
    ]
    retriever = retriever_over(passages, provider, "mixed")
    found: list[Rank] = []
    across: list[Rank] = []
    for asked in LANGUAGES:
        questions = data[asked].questions
        asked_ranks = ranks(retriever, questions, asked)
        found += asked_ranks
        across += [
            rank for rank, (_, number) in zip(asked_ranks, questions, strict=True) if passages[number].language != asked
        ]
    return {"all": summary(found), "cross": summary(across)}


def ranks(retriever: Retriever, questions: list[tuple[str, int]], label: str) -> list[Rank]:
    """Return the place of each question's paragraph among the first ten."""
    show = progress(f"{label}: asking")
    places: list[Rank] = []
    for done, (question, number) in enumerate(questions, start=1):
        found = [scored.passage.id for scored in retriever.search_now(question, 10).passages]
        places.append(found.index(str(number)) if str(number) in found else None)
        show(done, len(questions))
    return places


def summary(places: list[Rank]) -> dict[str, float]:
    """Return the figures that are compared over time."""
    return {
        "ndcg_at_10": ndcg_at_10(places),
        "recall_at_1": recall_at(1, places),
        "recall_at_5": recall_at(5, places),
    }


def _passage(number: int, text: str, language: str) -> Passage:
    return Passage(
        id=str(number), document=str(number), title="", section="", page=None, revision=1, language=language, text=text
    )


if __name__ == "__main__":
    main()
