"""Requests for readings in plain words: "давление пресса за сутки", "press 2 temperature since Monday". Rules only.

A sentence is a request only if every word of it is understood: a machine, its sensors, a stretch of time, and words of
asking. Whatever says more ("why does it fall?") is a question for the documents.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.diagnostics.mentions import is_form_of, mentioned, without_mentions, words_of
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.periods import DAY, BadPeriodError
from core.diagnostics.windows import Window, read_window

_QUANTITIES = {
    Quantity.PRESSURE: "pressure pressures давление давл",
    Quantity.FLOW: "flow расход подача",
    Quantity.TEMPERATURE: "temperature temperatures temp temps температура темп темпер",
    Quantity.VIBRATION: "vibration вибрация",
    Quantity.LEVEL: "level уровень уровня уровню уровнем",
    Quantity.CLEANLINESS: "cleanliness чистота",
    Quantity.SPEED: "speed обороты скорость",
    Quantity.POWER: "power мощность",
}
_ASKING = words_of(
    "how status state show give send plot draw chart graph picture readings reading values data summary "
    "overview report trend history sensor sensors pull display now current currently latest recent okay fine "
    "alright parameters tell "
    "как дела состояние покажи показать показывает показывают дай пришли график графики картинка показания "
    "значения данные сводка обзор тренд история динамика датчик датчики датчика отчёт выведи вывести выдай "
    "скинь построй нарисуй глянь глянуть посмотри посмотреть увидеть сейчас текущее последние свежие порядке "
    "параметры расскажи интересует"
)
"""Words that ask for readings, so that no stretch of time is needed."""
_ASKING_OF_A_MACHINE = re.compile(
    r"\b(?:что|чо|чё)\s+(?:там\s+)?(?:с|со|по|у)\b|\bwhat(?:'s|’s|\s+is)\s+up\b|\b(?:is|are)\b.*\bok\b", re.IGNORECASE
)
_INSTRUCTING = re.compile(
    r"\bhow\s+(?:to|(?:do|can|should)\s+(?:i|we|you))\b|\bкак\s+\w+(?:ть|ти|чь)(?:ся)?\b", re.IGNORECASE
)
"""Who asks how something is done wants no readings, whatever the other words."""
_FILLING = frozenset(
    words_of(
        "the a an of for on in at to from me my our please is are was were what and over during its with it "
        "be been has have had do does did doing going say says behave behaved behaving work worked working "
        "can could may you i we us let see get want need up right s ok any all hi hello hey thanks change "
        "changed happened happen only good morning evening afternoon "
        "по на в во за у с со о об и а ли для мне мой наш нас нам пожалуйста какое какая какой какие каков "
        "какова каково сколько было была были был есть что чо чё там нашего нашей этого этой всё все можно "
        "можешь можете хочу хотел бы нужен нужна нужны нужно надо вёл вела вело вели ведёт ведут себя работал "
        "работала работает работают работали живой живая привет здравствуйте добрый день доброе утро спасибо "
        "ка менялась менялся менялось менялись изменялась изменялось изменилась чувствует только"
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
    meant = _meant(sentence, systems, now, zone, about)
    if meant is None:
        return None
    system, named, window, rest = meant
    words = without_mentions(system, words_of(rest)) if named else words_of(rest)
    sensors, left = _sensors(system, words)
    asked = any(_is_one_of(word, _ASKING) for word in left) or bool(named and _ASKING_OF_A_MACHINE.search(sentence))
    if any(word not in _FILLING and not _is_one_of(word, _ASKING) for word in left):
        return None
    if not (asked or (window and (named or sensors))):
        return None
    return ReadingsRequest(system, sensors, window or Window(now - DAY, now))


def machine_meant(
    sentence: str, systems: Sequence[System], now: datetime, zone: ZoneInfo, *, about: System | None = None
) -> System | None:
    """Return the machine whose readings a sentence may ask for, without a look at sensors: `read_request` has them."""
    meant = _meant(sentence, systems, now, zone, about)
    return meant[0] if meant is not None else None


def _meant(
    sentence: str, systems: Sequence[System], now: datetime, zone: ZoneInfo, about: System | None
) -> tuple[System, bool, Window | None, str] | None:
    """Return the machine, whether it is named, the stretch of time if one is given, and the other words."""
    if _INSTRUCTING.search(sentence):
        return None
    try:
        found = read_window(sentence, now, zone)
    except BadPeriodError:
        return None
    window, rest = found or (None, sentence)
    named = mentioned(systems, rest, bare=True)  # a verb "press" would come with words that are not understood
    if len(named) > 1 or not (system := named[0] if named else about):
        return None
    return system, bool(named), window, rest


def _sensors(system: System, words: Sequence[str]) -> tuple[tuple[Sensor, ...], list[str]]:
    """Return the sensors that most of `words` speak of, and the words that speak of none."""
    known = {sensor.id: _names(sensor) for sensor in system.sensors}
    spoken = [w for w in words if w not in _FILLING and any(_is_one_of(w, names) for names in known.values())]
    left = [word for word in words if word not in spoken]
    if not spoken:
        return (), left
    fit = {sensor.id: _fit(sensor, known[sensor.id], spoken) for sensor in system.sensors}
    best = max(fit.values())
    return tuple(sensor for sensor in system.sensors if fit[sensor.id] == best), left


def _fit(sensor: Sensor, names: Sequence[str], spoken: Sequence[str]) -> tuple[int, int]:
    """Return how many words speak of what is measured, and how many of the sensor: the first decides."""
    quantity = words_of(_quantity(sensor))
    return sum(_is_one_of(w, quantity) for w in spoken), sum(_is_one_of(w, names) for w in spoken)


def _names(sensor: Sensor) -> list[str]:
    part = sensor.component.names.values() if sensor.component else ()
    words = [word for name in (*sensor.names.values(), *part, _quantity(sensor)) for word in words_of(name)]
    return [word for word in words if word not in _FILLING]


def _quantity(sensor: Sensor) -> str:
    return _QUANTITIES.get(Quantity(sensor.quantity), "") if sensor.quantity in set(Quantity) else ""


def _is_one_of(word: str, known: Sequence[str]) -> bool:
    return any(is_form_of(word, name) for name in known)
