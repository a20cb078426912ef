"""Causes are looked for in the chapters on what the alarm is about, not in any chapter on causes."""

from core.rag.answers import Passage, ScoredPassage
from core.rag.causes import likely_causes


def _found(document: str, section: str, language: str = "ru") -> ScoredPassage:
    passage = Passage(f"{document}#{section}", document, document, section, None, 1, language, section)
    return ScoredPassage(passage, score=0.5, dense=0.8, lexical=None)


HEAT, HEAT_CAUSES = _found("heat", "limits"), _found("heat", "causes")
NOISE_CAUSES, ENGLISH = _found("noise", "causes"), _found("heat-en", "causes", "en")
PRESS, DIGGER = ("press-2", "Пресс П-200"), ("excavator-1", "Экскаватор ЭО-35")
CODES = _found("codes", "Коды: Экскаватор ЭО-35")


def _causes(subject: list[ScoredPassage], causes: list[ScoredPassage], language: str = "ru") -> list[ScoredPassage]:
    return likely_causes(subject, causes, language, machine=PRESS, others=DIGGER)


def test_causes_of_something_else_stay_out() -> None:
    assert _causes([HEAT], [NOISE_CAUSES, HEAT_CAUSES]) == [HEAT_CAUSES, HEAT]


def test_each_passage_is_told_once() -> None:
    assert _causes([HEAT, HEAT_CAUSES], [HEAT_CAUSES]) == [HEAT_CAUSES, HEAT]


def test_the_readers_language_is_preferred_and_another_is_better_than_nothing() -> None:
    assert _causes([ENGLISH, HEAT], [ENGLISH, HEAT_CAUSES]) == [HEAT_CAUSES, HEAT]
    assert _causes([ENGLISH], [ENGLISH]) == [ENGLISH]


def test_what_is_headed_with_another_machine_is_left_out() -> None:
    assert _causes([CODES, HEAT], [CODES]) == [HEAT]
    both = _found("codes", "Пресс П-200 и Экскаватор ЭО-35")
    assert _causes([both], []) == [both]


def test_nothing_on_the_subject_is_nothing() -> None:
    assert _causes([], [NOISE_CAUSES]) == []
