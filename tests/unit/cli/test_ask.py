import orjson

from cli.ask import ask_record, readable
from core.rag.answers import Answer, AnswerMode, Passage, Refusal, ScoredPassage
from core.rag.llm import ModelState

PASSAGE = Passage("1", "pump.md", "Pump noise", "Cavitation", None, 1, "en", "Keep the inlet above 0.8 bar.")
EXTRACT = Answer(
    question="Why?",
    language="en",
    mode=AnswerMode.EXTRACTIVE,
    text="Keep the inlet above 0.8 bar.\n[1]",
    passages=(ScoredPassage(PASSAGE, 0.9, 0.85, 3.1),),
    citations=(1,),
    timings_ms={"total": 12.5},
)
REFUSAL = Answer("Кто?", "ru", AnswerMode.REFUSAL, "", refusal=Refusal(("Pump noise",), ("футбол",)))


def test_the_json_of_an_answer_keeps_its_keys() -> None:
    record = orjson.loads(orjson.dumps(ask_record(EXTRACT)))
    assert record["answer"] == EXTRACT.text
    assert record["refused"] is False
    assert record["passages"] == [
        {"document": "pump.md", "section": "Cavitation", "score": 0.9, "text": "Keep the inlet above 0.8 bar."}
    ]
    assert record["citations"] == [1]
    assert record["timings_ms"] == {"total": 12.5}


def test_a_refusal_is_worded_in_the_language_of_the_question() -> None:
    record = ask_record(REFUSAL)
    assert record["refused"] is True
    assert "В документах нет ответа" in record["answer"]
    assert "футбол" in record["answer"]
    assert "Pump noise" in record["answer"]


def test_a_missing_model_is_named_with_the_command_that_helps() -> None:
    assert "ollama pull qwen3:8b" in readable(EXTRACT, "qwen3:8b", ModelState.MISSING)
    assert "No language model is connected" in readable(EXTRACT, "qwen3:8b", ModelState.UNREACHABLE)
    assert "[1] pump.md · Cavitation" in readable(EXTRACT, "qwen3:8b", ModelState.UNREACHABLE)
