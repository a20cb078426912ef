"""Steps that open a pressurised circuit are known by reviewed words, in both languages; talk about causes is not."""

from dataclasses import replace

import pytest

from core.rag.answers import Answer, AnswerMode
from core.rag.safety import needs_isolation, opens_circuit
from tests.fakes.assistant import PASSAGE, model_answer


@pytest.mark.parametrize(
    "text",
    [
        "Loosen the fitting at the rod side.", "Disconnect the case drain hose and measure.", "Replace the element.",
        "The hose is disconnected at the tank end.", "Never loosen a fitting under pressure.", "Don't remove the plug.",
        "1. Stop.\n2. Unscrew the relief valve.", "Bleed the cylinder at its top.", "Open the filter housing.",
        "Remove the hose under pressure.", "Take out the cartridge.", "Blank off the rod side.", "Change all filters.",
        "Ослабьте накидную гайку рукава.", "Отсоедините рукав поршневой полости.", "Замените элемент фильтра.",
        "Выверните пробку.", "Шланг отсоединяют у бака.", "Заглушите поршневую полость.",
        "Нельзя вскрывать линию под грузом.", "стравите воздух из цилиндра",
        "Снимите клапан и промойте.", "Вскройте корпус фильтра.", "Гидроаккумулятор демонтируют.",
    ],
)  # fmt: skip
def test_a_step_that_opens_the_circuit_is_known(text: str) -> None:
    assert opens_circuit(text)


@pytest.mark.parametrize(
    "text",
    [
        "Causes: worn pump, clogged filter, relief valve set too low.", "The relief valve opens at 285 bar.",
        "Valve stuck open, orifice plugged.", "Lower the boom to the ground.", "Check the oil level.",
        "Loosen the lock nut and turn the screw.", "Remove the load from the valve.", "Change over to the duty side.",
        "An open-centre valve passes oil to tank.", "Read the gauge at the test point.", "Replace the breather.",
        "Причины: износ насоса, забит фильтр, негерметичен клапан.", "Клапан открывается при 285 бар.",
        "Снимите показания датчика давления у насоса.", "Снять давление в линии.", "Проверьте уровень масла в баке.",
        "Снимите нагрузку с клапана.", "Ослаблен контакт.", "Насос воет на холодном масле.", "",
    ],
)  # fmt: skip
def test_what_does_not_open_it_stays_free(text: str) -> None:
    assert not opens_circuit(text)


def test_only_the_quoted_lines_count_in_quotes_but_the_whole_cited_passage_counts_behind_a_models_words() -> None:
    opening = replace(PASSAGE, text="Whine: low oil.\nThen loosen the suction fitting.")
    answer = model_answer("The oil is low [1].")
    passages = (replace(answer.passages[0], passage=opening),)
    quoted = replace(answer, mode=AnswerMode.EXTRACTIVE, text="Whine: low oil.\n[1]", passages=passages)
    assert not needs_isolation(quoted)
    assert needs_isolation(replace(answer, passages=passages))
    assert not needs_isolation(replace(answer, passages=passages, citations=()))
    assert needs_isolation(model_answer("Loosen the fitting [1]."))


def test_a_refusal_needs_no_checklist() -> None:
    assert not needs_isolation(Answer("?", "en", AnswerMode.REFUSAL, ""))
