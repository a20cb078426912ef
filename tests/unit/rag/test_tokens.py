"""Words meet by their stems in both languages; codes and numbers only as themselves."""

import pytest

from core.rag.tokens import cognates, is_code, terms


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("насосы шумят", "насоса шумит"),
        ("клапан", "клапанов"),
        ("клапаны", "клапанами"),
        ("гидравлическая утечка", "гидравлические утечки"),
        ("счётчик", "счетчика"),
        ("pumps whining", "pump whine"),
        ("filters clogged", "filter clogging"),
    ],
)
def test_forms_of_a_word_are_one_term(left: str, right: str) -> None:
    assert terms(left) == terms(right)


@pytest.mark.parametrize("spelling", ["E-217", "e217", "E 217", "Е-217", "е217"])  # the last two in Cyrillic
def test_an_error_code_is_found_however_it_is_typed(spelling: str) -> None:
    assert "e217" in terms(f"ошибка {spelling} на пульте")


def test_part_numbers_and_standards_are_exact() -> None:
    assert "a10vso45" in terms("насос А10VSO45")
    assert "a10vso45" not in terms("насос A10VSO71")
    assert "iso4406" in terms("по ISO 4406")
    assert "18/16/13" in terms("класс 18/16/13")
    assert "18/16/13" not in terms("класс 18/16/14")


@pytest.mark.parametrize("spelling", ["0-400", "0–400", "от 0 до 400"])
def test_a_range_of_numbers_is_its_ends_however_it_is_written(spelling: str) -> None:
    assert terms(f"датчик {spelling} бар") == ["датчик", "0", "400", "бар"]


def test_a_unit_with_a_raised_digit_is_no_code() -> None:
    assert not any(map(is_code, terms("см³/об")))


def test_stop_words_with_yo_are_stop_words() -> None:
    assert terms("её чём ещё") == terms("ее чем еще")


def test_a_decimal_comma_is_a_decimal_point() -> None:
    assert terms("0,5 МПа") == terms("0.5 МПа")


def test_stop_words_and_signs_give_no_terms() -> None:
    assert terms("и в на the of, 🛠️ — !!!") == []


@pytest.mark.parametrize(
    ("russian", "english"),
    [("цилиндр", "cylinder"), ("аккумулятор", "accumulator"), ("Рексрот", "Rexroth"), ("гидравлика", "hydraulics")],
)
def test_cognates_meet_across_scripts(russian: str, english: str) -> None:
    assert set(cognates(russian)) & set(cognates(english))
