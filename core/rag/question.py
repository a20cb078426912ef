"""What the user asked: is it a question at all, in which language, and on what does it follow."""

import re
import unicodedata
from typing import ClassVar

from core.errors import BadInputError

MAX_QUESTION = 2000
"""Longest question, characters."""
_SHORT_QUESTION = 6
"""Up to so many words, a pronoun in the question points at the one before rather than at itself."""
_RUSSIAN_SHARE = 0.3
"""Share of Cyrillic letters from which a question is Russian: names of parts and units in it are often Latin."""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_OPENING = re.compile(r"(?:and|but|so|then|what about|how about|а|и|но|тогда|ещё|еще)\b", re.IGNORECASE)
_POINTER = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|there|same"
    r"|он|она|оно|они|его|её|ее|их|ему|ей|им|это|этот|эта|эти|этого|этой|этом|тот|там|такой|такое)\b",
    re.IGNORECASE,
)


class EmptyQuestionError(BadInputError):
    """The question is empty."""

    key: ClassVar[str] = "error-question-empty"


class NotAQuestionError(BadInputError):
    """The question has no words: emoji or punctuation only."""

    key: ClassVar[str] = "error-question-no-words"


class QuestionTooLongError(BadInputError):
    """The question is over MAX_QUESTION characters."""

    key: ClassVar[str] = "error-question-too-long"


def checked_question(text: str) -> str:
    """Return `text` as one clean line of words.

    Raises:
        EmptyQuestionError, NotAQuestionError, QuestionTooLongError
    """
    visible = "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else " " for c in text)
    question = " ".join(unicodedata.normalize("NFC", visible).split())
    if not question:
        raise EmptyQuestionError
    if len(question) > MAX_QUESTION:
        raise QuestionTooLongError(
            f"{len(question)} characters, the limit is {MAX_QUESTION}", length=len(question), limit=MAX_QUESTION
        )
    if not any(c.isalpha() for c in question):
        raise NotAQuestionError
    return question


def question_language(question: str, *, otherwise: str) -> str:
    """Return "ru" or "en" by the letters of the question's words; `otherwise` where there are none (`E-217?`)."""
    words = [word for word in _WORD.findall(question) if not any(c.isdigit() for c in word)]
    letters = "".join(words).lower()
    cyrillic = sum("а" <= c <= "я" or c == "ё" for c in letters)
    latin = sum("a" <= c <= "z" for c in letters)
    if cyrillic + latin < 2:
        return otherwise
    return "ru" if cyrillic >= _RUSSIAN_SHARE * (cyrillic + latin) else "en"


def in_context(question: str, before: str | None) -> str:
    """Return what to search for: a question that leans on the one before it is searched together with that."""
    return f"{before}\n{question}" if before and follows_up(question) else question


def follows_up(question: str) -> bool:
    """Tell whether the question leans on the one before: "and when it is cold?", "а если холодно?", "почему?"."""
    words = len(_WORD.findall(question))
    return words < 2 or bool(_OPENING.match(question)) or (words <= _SHORT_QUESTION and bool(_POINTER.search(question)))
