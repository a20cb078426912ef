"""Fluent texts: `bot/locales/<language>/*.ftl`. No aiogram here, so that the command line can word things too."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from core.users.models import Units
from core.users.rights import Actor

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("en", "ru")


class Text:
    """Words messages in one language, for a reader of certain units.

    `text("answer-sources", count=3)` returns the message; a missing key is a programming error that tests catch.
    """

    def __init__(self, language: str, units: Units = Units.METRIC) -> None:
        self.language = language
        self.units = units
        self._bundle = _bundle(language)

    def __call__(self, key: str, /, **params: Any) -> str:
        """Return the message `key` filled with `params`.

        Raises:
            KeyError: no such message in this language.
            ValueError: the message needs a parameter that is not given.
        """
        message = self._bundle.get_message(key)
        if message.value is None:
            raise KeyError(key)
        text, errors = self._bundle.format_pattern(message.value, params)
        if errors:
            raise ValueError(f"{key}: {errors[0]}")
        return str(text)

    def keys(self) -> set[str]:
        """Return the keys of all messages in this language."""
        return set(self._bundle._messages)


@lru_cache
def _bundle(language: str) -> FluentBundle:
    # Isolation marks (FSI/PDI) would count as characters and confuse copy and paste on phones.
    bundle = FluentBundle([language], use_isolating=False)
    for file in sorted((LOCALES / language).glob("*.ftl")):
        bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle


@lru_cache
def text_for(language: str, units: Units = Units.METRIC) -> Text:
    """Return the texts in `language` ("en" or "ru"; anything else reads English) for a reader of `units`."""
    return Text(language if language in LANGUAGES else "en", units)


def text_of(reader: Actor) -> Text:
    """Return the texts as `reader` has chosen them."""
    return text_for(reader.language, reader.units)
