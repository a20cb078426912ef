import pytest

from core.rag.grounding import UNVERIFIED_MARK, ground
from core.rag.units import Figures, values

PASSAGES = [
    "Keep the inlet of a piston pump above 0.8 bar absolute. HLP 46 has 46 mm²/s at 40 °C.",
    "| Check | Pressure, bar | Speed, об/мин |\n|---|---|---|\n| Relief valve | 210–250 | 1 500 |",
]


@pytest.mark.parametrize(
    ("written", "clean", "citations"),
    [
        ("Open the valve [1].", "Open the valve [1].", (1,)),
        ("Open the valve[1, 2].", "Open the valve[1][2].", (1, 2)),
        ("Open the valve [1-2].", "Open the valve [1][2].", (1, 2)),
        ("Open the valve 【2】.", "Open the valve [2].", (2,)),
        ("Open the valve [2](https://evil.example/x).", "Open the valve [2].", (2,)),
    ],
)
def test_citations_end_up_in_one_form(written: str, clean: str, citations: tuple[int, ...]) -> None:
    grounded = ground(written, PASSAGES)
    assert (grounded.text, grounded.citations, grounded.invented) == (clean, citations, ())


def test_invented_citations_are_removed_and_reported() -> None:
    grounded = ground("Open the valve [3]. Bleed the pump [1][7]. Wait [0].", PASSAGES)
    assert grounded.text == "Open the valve. Bleed the pump [1]. Wait."
    assert grounded.citations == (1,)
    assert grounded.invented == ("3", "7", "0")


def test_an_invented_range_cannot_exhaust_memory() -> None:
    assert ground("Look [1-99999999999].", PASSAGES).invented == ("99999999999",)


@pytest.mark.parametrize(
    "sentence",
    [
        "The inlet must stay above 0.8 bar [1].",
        "На входе должно быть выше 0,8 бар [1].",
        "При 40 °C вязкость 46 сСт [1].",
        "Set the relief valve to 210–250 bar [2].",
        "Клапан: от 210 до 250 бар, 1500 об/мин [2].",
        "Turn at 1,500 rpm [2].",
    ],
)
def test_values_of_a_cited_passage_stand(sentence: str) -> None:
    grounded = ground(sentence, PASSAGES)
    assert grounded.text == sentence
    assert grounded.unverified == ()


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("Set the relief valve to 350 bar [2].", "350 bar"),
        ("Клапан настроен на 0,8 МПа [1].", "0,8 МПа"),  # the number is there, the unit is not
        ("The inlet must stay above 0.8 bar [2].", "0.8 bar"),  # in another passage than the one cited
        ("Heat the oil to 40–95 °C [1].", "40–95 °C"),
        ("Heat the oil to 0.8 °C [1].", "0.8 °C"),  # both are there, but not together
    ],
)
def test_a_value_that_the_cited_passage_lacks_is_marked(sentence: str, value: str) -> None:
    grounded = ground(sentence, PASSAGES)
    assert grounded.unverified == (value,)
    assert grounded.text == f"{sentence} {UNVERIFIED_MARK}"


@pytest.mark.parametrize("sentence", ["Yes, 315 bar are allowed [2].", "Yes, 315 bar are allowed."])
def test_a_value_of_the_question_is_not_confirmed_by_being_said_again(sentence: str) -> None:
    grounded = ground(f"Look at the relief valve [2]. {sentence}", PASSAGES, question="Is 315 bar allowed?")
    assert grounded.unverified == ("315 bar",)
    assert grounded.text.endswith(UNVERIFIED_MARK)


def test_the_digits_of_a_code_are_no_number_to_put_a_unit_to() -> None:
    assert ground("Set 217 bar [1].", ["Code E-217: the pressure in bar is too low."]).unverified == ("217 bar",)


def test_only_the_sentence_at_fault_is_marked() -> None:
    text = "1. Keep the inlet above 0.8 bar. [1]\n2. Set the valve to 999 bar [2]. Then run at 1500 rpm [2]."
    assert ground(text, PASSAGES).text == (
        "1. Keep the inlet above 0.8 bar. [1]\n"
        f"2. Set the valve to 999 bar [2]. {UNVERIFIED_MARK} Then run at 1500 rpm [2]."
    )


def test_a_sentence_without_citation_keeps_no_value_that_nothing_cited_has() -> None:
    grounded = ground("Keep the inlet above 0.8 bar.", PASSAGES)
    assert (grounded.text, grounded.citations, grounded.unverified) == ("", (), ())
    assert grounded.dropped == ("Keep the inlet above 0.8 bar.",)
    grounded = ground("1. Check the inlet [1].\n2. Set 420 bar.\n3. Keep it above 0.8 bar.", PASSAGES)
    assert grounded.text == "1. Check the inlet [1].\n3. Keep it above 0.8 bar."


SENSORS = ["[S1] Oil temperature: now 71.3 °C", "[S2] Pump pressure: now 250 bar"]


def test_a_reading_is_cited_like_a_passage() -> None:
    text = "The oil has 71.3 °C [S1]. It is [С2] 250 bar [1, s2]. Look [S3][9]."
    grounded = ground(text, PASSAGES, sensors=SENSORS)
    assert grounded.text == "The oil has 71.3 °C [S1]. It is [S2] 250 bar [1][S2]. Look."
    assert (grounded.citations, grounded.sensors, grounded.invented) == ((1,), (1, 2), ("S3", "9"))
    assert grounded.unverified == ()


@pytest.mark.parametrize(
    ("sentence", "value"),
    [("The oil has 64 °C [S1].", "64 °C"), ("It is 71.3 °C [1].", "71.3 °C"), ("250 bar [S1].", "250 bar")],
)
def test_a_reading_supports_only_what_cites_it(sentence: str, value: str) -> None:
    assert ground(sentence, PASSAGES, sensors=SENSORS).unverified == (value,)


def test_part_numbers_classes_and_steps_are_no_values() -> None:
    text = "Модель A10VSO45, класс 18/16/13, HLP 46; на шаге 3 с помощью ключа; глава 12."
    assert list(values(text)) == []


def test_figures_read_both_number_formats() -> None:
    figures = Figures("1,500 rpm and 0,8 бар")
    for text in ("1500 об/мин", "1 500 rpm", "0.8 bar", "0,8 бар"):
        assert all(figures.support(value) for value in values(text)), text
    assert not any(figures.support(value) for value in values("15 rpm, 8 bar, 1501 rpm"))
