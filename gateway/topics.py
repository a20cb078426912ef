"""What topics mean: `plant/{machine}/{sensor}` -> `{machine}/{sensor}`, as the settings map them."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_PLACE = re.compile(r"\{(\w+)\}")


class Named(NamedTuple):
    """The sensor that a topic names (empty: the payload names it), and the unit of its plain payloads."""

    sensor: str
    unit: str


class TopicMap:
    """Templates of topics, and the sensor that each names."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._rules = [(_pattern(topic), *_target(target)) for topic, target in templates.items()]
        self.filters = tuple(dict.fromkeys(_PLACE.sub("+", topic) for topic in templates))

    def named(self, topic: str) -> Named:
        """Return what `topic` names, by the first template that fits it."""
        for pattern, sensor, unit in self._rules:
            if (match := pattern.fullmatch(topic)) is not None:
                return Named(sensor.format_map(match.groupdict()), unit)
        return Named("", "")


def check_templates(templates: Mapping[str, str]) -> None:
    """Accept templates that can be used.

    Raises:
        ValueError: with what is wrong.
    """
    for topic, target in templates.items():
        pattern, (sensor, _) = _pattern(topic), _target(target)
        unknown = set(_PLACE.findall(sensor)) - set(pattern.groupindex)
        if unknown:
            raise ValueError(f"{topic!r} has no {', '.join(sorted(unknown))}")


def _pattern(topic: str) -> re.Pattern[str]:
    levels = []
    for level in topic.split("/"):
        place = _PLACE.fullmatch(level)
        if place:
            levels.append(f"(?P<{place[1]}>[^/]*)")
        elif level == "+":
            levels.append("[^/]*")
        elif level == "#":
            levels.append(".*")
        else:
            levels.append(re.escape(level))
    return re.compile("/".join(levels))


def _target(target: str) -> tuple[str, str]:
    sensor, _, unit = target.strip().partition(" ")
    return sensor, unit.strip()
