"""What the decision on an answer rests on, for the phone of somebody who looks after the documents."""

from bot.formatting import escape
from bot.i18n import Text
from bot.views.answers import place, shorten
from bot.views.measures import decimal, number
from bot.views.refusals import lacks
from core.rag.answers import Evidence, ScoredPassage
from core.rag.explaining import Explanation

_BEGINNING = 100
"""Characters of a passage that tell which one it is."""


def why(explained: Explanation, text: Text) -> str:
    """Show verdict, evidence and passages, best first, as Markdown."""
    found = explained.found
    lines = [f"«{shorten(explained.question)}»"]
    if explained.searched != explained.question:
        lines.append(text("why-in-context"))
    lines.append(text(f"why-{found.verdict}"))
    if found.evidence:
        lines += _evidence(found.evidence, text)
    lines += lacks(found.refusal, text)
    spent = round(sum(found.timings_ms.values()))
    lines.append(text("why-index", version=found.index_version or 0, milliseconds=spent))
    passages = [_passage(n, scored, text) for n, scored in enumerate(found.passages, 1)]
    return "\n\n".join(["  \n".join(map(escape, lines)), *passages])


def _evidence(evidence: Evidence, text: Text) -> list[str]:
    score, answer_from, partial_from = (
        number(value, text, signed=True) for value in (evidence.score, evidence.answer_from, evidence.partial_from)
    )
    lines = [text("why-score", score=score, answer_from=answer_from, partial_from=partial_from)]
    share = round(100 * evidence.support)
    lines.append(text("why-evidence", dense=decimal(evidence.dense, text, 3), share=share))
    if evidence.across:
        lines.append(text("why-across"))
    if evidence.strange:
        lines.append(text("why-strange", words=", ".join(evidence.strange)))
    if evidence.lacking:
        lines.append(text("why-lacking", words=", ".join(evidence.lacking)))
    if evidence.code_found:
        lines.append(text("why-code"))
    return lines


def _passage(position: int, scored: ScoredPassage, text: Text) -> str:
    dense = "–" if scored.dense is None else decimal(scored.dense, text, 3)
    lexical = "–" if scored.lexical is None else number(scored.lexical, text)
    scores = text("why-scores", fused=decimal(scored.score, text, 2), dense=dense, lexical=lexical)
    beginning = shorten(" ".join(scored.passage.text.split()), _BEGINNING)
    heading = f"**{escape(f'{position}. {place(scored.passage, text)}')}**"
    return "  \n".join([heading, escape(scores), f"_{escape(beginning)}_"])
