"""`hydrodiag ask` and `hydrodiag retrieve`: answers, and what they rest on, from the command line."""

import asyncio
from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bot.i18n import Text, text_for
from bot.views.cases import line
from bot.views.refusals import lacks
from cli.context import command_settings, open_container
from core.container import Container
from core.errors import UnavailableError
from core.rag.answers import Answer, AnswerMode, Refusal, Retrieval, ScoredPassage
from core.rag.llm import ModelState
from core.rag.question import checked_question
from core.rag.readership import Readership, access_of
from core.users.rights import OPERATOR

_Question = Annotated[str, typer.Argument(help="The question, in English or Russian.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def ask(question: _Question, as_json: _Json = False) -> None:
    """Answer a question from the documents."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            answer = await _answer(container, question)
            state = await container.assistant.model_state()
        typer.echo(_dump(ask_record(answer)) if as_json else readable(answer, container.assistant.model_name, state))

    asyncio.run(work())


def retrieve(
    question: _Question,
    passages: Annotated[int, typer.Option("-k", "--passages", min=1, max=100, help="How many.")] = 5,
    as_json: _Json = False,
) -> None:
    """Show the passages for a question with their scores, and whether it would be answered; no model is asked."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            found = await container.orchestrator.retrieve(
                checked_question(question), readership=Readership(access_of(OPERATOR)), passages=passages
            )
        if as_json:
            typer.echo(_dump(_retrieve_record(found)))
        else:
            _show(found)

    asyncio.run(work())


async def _answer(container: Container, question: str) -> Answer:
    async with aclosing(container.assistant.ask(OPERATOR, None, question)) as events:
        async for event in events:
            if isinstance(event, Answer):
                return event
    raise UnavailableError("the assistant ended without an answer")


def ask_record(answer: Answer) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "answer": _refusal(answer.refusal, answer.language) if answer.refusal and answer.refused else answer.text,
        "refused": answer.refused,
        "partial": answer.refusal is not None and answer.refusal.partial,
        "passages": [_passage(scored) for scored in answer.passages],
        "citations": answer.citations,
        "cases": [case.to_json() for case in answer.cases],
        "mode": answer.mode,
        "language": answer.language,
        "degraded": answer.degraded,
        "unverified": answer.unverified,
        "model": answer.model,
        "index_version": answer.index_version,
        "timings_ms": answer.timings_ms,
    }


def _retrieve_record(found: Retrieval) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "refused": found.refusal is not None,
        "refusal": asdict(found.refusal) if found.refusal else None,
        "evidence": asdict(found.evidence) if found.evidence else None,
        "passages": [
            {**_passage(scored), "dense": scored.dense, "lexical": scored.lexical} for scored in found.passages
        ],
        "index_version": found.index_version,
        "timings_ms": found.timings_ms,
    }


def _passage(scored: ScoredPassage) -> dict[str, Any]:
    passage = scored.passage
    return {"document": passage.document, "section": passage.section, "score": scored.score, "text": passage.text}


def _dump(record: dict[str, Any]) -> str:
    return orjson.dumps(record, option=orjson.OPT_INDENT_2).decode()


def readable(answer: Answer, model: str, state: ModelState) -> str:
    """Return the answer as text: a note where no model worded it, and its sources."""
    text = text_for(answer.language)
    if answer.refusal and answer.refused:
        return "\n\n".join([*_cases(answer, text), _refusal(answer.refusal, answer.language)])
    parts = [answer.text]
    if answer.refusal:
        parts[:0] = [text("answers-partial"), *lacks(answer.refusal, text)]
    elif answer.mode is AnswerMode.EXTRACTIVE:
        note = "model-failed" if answer.degraded else f"model-{state}"
        parts.insert(0, f"({text(note, model=model)})")
    if answer.unverified:
        parts.append(text("answers-unverified", values=", ".join(answer.unverified)))
    parts += _cases(answer, text)
    sources = [
        f"[{n}] {answer.passages[n - 1].passage.document} · {answer.passages[n - 1].passage.section}"
        for n in answer.citations
    ]
    return "\n\n".join([*parts, "\n".join([text("answers-sources"), *sources])])


def _cases(answer: Answer, text: Text) -> list[str]:
    return [text("repair-cases"), *(line(case, text) for case in answer.cases)] if answer.cases else []


def _refusal(refusal: Refusal, language: str) -> str:
    text = text_for(language)
    lines = [text("answers-refusal"), *lacks(refusal, text)]
    if refusal.nearest:
        lines.append("\n".join([text("answers-refusal-nearest"), *(f"- {name}" for name in refusal.nearest)]))
    return "\n\n".join(lines)


def _show(found: Retrieval) -> None:
    table = Table("score", "dense", "lexical", "document", "section", "text", box=None)
    for scored in found.passages:
        passage = scored.passage
        scores = (
            f"{score:.3f}" if score is not None else "–" for score in (scored.score, scored.dense, scored.lexical)
        )
        table.add_row(*scores, passage.document, passage.section, " ".join(passage.text.split())[:80])
    console = Console()
    console.print(table)
    console.print(f"v_{found.index_version}: {found.verdict}", *lacks(found.refusal, text_for("en")), markup=False)
    if evidence := found.evidence:
        thresholds = f"answers from {evidence.answer_from:.2f}, quotes from {evidence.partial_from:.2f}"
        strange = " ".join(evidence.strange) or "–"
        pieces = f"dense {evidence.dense:.3f}, support {evidence.support:.2f}, unknown {strange}"
        console.print(f"score {evidence.score:.2f} ({thresholds}): {pieces}", markup=False)
