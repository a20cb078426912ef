"""What kind of value a question asks for, and whether a passage has one.

A question for a torque is not answered by a passage without a torque, however near it is: such questions look answered
to embeddings and to word counts alike, because all their words stand in the manual.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.rag.units import Figures, asked_units


class Quantity(StrEnum):
    """Kinds of values; `quantity-<kind>` names it to the reader. A record tells who did what when, at this plant."""

    TORQUE = "torque"
    PRICE = "price"
    PART_NUMBER = "part-number"
    PHONE = "phone"
    INTERVAL = "interval"
    PRESSURE = "pressure"
    TEMPERATURE = "temperature"
    FLOW = "flow"
    VISCOSITY = "viscosity"
    LENGTH = "length"
    SPEED = "speed"
    VOLTAGE = "voltage"
    CURRENT = "current"
    CONTENT = "content"
    WEIGHT = "weight"
    VOLUME = "volume"
    VIBRATION = "vibration"
    FREQUENCY = "frequency"
    POWER = "power"
    FORCE = "force"
    NOISE = "noise"
    RESISTANCE = "resistance"
    COLOUR = "colour"
    RECORD = "record"


_UNITS = {
    Quantity.TORQUE: {"Nm"},
    Quantity.INTERVAL: {"h", "d", "month", "year"},
    Quantity.PRESSURE: {"bar", "mbar", "MPa", "kPa", "Pa", "psi", "kgf/cm2"},
    Quantity.TEMPERATURE: {"°C", "°F", "K"},
    Quantity.FLOW: {"l/min", "GPM", "ml", "l", "cm3"},
    Quantity.VISCOSITY: {"mm2/s"},
    Quantity.LENGTH: {"mm", "um", "cm", "m"},
    Quantity.SPEED: {"rpm", "mm/s", "m/s"},
    Quantity.VOLTAGE: {"V", "mV"},
    Quantity.CURRENT: {"mA", "A"},
    Quantity.CONTENT: {"ppm", "%"},
    Quantity.WEIGHT: {"kg", "t"},
    Quantity.VOLUME: {"l", "ml", "cm3"},
    Quantity.VIBRATION: {"mm/s"},
    Quantity.FREQUENCY: {"Hz", "kHz"},
    Quantity.POWER: {"kW", "W"},
    Quantity.FORCE: {"kN", "N"},
    Quantity.NOISE: {"dB"},
    Quantity.RESISTANCE: {"ohm", "kohm", "Mohm"},
}
_BY_UNIT = {unit: quantity for quantity, units in reversed(_UNITS.items()) for unit in units}
"""What a unit measures; the first of several."""
_SIGNS = {
    Quantity.PRICE: re.compile(r"[€£₽]|US\$|\d\s?(?:EUR|USD|RUB|руб)\b|\d\s?рубл", re.IGNORECASE),
    Quantity.PART_NUMBER: re.compile(r"\b(?=[\w./-]*\d{3})[A-ZА-ЯЁ0-9][A-ZА-ЯЁ0-9./-]{6,}\b"),
    Quantity.PHONE: re.compile(r"\+\d[\d() -]{7,}\d"),
    Quantity.COLOUR: re.compile(
        r"\b(?:black|white|red|green|blue|yellow|orange|brown|grey|gray|ч[её]рн|бел|красн|зел[её]н|син|голуб|ж[её]лт"
        r"|оранжев|коричнев|сер)(?:ый|ая|ое|ые|ого|ой|ий|яя|ым)?\b",
        re.IGNORECASE,
    ),
    Quantity.RECORD: re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2}"),
}
"""What values without a unit look like."""

_ASKING = (
    r"(?:how (?:much|many|long|big|high|low|fast|thick|deep)|what(?:'s| is| are|s)?|which|max(?:imum)?|min(?:imum)?"
    r"|сколько|как(?:ой|ая|ое|ие|ого|ую|им|ом|ова|ов|ово)|макс\w*|мин(?:имальн\w+)?)"
)
_OF_ANOTHER_KIND = (
    r"(?:(?:causes?|reasons?|signs?|signatures?|symptoms?|effects?|results?|consequences?|roles?|purposes?|means|meaning"
    r"|principles?|methods?|different|differences?|advantages?|risks?|dangers?|happens|makes?|reduces?|increases?|raises?"
    r"|affects?|prevents?|measures?|эффекты?|рол[ьи]|смысл)\b"
    r"|причин|признак|симптом|последств|назначени|принцип|способ|метод|разниц|отлич|преимуществ|риск|опасност"
    r"|происход|влия|вызыва|снижает|повышает|измеря|показыва)"
)
"""What a question asks for in a quantity's stead: "what causes a low pressure", "каков признак
внутренней утечки"."""
_UP_TO_THREE_WORDS = rf"(?:\W+(?!{_OF_ANOTHER_KIND})[\w-]+){{0,3}}?\W+"
_AFTER_ASKING = {
    Quantity.PRESSURE: r"pressure(?! (?:sensor|gauge|transducer|relief|line|switch|drop))|precharge|setting"
    r"|давлени\w+|зарядк\w+",
    Quantity.TEMPERATURE: r"temperature|температур\w+",
    Quantity.FLOW: r"flow rate|leakage|drain flow|flow limit|расход\w*|утечк\w+",
    Quantity.VISCOSITY: r"viscosity|вязкост\w+",
    Quantity.LENGTH: r"clearance|diameter|radius|thickness|gap|зазор\w*|диаметр\w*|радиус\w*|толщин\w+",
    Quantity.SPEED: r"rpm|shaft speed|slew\w* speed|оборот\w*|частот\w+ вращен\w+",
    Quantity.VOLTAGE: r"voltage|напряжени\w+",
    Quantity.CURRENT: r"current|ток",
    Quantity.CONTENT: r"water content|содержани\w+ воды",
    Quantity.WEIGHT: r"weight|вес|масс[аыу]",
    Quantity.VOLUME: r"volume|capacity|объ[её]м|вместимост\w+|[её]мкост\w+",
    Quantity.NOISE: r"noise level|sound level|уров\w+ шума",
    Quantity.RESISTANCE: r"(?:coil|winding|insulation|electrical) resistance|resistance of (?:the |a )?(?:coil|winding)"
    r"|сопротивлени\w+ (?:катушк\w+|обмот\w+|изоляци\w+)",
    Quantity.VIBRATION: r"vibration (?:level|velocity|limit)|(?:level|limit) of vibration|вибраци\w+",
}
"""Names of quantities that many questions contain; only right behind an asking word do they ask for a value."""
_ALWAYS = {
    Quantity.TORQUE: r"(?:tighten\w*|bolt\w*|nut\w*) torque|torque (?:for|of|value|spec\w*)"
    r"|tighten\w* .*(?:bolt|nut|screw)|момент\w* затяж\w*|с каким (?:моментом|усилием)|сколько .*затя(?:жк|г|н)\w*",
    Quantity.PRICE: r"how much (?:does|do|is|are|for)\b.*\b(?:costs?|new|spare|replacement)|\bprices?\b|\bcosts? of\b"
    r"|сколько\b.*\bсто[ия]т\b|поч[её]м\b|\bцен[аыу]\b|стоимост\w+",
    Quantity.PART_NUMBER: r"\bpart (?:number|no)\b|\border(?:ing)? (?:code|number)|catalog\w* number|\bартикул\w*"
    r"|каталожн\w+ номер\w*|номер\w* (?:детали|запчаст\w+|по каталогу)"
    r"|(?:kit|seal|bearing|element|cartridge|hose|serial|inventory) number"
    r"|(?:серийн|заводск|инвентарн)\w+ номер\w*"
    r"|номер\w* (?:рем|фильтр|уплотнен|сальник|манжет|подшипник|кольц|картридж|шланг|рукав)\w*",
    Quantity.PHONE: r"\bphone\b|\btelephone\b|телефон\w*",
    Quantity.INTERVAL: r"how often|(?:change|service|replacement|maintenance) interval|(?:how many|operating) hours"
    r"|service life|shelf life|моточас\w*|периодичност\w*|как часто"
    r"|через сколько (?:часов|моточас\w*|месяц\w*|дней|лет)"
    r"|срок\w* (?:службы|замены)",
    Quantity.PRESSURE: r"(?:how many|in) bars?\b|сколько (?:бар|атмосфер)\b|в (?:барах|атмосферах|\w*паскалях)\b",
    Quantity.FLOW: r"сколько литров|how many lit",
    Quantity.TEMPERATURE: r"how (?:hot|warm)|сколько градусов|в градусах",
    Quantity.LENGTH: r"в (?:милли|санти)?метрах|в микронах",
    Quantity.WEIGHT: r"how heavy|сколько (?:весит|тонн)|\bin ton",
    Quantity.NOISE: r"how (?:loud|noisy)\b",
    Quantity.COLOUR: r"\b(?:what|which) colou?r\b|како(?:го|й|му) цвет\w*",
    Quantity.RECORD: r"\bwho (?:was|did|made|changed|replaced|repaired|serviced|installed|set|checked|built|last)\b"
    r"|\bwhen (?:was|were|did|has|have)\b|\bwhat (?:date|day|year)\b|\bin which year\b"
    r"|\bкто\s+(?:последн\w+\s+|это\s+)?(?:\w+л|\w+ла|\w+ли)\b|\bкогда (?:\w+ )?(?:в )?последний раз\b"
    r"|\bкогда\s+(?:был[аио]?|\w+ли)\b(?!.*,)|в каком году|какого числа",
}


@dataclass(frozen=True, slots=True)
class _Pattern:
    quantity: Quantity
    expression: re.Pattern[str]


_PATTERNS = (
    *(_Pattern(quantity, re.compile(words, re.IGNORECASE)) for quantity, words in _ALWAYS.items()),
    *(
        _Pattern(quantity, re.compile(rf"\b{_ASKING}{_UP_TO_THREE_WORDS}(?:{words})\b", re.IGNORECASE))
        for quantity, words in _AFTER_ASKING.items()
    ),
)


def wanted_values(question: str) -> tuple[Quantity, ...]:
    """Return the kinds of values that `question` asks for; mostly none."""
    found = [pattern.quantity for pattern in _PATTERNS if pattern.expression.search(question)]
    found += (_BY_UNIT[unit] for unit in asked_units(question) if unit in _BY_UNIT)
    return tuple(dict.fromkeys(found))


def has_value(quantity: Quantity, text: str) -> bool:
    """Tell whether `text` has something that may be such a value, by its unit or its look."""
    if quantity in _SIGNS:
        return bool(_SIGNS[quantity].search(text))
    return not _UNITS[quantity].isdisjoint(Figures(text).units)
