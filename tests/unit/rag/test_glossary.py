"""The glossary translates whole phrases and explains slang, and is itself in order."""

import tomllib
from pathlib import Path

import core.rag.glossary as module
from core.rag.glossary import Glossary, glossary


def wordings(question: str, spoken: str, wanted: str) -> list[str]:
    return [concept.wording for concept in glossary().concepts(question, spoken, wanted) if concept.wording]


def test_a_phrase_is_translated_whole_and_in_any_form() -> None:
    assert wordings("Как настроить предохранительные клапаны?", "ru", "en")[-1] == "relief valve"
    assert "предохранительный клапан" in wordings("Why does the relief valve chatter?", "en", "ru")


def test_field_slang_leads_to_the_words_of_the_book() -> None:
    (concept,) = [c for c in glossary().concepts("почему насос воет", "ru", "ru") if c.alternatives]
    assert "кавитац" in concept.alternatives
    assert "nois" in {term for c in glossary().concepts("насос воет", "ru", "en") for term in c.alternatives}


def test_plain_words_of_the_same_language_are_left_alone() -> None:
    assert not any(concept.alternatives for concept in glossary().concepts("How do I size a pump?", "en", "en"))


def test_every_word_of_a_question_is_in_one_concept() -> None:
    concepts = Glossary({"s": {"relief valve": "предохранительный клапан", "valve": "клапан"}}).concepts(
        "предохранительный клапан и другой клапан E-217", "ru", "en"
    )
    assert [concept.wording for concept in concepts] == ["relief valve", "valve", "", ""]


def test_every_entry_has_words_in_both_languages() -> None:
    sections = tomllib.loads(Path(module.__file__).with_name("glossary.toml").read_text(encoding="utf-8"))
    for lines in sections.values():
        for english, russian in lines.items():
            assert all(part.strip().isascii() and part.strip() for part in english.split(";")), english
            assert all(part.strip() and not part.strip().isascii() for part in russian.split(";")), russian
