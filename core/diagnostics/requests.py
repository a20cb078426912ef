"""Requests for readings in plain words: "давление пресса за сутки", "press 2 temperature since Monday". Rules only.

A sentence is a request only if every word of it is understood: a machine, its sensors, a stretch of time, and words of
asking. Whatever says more ("why does it fall?") is a question for the documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.diagnostics.mentions import is_form_of, mentioned, without_mentions, words_of
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.periods import DAY, BadPeriodError
from core.diagnostics.windows import Window, read_window

_QUANTITIES = {
    Quantity.PRESSURE: "pressure pressures давление",
    Quantity.FLOW: "flow расход подача",
    Quantity.TEMPERATURE: "temperature temperatures температура",
    Quantity.VIBRATION: "vibration вибрация",
    Quantity.LEVEL: "level уровень",
    Quantity.CLEANLINESS: "cleanliness чистота",
    Quantity.SPEED: "speed обороты скорость",
    Quantity.POWER: "power мощность",
}
_ASKING = words_of(
    "how status state show give send plot draw chart graph readings reading values data summary report trend history "
    "sensor sensors как дела состояние покажи показать дай пришли график графики показания значения данные сводка "
    "тренд история динамика датчик датчики датчика отчёт"
)
"""Nouns and verbs that ask for readings, so that no stretch of time is needed."""
_FILLING = frozenset(
    words_of(
        "the a an of for on in at me my our please is are was were what and over during its with по на в во за у с "
        "со о об и мне мой наш пожалуйста какое какая какой какие каков какова было была были был есть что там "
        "нашего нашей этого всё все all"
    )
)


@dataclass(frozen=True, slots=True)
class ReadingsRequest:
    """Readings of a machine over a window; of all sensors where none are chosen."""

    system: System
    sensors: tuple[Sensor, ...]
    window: Window


def read_request(
    sentence: str, systems: Sequence[System], now: datetime, zone: ZoneInfo, *, about: System | None = None
) -> ReadingsRequest | None:
    """Return what readings a sentence asks for, None where it is no such request.

    `about` is the machine of the conversation, meant where the sentence names none.
    """
    try:
        found = read_window(sentence, now, zone)
    except BadPeriodError:
        return None
    window, rest = found or (None, sentence)
    named = mentioned(systems, rest, bare=True)  # a verb "press" would come with words that are not understood
    if len(named) > 1 or not (system := named[0] if named else about):
        return None
    words = without_mentions(system, words_of(rest)) if named else words_of(rest)
    sensors, left = _sensors(system, words)
    asked = any(_is_one_of(word, _ASKING) for word in left)
    if any(word not in _FILLING and not _is_one_of(word, _ASKING) for word in left):
        return None
    if not (asked or (window and (named or sensors))):
        return None
    return ReadingsRequest(system, sensors, window or Window(now - DAY, now))


def _sensors(system: System, words: Sequence[str]) -> tuple[tuple[Sensor, ...], list[str]]:
    """Return the sensors that most of `words` speak of, and the words that speak of none."""
    known = {sensor.id: _names(sensor) for sensor in system.sensors}
    spoken = [w for w in words if w not in _FILLING and any(_is_one_of(w, names) for names in known.values())]
    left = [word for word in words if word not in spoken]
    if not spoken:
        return (), left
    fit = {i: sum(_is_one_of(word, names) for word in spoken) for i, names in known.items()}
    best = max(fit.values())
    return tuple(sensor for sensor in system.sensors if fit[sensor.id] == best), left


def _names(sensor: Sensor) -> list[str]:
    quantity = _QUANTITIES.get(Quantity(sensor.quantity), "") if sensor.quantity in set(Quantity) else ""
    words = [word for name in (*sensor.names.values(), quantity) for word in words_of(name)]
    return [word for word in words if word not in _FILLING]


def _is_one_of(word: str, known: Sequence[str]) -> bool:
    return any(is_form_of(word, name) for name in known)
