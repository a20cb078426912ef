"""Text from others, as people and models should see it."""

import unicodedata


def visible(text: str) -> str:
    """Return `text` without characters that can't be seen: they can reverse a value on the screen or split a word."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")
