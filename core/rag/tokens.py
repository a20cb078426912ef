"""Texts to search terms: Russian and English words by their stems, codes and numbers exactly."""

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_RUSSIAN

_QUESTION_WORDS = (
    "почему", "зачем", "отчего", "сколько", "какой", "какая", "какое", "какие", "каком", "какого", "каких", "каким",
    "какому", "какую", "которая", "который", "которые", "чем", "чему", "чего", "очень", "нужно", "надо", "можно",
    "бывает", "является", "why", "what", "which", "how", "does", "do", "much", "many",
)  # fmt: skip
_STOPWORDS = frozenset(word.replace("ё", "е") for word in (*STOPWORDS_EN_PLUS, *STOPWORDS_RUSSIAN, *_QUESTION_WORDS))
_WORD = re.compile(r"[^\W_]+(?:[-‐‑/.,'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_RANGE = re.compile(r"\d+(?:[.,]\d+)?[-‐‑]\d+(?:[.,]\d+)?")
_CYRILLIC = re.compile(r"[а-я]")
_SPACED_CODE = re.compile(r"\b([A-ZА-ЯЁ]{1,5}) (\d[\w/-]*)")
"""`ISO 4406`, `E 217`: capitals, a blank, and a number are one code, as if written together."""
_LOOK_ALIKE = str.maketrans("авекмнорстух", "abekmhopctyx")
"""Cyrillic letters that stand for Latin ones in part numbers typed on a Russian keyboard."""

_ROMAN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
        "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
        "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "u",
        "я": "ya",
    }
)  # fmt: skip
_SOUNDS = (
    ("sch", "s"), ("sh", "s"), ("ch", "k"), ("th", "t"), ("ph", "f"), ("kh", "h"), ("ck", "k"),
    ("ce", "ze"), ("ci", "zi"), ("cy", "zi"), ("zh", "g"), ("j", "g"), ("ts", "z"), ("x", "ks"),
    ("qu", "k"), ("q", "k"), ("c", "k"), ("w", "v"), ("y", "i"),
)  # fmt: skip
"""Spellings of one consonant in English and in romanised Russian, in the order in which they are replaced."""
_VOWEL = re.compile(r"[aeiou]")
_SILENT = re.compile(r"[aeiouh]")
_DOUBLED = re.compile(r"(.)\1+")
_SHORTEST_KEY = 3
_LONG_STEM = 5

_stemmers = {"ru": Stemmer.Stemmer("russian"), "en": Stemmer.Stemmer("english")}
_stemmers_lock = threading.Lock()


def terms(text: str) -> list[str]:
    """Return the search terms of `text` in order, repeats included, stop words left out.

    Words are lower-cased and stemmed. `E-217`, `e217` and `Е 217` (Cyrillic) all give `e217`; `18/16/13` gives itself
    and its parts; `0,5` gives `0.5`, and `0-400` its two numbers.
    """
    found = [_code(letters + digits) for letters, digits in _SPACED_CODE.findall(text)]
    for word in _WORD.findall(text.lower().replace("ё", "е")):
        found += _word_terms(word)
    return found


def cognates(text: str) -> list[str]:
    """Return keys that a word and its likely cognates in the other script share: `цилиндр` and `cylinder`, `Рексрот`
    and `Rexroth` meet in the first consonants of a rough romanisation. Numbers stand for themselves.
    """
    keys = []
    for word in _PART.findall(text.lower()):
        if word.isdigit():
            keys.append(word)
        elif word.replace("ё", "е") not in _STOPWORDS and len(skeleton := _skeleton(word)) >= _SHORTEST_KEY:
            keys += [skeleton[:length] for length in (_SHORTEST_KEY, _SHORTEST_KEY + 1) if length <= len(skeleton)]
    return keys


def is_code(term: str) -> bool:
    """Tell whether a term is a number or a code, which only itself can stand for."""
    return any(character.isdecimal() for character in term)


def is_part_number(term: str) -> bool:
    """Tell whether a term is a code rather than a plain number: `a10vso45`, `e217`, `18/16/13`."""
    return is_code(term) and not is_number(term)


def is_number(term: str) -> bool:
    """Tell whether a term is a plain number."""
    return bool(_NUMBER.fullmatch(term))


def _word_terms(word: str) -> list[str]:
    if _NUMBER.fullmatch(word):
        return [word.replace(",", ".")]
    if _RANGE.fullmatch(word):  # 0-400 is written 0–400 and "0 to 400" elsewhere
        return [number.replace(",", ".") for number in _NUMBER.findall(word)]
    parts = _PART.findall(word)
    if any(character.isdecimal() for character in word):
        whole = [_code(word)] if len(parts) > 1 or not word.isdigit() else []
        return whole + [part for part in parts if part.isdigit() or (1 < len(part) < len(word))]
    if len(parts) > 1:
        parts = [part for part in parts if len(part) > 1]
    return [_stem(part) for part in parts if part not in _STOPWORDS]


def _code(word: str) -> str:
    """Return one spelling for a code: lower case, Latin letters, no dashes."""
    return re.sub(r"[-‐‑.,'’]", "", word.lower()).translate(_LOOK_ALIKE)


@lru_cache(maxsize=65536)
def _skeleton(word: str) -> str:
    """Return the word's consonants, romanised: vowels and spelling habits differ between languages, consonants stay."""
    latin = unicodedata.normalize("NFD", word.translate(_ROMAN))
    latin = "".join(character for character in latin if character.isascii())
    for spelling, sound in _SOUNDS:
        latin = latin.replace(spelling, sound)
    first = "g" if latin.startswith("h") else _VOWEL.sub("a", latin[:1])  # hydro-, гидро-
    skeleton = first + _SILENT.sub("", latin[1:])
    return _DOUBLED.sub(r"\1", skeleton)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    with _stemmers_lock:  # a stemmer keeps its buffer between calls
        if not _CYRILLIC.search(word):
            return str(_stemmers["en"].stemWord(word))
        stem = ""
        # One pass leaves "клапан" and "клапанов" apart: it takes the first for a verb. Short stems are let be.
        while stem != word and (not stem or len(word) >= _LONG_STEM):
            stem, word = word, str(_stemmers["ru"].stemWord(word))
        return word
