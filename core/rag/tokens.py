"""Texts to search terms: Russian and English words by their stems, codes and numbers exactly."""

import re
import threading
from functools import lru_cache

import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_RUSSIAN

_STOPWORDS = frozenset(word.replace("ё", "е") for word in (*STOPWORDS_EN_PLUS, *STOPWORDS_RUSSIAN))
_WORD = re.compile(r"[^\W_]+(?:[-‐‑/.,'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_SPACED_CODE = re.compile(r"\b([A-ZА-ЯЁ]{1,5}) (\d[\w/-]*)")
"""`ISO 4406`, `E 217`: capitals, a blank, and a number are one code, as if written together."""
_LOOK_ALIKE = str.maketrans("авекмнорстухё", "abekmhopctyxe")
"""Cyrillic letters that stand for Latin ones in part numbers typed on a Russian keyboard."""

_stemmers = {"ru": Stemmer.Stemmer("russian"), "en": Stemmer.Stemmer("english")}
_stemmers_lock = threading.Lock()


def terms(text: str) -> list[str]:
    """Return the search terms of `text` in order, repeats included, stop words left out.

    Words are lower-cased and stemmed. `E-217`, `e217` and `Е 217` (Cyrillic) all give `e217`; `18/16/13` gives itself and
    its parts; `0,5` gives `0.5`.
    """
    found = [_code(letters + digits) for letters, digits in _SPACED_CODE.findall(text)]
    for word in _WORD.findall(text.lower()):
        found += _word_terms(word)
    return found


def is_code(term: str) -> bool:
    """Tell whether a term is a number or a code, which only itself can stand for."""
    return any(character.isdigit() for character in term)


def _word_terms(word: str) -> list[str]:
    if _NUMBER.fullmatch(word):
        return [word.replace(",", ".")]
    parts = _PART.findall(word)
    if any(character.isdigit() for character in word):
        whole = [_code(word)] if len(parts) > 1 or not word.isdigit() else []
        return whole + [part for part in parts if part.isdigit() or (len(parts) > 1 and part not in _STOPWORDS)]
    if len(parts) > 1:
        parts = [part for part in parts if len(part) > 1]
    return [_stem(part) for part in parts if part not in _STOPWORDS]


def _code(word: str) -> str:
    """Return one spelling for a code: lower case, Latin letters, no dashes."""
    return re.sub(r"[-‐‑.,'’]", "", word.lower()).translate(_LOOK_ALIKE)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    word = word.replace("ё", "е")
    language = "ru" if re.search(r"[а-я]", word) else "en"
    with _stemmers_lock:  # a stemmer keeps its buffer between calls
        return str(_stemmers[language].stemWord(word))
