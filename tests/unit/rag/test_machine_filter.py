"""A machine chosen first: other machines' passages stay out, and its own name never makes the gate refuse."""

from dataclasses import replace

import pytest

from core.rag.retrieval import Retriever
from tests.unit.rag.test_retrieval import TEXTS, passages, retriever

NAMES = ("press-2", "Press P-200", "Пресс П-200")


@pytest.fixture(scope="module")
def plant() -> Retriever:
    general = passages(TEXTS)
    own = [replace(p, machines=("press-2",)) for p in passages({"press.md": "Hot oil: the press cooler runs dry."})]
    others = [replace(p, machines=("hpu-7", "x-1")) for p in passages({"unit.md": "Hot oil: clean the unit's cooler."})]
    return retriever(general + own + others)


def found(plant: Retriever, machine: str | None) -> set[str]:
    return {scored.passage.document for scored in plant.search_now("hot oil cooler", 10, machine=machine).passages}


@pytest.mark.parametrize(
    ("machine", "left_out"),
    [(None, set()), ("press-2", {"unit.md"}), ("x-1", {"press.md"}), ("new-9", {"press.md", "unit.md"})],
)
def test_only_passages_of_other_machines_are_left_out(
    plant: Retriever, machine: str | None, left_out: set[str]
) -> None:
    assert found(plant, machine) == {*TEXTS, "press.md", "unit.md"} - left_out


@pytest.mark.parametrize("question", ["Why does the pump whine on P-200?", "Why does press-2 pump whine?"])
def test_a_known_machine_that_no_document_names_is_no_reason_to_refuse(question: str) -> None:
    manual = retriever(passages(TEXTS))
    assert manual.search_now(question, 5).refusal is not None
    assert manual.search_now(question, 5, machine="press-2", names=NAMES).refusal is None


def test_a_known_machine_does_not_excuse_an_unknown_code() -> None:
    refusal = retriever(passages(TEXTS)).search_now("What is E-999 on P-200?", 5, names=NAMES).refusal
    assert refusal is not None
    assert refusal.missing == ("E-999",)
