"""Values with units, as engineers write them in English and Russian, in a form that can be compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS = {
    "bar": "bar|бара|бар",
    "mbar": "mbar|мбар",
    "MPa": "MPa|МПа",
    "kPa": "kPa|кПа",
    "Pa": "Pa|Па",
    "psi": "psi",
    "kgf/cm2": "kgf/cm[2²]|кгс/см[2²]|атм|atm",
    "°C": "°\\s?[CС]|degrees Celsius|градус(?:а|ов)? Цельсия",
    "°F": "°\\s?F",
    "K": "K|К",
    "l/min": "l/min|L/min|lpm|л/мин",
    "GPM": "GPM|gpm",
    "cm3": "cm[3³]|см[3³]|cc",
    "l": "litres?|liters?|l|L|литр(?:а|ов)?|л",
    "ml": "ml|mL|мл",
    "rpm": "rpm|min[-⁻][1¹]|об/мин",
    "Hz": "Hz|Гц",
    "kHz": "kHz|кГц",
    "mm2/s": "mm[2²]/s|мм[2²]/с|cSt|сСт",
    "mm/s": "mm/s|мм/с",
    "m/s": "m/s|м/с",
    "um": "µm|μm|um|микрон(?:а|ов)?|microns?|мкм",
    "mm": "mm|мм",
    "cm": "cm|см",
    "m": "metres?|meters?|m|м",
    "%": "%|percent|per cent|процент(?:а|ов)?",
    "ppm": "ppm|млн[-⁻][1¹]",
    "kW": "kW|кВт",
    "W": "W|Вт",
    "mA": "mA|мА",
    "A": "A|А",
    "mV": "mV|мВ",
    "V": "V|В",
    "kN": "kN|кН",
    "Nm": "N[·⋅ ]?m|Н[·⋅ ]?м",
    "N": "N|Н",
    "dB": "dB(?:\\(?A\\)?)?|дБ(?:\\(?[АA]\\)?)?|decibels?|децибел(?:а|ов)?",
    "ohm": "[\u03a9\u2126]|[Oo]hms?|Ом",
    "kohm": "k[\u03a9\u2126]|k[Oo]hms?|кОм",
    "Mohm": "M[\u03a9\u2126]|M[Oo]hms?|МОм",
    "kg": "kg|кг",
    "t": "tonnes?|тонн[аы]?",
    "ms": "ms|мс",
    "s": "seconds?|sec|s|секунд[аы]?|сек|с(?!\\s+[а-яё])",
    "min": "minutes?|min|минут[аы]?|мин",
    "h": "hours?|h|час(?:а|ов)?|ч",
    "d": "days?|дн(?:я|ей)|день|сут(?:ки|ок)",
    "month": "months?|месяц(?:а|ев)?",
    "year": "years?|год(?:а|ов)?|лет",
}
_SYMBOLS = tuple(_UNITS)
_ANY_UNIT = "|".join(f"({pattern})" for pattern in _UNITS.values())
_NUMBER = r"[-+−]?\d+(?:[ \u00a0\u202f]\d{3}(?!\d))*(?:[.,]\d+)*"
_START = r"(?<![\w.,/])"
_END = r"(?![\w/²³])"
_TO = r"\s?(?:[-–—…]|\.{2,3}|to|до)\s?"
_BARE = re.compile(rf"(?<![\w/])(?<![^\W\d_][-‐–—]){_NUMBER}|(?<=\d[-–—…]){_NUMBER}")
"""No part of a code: `E-217` is not 217 of anything."""
_UNIT = re.compile(rf"(?<![^\W\d_])(?:{_ANY_UNIT}){_END}")
_VALUE = re.compile(rf"{_START}({_NUMBER}(?:{_TO}{_NUMBER})?)[\s\u00a0\u202f-]?(?:{_ANY_UNIT}){_END}")
_ASKED = re.compile(rf"(?<!\w)(?i:in|how many|в|сколько)\s(?=\S\S)(?:{_ANY_UNIT}){_END}(?!-)")
"""Units of one letter are left out: too many words are."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number or a range with its unit: as `written`, every number in all its `readings`, and the unit's symbol."""

    written: str
    readings: tuple[frozenset[float], ...]
    unit: str


def values(text: str) -> Iterator[Value]:
    """Find the values with units in `text`: `0.8 bar`, `40–55 °C`, `1 500 об/мин`."""
    for match in _VALUE.finditer(text):
        symbol = _SYMBOLS[(match.lastindex or 2) - 2]
        ends = (end for end in re.split(rf"(?<=\d){_TO}(?=[-+−]?\d)", match[1]) if end)
        yield Value(match[0], tuple(_readings(end) for end in ends), symbol)


def asked_units(question: str) -> list[str]:
    """Return the units (symbols) in which `question` wants its answer: "in mm/s", "сколько л/мин"."""
    return [_SYMBOLS[(match.lastindex or 1) - 1] for match in _ASKED.finditer(question)]


class Figures:
    """The values in a text, and its numbers and units that stand apart, as in tables that keep the unit in the head."""

    def __init__(self, text: str) -> None:
        self._with_unit: dict[str, set[float]] = {}
        for value in values(text):
            self._with_unit.setdefault(value.unit, set()).update(*value.readings)
        rest = _VALUE.sub(" ", text)
        self._numbers = frozenset(reading for match in _BARE.finditer(rest) for reading in _readings(match[0]))
        self.units = frozenset(_SYMBOLS[(match.lastindex or 1) - 1] for match in _UNIT.finditer(text))

    def support(self, value: Value) -> bool:
        """Tell whether each number of `value` occurs with its unit, or alone where the text has the unit as well."""
        known = self._with_unit.get(value.unit, set())
        apart = self._numbers if value.unit in self.units else frozenset()
        return all(readings & known or readings & apart for readings in value.readings)


def _readings(number: str) -> frozenset[float]:
    """Return what `number` may mean: `1,500` is 1.5 in Russian and 1500 in English. Signs are left to the reader."""
    digits = re.sub(r"[^\d.,]", "", number).strip(".,")
    plain = digits.replace(",", ".")
    readings = {float(re.sub(r"[.,]", "", digits))} if re.search(r"[.,]\d{3}(?:$|[.,])", digits) else set()
    if plain.count(".") <= 1:
        readings.add(float(plain))
    return frozenset(readings)
