"""Answers on record, for what people do with them afterwards."""

from dataclasses import asdict, replace
from datetime import timedelta

from bot.console import ENGINEER
from core.rag.answers import Passage
from core.rag.models import Document, DocumentState, QueryLogEntry
from tests.bot.conftest import Stage
from tests.fakes.assistant import PASSAGE


async def add_document(stage: Stage, name: str = PASSAGE.document, **values: object) -> None:
    """Put a document on the register, as the passage of the fake assistant knows it."""
    row: dict[str, object] = {
        "name": name,
        "title": PASSAGE.title,
        "media_type": "text/markdown",
        "language": "en",
        "revision": PASSAGE.revision,
        "content_hash": "0",
        "content": b"",
        "size": 0,
        "state": DocumentState.INDEXED,
    }
    async with stage.container.sessions.begin() as session:
        session.add(Document(**row | values))


async def add_answer(
    stage: Stage, *passages: Passage, who: int = ENGINEER, age: timedelta = timedelta(), **values: object
) -> int:
    """Put a question on record that was answered from `passages`, all of them cited; return its id."""
    scores = {"score": 0.9, "dense": 0.88, "lexical": None, "cited": True}
    row: dict[str, object] = {
        "asked_at": stage.container.clock() - age,
        "user_id": who,
        "chat_id": who,
        "language": "ru",
        "question": "почему воет насос?",
        "outcome": "answered",
        "answer": "Check the strainer [1].",
        "passages": [asdict(passage) | scores for passage in passages],
        "mode": "model",
        "model": "fake",
        "index_version": 1,
    }
    entry = QueryLogEntry(**row | values)
    async with stage.container.sessions.begin() as session:
        session.add(entry)
    return entry.id


def passage(number: int, text: str) -> Passage:
    """Return one more passage of the same document."""
    return replace(PASSAGE, id=f"p{number}", section=f"Pump noise › Part {number}", text=text)
