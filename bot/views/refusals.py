"""What the documents lack, in words; plain text, for any face."""

from bot.i18n import Text
from core.rag.answers import Refusal


def lacks(refusal: Refusal | None, text: Text) -> list[str]:
    """Name the words of the question, and the values asked for, that the documents lack; a line each."""
    lines = []
    if refusal and refusal.missing:
        lines.append(text("answers-refusal-missing", words=", ".join(refusal.missing)))
    if refusal and refusal.values:
        values = ", ".join(text(f"quantity-{value}") for value in refusal.values)
        lines.append(text("answers-refusal-values", values=values))
    return lines
