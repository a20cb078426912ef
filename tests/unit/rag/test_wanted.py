"""A question for a value is told from a question that merely mentions one, and a passage with such a value is known."""

import pytest

from core.rag.wanted import Quantity, has_value, wanted_values


@pytest.mark.parametrize(
    ("question", "quantity"),
    [
        ("tightening torque of the manifold bolts", Quantity.TORQUE),
        ("какой момент затяжки у болтов фланца?", Quantity.TORQUE),
        ("How much is a new gear pump?", Quantity.PRICE),
        ("сколько стоит фильтроэлемент", Quantity.PRICE),
        ("part number of the shaft seal", Quantity.PART_NUMBER),
        ("артикул ремкомплекта", Quantity.PART_NUMBER),
        ("телефон сервиса", Quantity.PHONE),
        ("How often should the breather be changed?", Quantity.INTERVAL),
        ("через сколько моточасов менять масло", Quantity.INTERVAL),
        ("What is the precharge of the accumulator?", Quantity.PRESSURE),
        ("какое давление настройки у клапана", Quantity.PRESSURE),
        ("what oil temperature is allowed", Quantity.TEMPERATURE),
        ("сколько литров в баке", Quantity.FLOW),
        ("how heavy is the pump", Quantity.WEIGHT),
        ("what colour is the pilot hose", Quantity.COLOUR),
        ("какого цвета бирка", Quantity.COLOUR),
        ("who changed the filter last night", Quantity.RECORD),
        ("when was the oil changed", Quantity.RECORD),
        ("кто менял фильтр", Quantity.RECORD),
        ("когда была последняя замена масла", Quantity.RECORD),
        ("когда последний раз меняли масло", Quantity.RECORD),
        ("в каком году собрали станцию", Quantity.RECORD),
        ("speed of the ram in mm/s", Quantity.SPEED),
        ("какая вибрация допустима на подшипнике", Quantity.VIBRATION),
        ("мощность двигателя станции в кВт", Quantity.POWER),
        ("how many kN does the press give", Quantity.FORCE),
        ("уставка предохранительного клапана в МПа", Quantity.PRESSURE),
        ("зазор золотника в микронах", Quantity.LENGTH),
        ("номер ремкомплекта для цилиндра", Quantity.PART_NUMBER),
        ("serial number of the drive motor", Quantity.PART_NUMBER),
        ("где посмотреть заводской номер пресса", Quantity.PART_NUMBER),
        ("how loud is the station", Quantity.NOISE),
        ("what is the differential pressure at the filter", Quantity.PRESSURE),
        ("what is the reduced pressure behind the valve", Quantity.PRESSURE),
        ("какая опасная температура масла", Quantity.TEMPERATURE),
        ("what control pressure does the valve need", Quantity.PRESSURE),
        ("какое у клапана давление открытия", Quantity.PRESSURE),
        ("какой уровень шума у маслостанции", Quantity.NOISE),
        ("Сколько децибел даёт насос", Quantity.NOISE),
        ("How many kN does the press give", Quantity.FORCE),
        ("what coil resistance is normal", Quantity.RESISTANCE),
        ("какое сопротивление обмотки у электромагнита", Quantity.RESISTANCE),
    ],
)
def test_a_question_for_a_value_is_recognised(question: str, quantity: Quantity) -> None:
    assert quantity in wanted_values(question)


@pytest.mark.parametrize(
    "question",
    [
        "Why does the pressure drop when the oil is hot?",
        "почему падает давление при нагреве масла",
        "из чего состоит контур",
        "the pump whines and the boom drifts down",
        "does the motor need torque at standstill?",
        "after the reducing valve pressure climbs while the clamp stands",
        "what does E-217 mean",
        "who may open the circuit",
        "кто имеет право снимать блокировку",
        "when should the filter be changed",
        "when the press was hot the seal leaked",
        "когда менять фильтр",
        "когда нужен обратный клапан",
        "когда насос нагрели, давление упало",
        "why is the oil black",
        "air in A side of the cylinder",
        "номер ошибки на экране",
        "масло в В-линии темнеет",
        "pressure in mm-thick hoses falls",
        "why is the pump so loud",
        "почему такой шум из насоса",
        "flow resistance of the return line rises",
        "What causes low pressure in the suction line?",
        "what are symptoms of leakage",
        "каков признак внутренней утечки по трём невязкам",
        "какие последствия утечки в цилиндре",
    ],
)
def test_a_question_for_a_cause_asks_for_no_value(question: str) -> None:
    assert wanted_values(question) == ()


@pytest.mark.parametrize(
    ("quantity", "text", "expected"),
    [
        (Quantity.TORQUE, "Tighten the bolts to 45 Nm in two steps.", True),
        (Quantity.TORQUE, "The motor has a high torque.", False),
        (Quantity.PRESSURE, "port | bar\nP | 250", True),
        (Quantity.PRICE, "Элемент стоит 4 500 руб.", True),
        (Quantity.PRICE, "Leaks cost energy: $P = pQ$.", False),
        (Quantity.PART_NUMBER, "Order R902543210 from the store.", True),
        (Quantity.PART_NUMBER, "Order a new element.", False),
        (Quantity.COLOUR, "The red hose is the pressure line.", True),
        (Quantity.COLOUR, "The hose is a pressure line.", False),
        (Quantity.RECORD, "Фильтр заменён 12.03.2026, Петров.", True),
        (Quantity.RECORD, "Change the filter every 500 h.", False),
        (Quantity.NOISE, "Below 75 dB(A) at one metre.", True),
        (Quantity.NOISE, "Шум 82 дБА.", True),
        (Quantity.RESISTANCE, "The coil has 5.6 kΩ.", True),
        (Quantity.RESISTANCE, "Сопротивление катушки 24 Ом.", True),
        (Quantity.PHONE, "Call +7 495 123-45-67 at night.", True),
    ],
)
def test_a_passage_with_such_a_value_is_recognised(quantity: Quantity, text: str, expected: bool) -> None:
    assert has_value(quantity, text) is expected
