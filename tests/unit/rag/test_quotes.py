"""Quotes: word for word, short enough for a phone, and the lines that the question is about."""

from core.rag.answers import Passage, ScoredPassage
from core.rag.quotes import EXTRACT_CHARS, QUOTE_CHARS, extract, quote

HEAD = "Code | Meaning | Threshold"
ROWS = [
    f"E-{number} | Fault of kind {number} on this machine, see the manual | {number} bar" for number in range(200, 230)
]
TABLE = "\n".join([HEAD, *ROWS])
PROSE = "\n".join(f"Paragraph {n} speaks of seals and hoses, at some length, to fill the page." for n in range(30))


def scored(text: str, score: float = 1.0, language: str = "en") -> ScoredPassage:
    return ScoredPassage(Passage("id", "manual.md", "Manual", "Section", None, 1, language, text), score)


def test_a_short_passage_is_quoted_whole() -> None:
    assert quote("Change the strainer.", "why does the pump whine?") == "Change the strainer."


def test_of_a_long_table_the_head_and_the_row_asked_for_stay() -> None:
    assert quote(TABLE, "What does E-217 mean?").splitlines()[:2] == [HEAD, ROWS[17]]
    assert ROWS[16] not in quote(TABLE, "What does E-217 mean?")


def test_of_long_prose_the_run_about_the_question_stays_and_gaps_are_marked() -> None:
    passage = PROSE.replace("Paragraph 20 speaks of seals", "Paragraph 20 speaks of the relief valve")
    shown = quote(passage, "relief valve")
    assert "relief valve" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= QUOTE_CHARS + 4


def test_every_line_shown_is_a_line_of_the_passage() -> None:
    for passage in (TABLE, PROSE, "x" * 5000, "\n" * 2000):
        lines = set(passage.splitlines())
        assert all(line in lines or line in {"", "…"} for line in quote(passage, "seals E-205").splitlines())


def test_quotes_fit_a_message_and_the_best_passage_is_always_there() -> None:
    text, _, count = extract([scored(PROSE), scored(PROSE), scored(PROSE)], "hoses")
    assert count == 2
    assert text.count("[") == 2
    assert len(text) < EXTRACT_CHARS + 50
    assert extract([scored("x" * 9000)], "hoses")[2] == 1


def test_what_is_far_behind_the_best_of_its_language_is_not_quoted_but_kept() -> None:
    best, poor, other = (
        scored("Relief valve: 280 bar.", 0.9),
        scored("Seals.", 0.3),
        scored("Клапан: 280 бар.", 0.4, "ru"),
    )
    text, passages, count = extract([best, poor, other], "relief valve")
    assert text == "Relief valve: 280 bar.\n[1]\n\nКлапан: 280 бар.\n[2]"
    assert passages == (best, other, poor)
    assert count == 2
