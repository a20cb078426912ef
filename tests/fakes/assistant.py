"""An assistant that answers from a script, and a library that keeps what it is given: seams of the bot's tests."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from core.errors import NotFoundError
from core.rag.answers import Answer, AnswerEvent, AnswerMode, Delta, Passage, Queued, ScoredPassage
from core.rag.llm import ModelState
from core.rag.querylog import FeedbackReason
from core.rag.question import checked_question
from core.users.rights import Actor

PASSAGE = Passage(
    id="p1",
    document="pumps/noise.md",
    title="Pump noise",
    section="Pump noise › Cavitation",
    page=None,
    revision=3,
    language="en",
    text="Cavitation sounds like *gravel* in the pump. Check the suction strainer first.",
)
Step = AnswerEvent | asyncio.Event | Exception
"""What a script is made of: events to yield, gates to wait at, faults to raise."""


def model_answer(text: str, *, query_id: int | None = 1, citations: tuple[int, ...] = (1,)) -> Answer:
    """Return an answer worded by a model over one passage."""
    return Answer(
        question="?",
        language="en",
        mode=AnswerMode.MODEL,
        text=text,
        passages=(ScoredPassage(PASSAGE, 0.9),),
        citations=citations,
        model="fake",
        index_version=1,
        query_id=query_id,
    )


@dataclass
class FakeAssistant:
    """Plays `script` for every question; remembers what it was asked and told."""

    script: Sequence[Step] = ()
    asked: list[str] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)
    rated: list[tuple[int, int, FeedbackReason | None]] = field(default_factory=list)
    started_anew: int = 0
    cancelled: int = 0
    answer: Answer | None = None
    model_name: str = "fake:1b"

    async def with_cases(self, actor: Actor, answer: Answer) -> Answer:
        """Know of no cases."""
        return answer

    async def model_state(self) -> ModelState:
        """Be without a model."""
        return ModelState.UNREACHABLE

    async def ask(
        self, actor: Actor, chat_id: int, question: str, *, fresh: bool = False
    ) -> AsyncIterator[AnswerEvent]:
        """Yield the script."""
        self.asked.append(checked_question(question))
        self.fresh.append(fresh)
        try:
            for step in self.script:
                match step:
                    case asyncio.Event():
                        await step.wait()
                    case Exception():
                        raise step
                    case Answer():
                        self.answer = replace(step, question=question)
                        yield self.answer
                    case Delta() | Queued():
                        yield step
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def question(self, actor: Actor, query_id: int) -> str:
        """Return a question asked before."""
        return f"question {query_id}"

    async def recorded(self, actor: Actor, query_id: int) -> Answer:
        """Return what was answered last."""
        if self.answer is None or self.answer.query_id != query_id:
            raise NotFoundError
        return self.answer

    async def last_question(self, actor: Actor, chat_id: int) -> str | None:
        """Return what was asked last."""
        return self.asked[-1] if self.asked else None

    async def give_up_interrupted(self, older_than: timedelta = timedelta(), asked_again: Collection[str] = ()) -> int:
        """Have nothing left over."""
        return 0

    async def feedback(self, actor: Actor, query_id: int, value: int, reason: FeedbackReason | None = None) -> None:
        """Remember a rating."""
        self.rated.append((query_id, value, reason))

    async def new_conversation(self, actor: Actor, chat_id: int) -> None:
        """Count the fresh starts."""
        self.started_anew += 1
