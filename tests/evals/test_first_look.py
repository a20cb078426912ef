"""What the first look quotes for alarms of the demonstration plant: the sensor's own chapter, in the right language."""

import pytest

from bot.i18n import text_for
from core.rag.answers import ScoredPassage
from core.rag.causes import likely_causes
from core.rag.readership import PUBLIC
from core.rag.retrieval import Retriever
from demo.plant import MACHINES, MachineSpec
from tests.evals.handbook import build_retriever


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return build_retriever()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("sensor", "chapter"), [("case-drain", "05"), ("oil-temperature", "07"), ("cleanliness", "16"), ("filter-dp", "17")]
)
def test_an_alarm_is_explained_by_its_own_chapter(
    retriever: Retriever, sensor: str, chapter: str, language: str
) -> None:
    machine = MACHINES["press-2"]
    name = next(one.names[language] for one in machine.sensors if one.code == sensor)
    asked = text_for(language)("look-question-high", sensor=name)
    others = [word for other in MACHINES.values() if other is not machine for word in _called(other)]
    subject, causes = _search(retriever, name, 12, language), _search(retriever, asked, 40, language)
    shown = likely_causes(subject, causes, language, machine=_called(machine), others=others)[:2]
    assert all(scored.passage.language == language for scored in shown)
    assert chapter in [scored.passage.title[:2] for scored in shown]


def _search(retriever: Retriever, question: str, most: int, language: str) -> tuple[ScoredPassage, ...]:
    machine = MACHINES["press-2"]
    names = tuple(machine.names.values())
    return retriever.search_now(
        question, most, readership=PUBLIC, reader=language, machine=machine.code, names=names
    ).passages


def _called(machine: MachineSpec) -> list[str]:
    return [machine.code, *machine.names.values()]
