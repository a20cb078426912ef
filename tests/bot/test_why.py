"""/why in the chat, and how it reads on a phone."""

from dataclasses import replace

import pytest

from bot.console import ADMIN
from bot.formatting import render
from bot.i18n import LANGUAGES, text_for
from bot.views.why import why
from core.rag.answers import Evidence, Refusal, Retrieval, ScoredPassage
from core.rag.explaining import Explanation
from tests.bot.conftest import Stage
from tests.fakes.assistant import PASSAGE

EVIDENCE = Evidence(
    across=True,
    dense=0.8612,
    support=0.724,
    strange=("kx-77",),
    lacking=("flux",),
    values=("price",),
    code_found=False,
    score=-1.25,
    answer_from=0.5,
    partial_from=-2.0,
)
FOUND = Retrieval(
    question="сколько стоит KX-77?",
    passages=(ScoredPassage(PASSAGE, 0.931, 0.8612, 12.41), ScoredPassage(replace(PASSAGE, page=4), 0.5, None, None)),
    refusal=Refusal(nearest=("Pump noise",), missing=("KX-77",), values=("price",), partial=True),
    index_version=3,
    timings_ms={"embed": 20.2, "search": 20.9},
    evidence=EVIDENCE,
)


def test_verdict_evidence_and_all_scores_of_each_passage_are_shown() -> None:
    shown = render(why(Explanation(FOUND.question, FOUND.question, FOUND), text_for("ru"))).text
    for words in (
        "🟡",
        "Оценка −1,25: ответ от +0,5, цитаты от −2",
        "Близость по смыслу 0,861, слов найдено 72 %",
        "kx-77",
        "нет значения: цена",
        "Индекс v_3, 41 мс",
        "1. Pump noise › Cavitation\nитог 0,93 · смысл 0,861 · слова 12,4\nCavitation sounds like *gravel*",
        "2. Pump noise › Cavitation, с. 4\nитог 0,50 · смысл – · слова –",
    ):
        assert words in shown
    assert "вместе с предыдущим" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_one_message(language: str) -> None:
    long = replace(PASSAGE, text="valve " * 900)
    found = replace(FOUND, passages=(ScoredPassage(long, 0.9, 0.9, 1.0),) * 5)
    assert len(render(why(Explanation("why? " * 400, "x", found), text_for(language))).text) < 4096


async def test_in_the_chat_it_speaks_of_the_last_question_and_only_to_those_who_manage_documents(stage: Stage) -> None:
    assert "asked nothing in this chat" in (await stage.ask("/why", who=ADMIN))["text"]
    assert "no document" in (await stage.ask("/why почему воет насос?", who=ADMIN))["text"].lower()
    assert "asked nothing" not in (await stage.ask("/why"))["text"]
