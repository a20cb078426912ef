import pytest

from core.errors import BadInputError
from core.rag.question import (
    MAX_QUESTION,
    EmptyQuestionError,
    NotAQuestionError,
    QuestionTooLongError,
    checked_question,
    follows_up,
    question_language,
)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", EmptyQuestionError),
        (" \n\t\u200b", EmptyQuestionError),
        ("🔧🛢️🤷‍♂️", NotAQuestionError),
        ("?!...", NotAQuestionError),
        ("42", NotAQuestionError),
        ("x" * (MAX_QUESTION + 1), QuestionTooLongError),
        ("pump " * 1000, QuestionTooLongError),
    ],
)
def test_what_is_no_question_is_refused_with_its_own_message(text: str, error: type[BadInputError]) -> None:
    with pytest.raises(error) as caught:
        checked_question(text)
    assert caught.value.key.startswith("error-question-")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Why does\n the pump\twhine? ", "Why does the pump whine?"),
        ("насос воет 😱", "насос воет 😱"),
        ("E-217", "E-217"),
        ("x" * MAX_QUESTION, "x" * MAX_QUESTION),
        ("pump\x00 noise\u202e", "pump noise"),
    ],
)
def test_a_question_is_one_clean_line(text: str, clean: str) -> None:
    assert checked_question(text) == clean


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Why does the pump whine?", "en"),
        ("Почему воет насос?", "ru"),
        ("Насос A10VSO45 Bosch Rexroth шумит", "ru"),
        ("What does «насос» mean in the manual of the press?", "en"),
        ("E-217?", "ru"),
        ("A10VSO45", "ru"),
    ],
)
def test_the_words_of_a_question_decide_its_language_and_codes_do_not(question: str, language: str) -> None:
    assert question_language(question, otherwise="ru") == language


@pytest.mark.parametrize(
    "question", ["And when it is cold?", "а если масло холодное?", "why?", "What causes this?", "Как его проверить?"]
)
def test_a_question_that_points_back_is_a_follow_up(question: str) -> None:
    assert follows_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "pump cavitation causes",
        "насос воет",
        "Why does the pump whine only in the morning when it is cold?",
        "Италия выпускает насосы?",
    ],
)
def test_a_question_that_stands_alone_is_none(question: str) -> None:
    assert not follows_up(question)
