"""The evidence card on a phone: labels that citations use, values with limits, and what disagrees."""

from dataclasses import replace

from bot.formatting import render
from bot.i18n import text_for
from bot.views.answers import answer as worded
from bot.views.evidence import card
from core.diagnostics.summary import Limits, State
from core.rag.answers import Answer, AnswerMode, Refusal
from core.rag.conversations import Machine
from core.rag.evidence import Disagreement, SensorCard, SensorReading, from_record, to_record
from tests.fakes.assistant import model_answer

PRESS = Machine("press-2", {"en": "Press P-200", "ru": "Пресс П-200"})
HOT = SensorReading(
    1,
    names={"en": "Oil temperature", "ru": "Температура масла"},
    quantity="temperature",
    unit="degC",
    state=State.WARNING,
    limits=Limits(warning_high=65.0),
    value=71.34,
    age_s=20.0,
    minimum=40.0,
    mean=55.5,
    maximum=72.0,
    per_day=3.0,
)
STALE = replace(HOT, number=2, names={"ru": "Уровень"}, state=State.STALE, age_s=5400.0, per_day=None)
SILENT = SensorReading(3, {"ru": "Вибрация"}, "vibration", "mm/s", State.SILENT, Limits())
CARD = SensorCard(PRESS, 24.0, (HOT, STALE, SILENT), well=4, disagreements=(Disagreement(1, 1, "не выше 60 °C"),))


def _shown(what: SensorCard, language: str = "ru") -> list[str]:
    return render(card(what, text_for(language))).text.split("\n")


def test_each_sensor_has_its_label_value_limit_and_period() -> None:
    lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in _shown(CARD)]
    assert lines[0].startswith("🔧 Пресс П-200: датчики за 24 ч")
    assert lines[1] == "[S1] ⚠️ Температура масла: 71,3 °C, предел 65 · 40 / 55,5 / 72 ↗"
    assert lines[2].startswith("[S2] ⏸ Уровень: молчит")
    assert lines[3] == "[S3] ⏸ Вибрация: показаний нет"
    assert lines[4] == "Остальные в норме: 4"
    assert len(lines) == 5


def test_sensors_that_could_not_be_read_and_a_new_subject_are_told() -> None:
    lines = _shown(SensorCard(PRESS, 24.0, readable=False, changed=True), "en")
    assert any("readings can't be had" in line for line in lines)
    assert any("/new" in line for line in lines)


def test_a_disagreement_stands_in_front_of_the_answer_and_the_card_behind_it() -> None:
    words = render(worded(replace(model_answer("Check [1]."), sensors=CARD), text_for("ru"))).text
    disagreement, answer, sensors = words.index("Расходится"), words.index("Check"), words.index("[S1] ⚠️")
    assert disagreement < answer < sensors < words.index("[1] Pump noise")
    assert "не выше 60 °C" in words


def test_a_refusal_still_shows_what_the_machine_says() -> None:
    refused = Answer("?", "ru", AnswerMode.REFUSAL, "", refusal=Refusal(), sensors=CARD)
    assert "[S1]" in render(worded(refused, text_for("ru"))).text


def test_the_card_comes_back_from_the_log_as_it_was_shown() -> None:
    assert from_record(to_record(CARD)) == CARD
