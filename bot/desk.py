"""Questions under way: one answer at a time in a chat, a short line behind it, `/stop`, and an orderly end."""

import asyncio
import time
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramForbiddenError
from aiogram.types import InlineKeyboardMarkup

from bot.brief import BriefAnswer
from bot.holding import Claim, no_hold
from bot.i18n import text_for, text_of
from bot.ownership import working_for
from bot.patience import OUTAGES
from bot.streaming import GrowingAnswer
from bot.views import answers as views
from bot.views import safety
from bot.views.errors import describe_error
from core.errors import ConflictError, UnavailableError
from core.metrics import QUESTION_WAIT_SECONDS
from core.observability import bind_correlation_id
from core.rag.answers import Answer, AnswerMode, Delta, Queued
from core.rag.assistant import Assistant
from core.rag.isolation import Isolation
from core.rag.safety import needs_isolation
from core.supervisor import Supervisor
from core.telemetry import span
from core.users.rights import Actor
from core.users.service import UserService

log = structlog.get_logger(__name__)
MAX_WAITING = 3


class LineFullError(ConflictError):
    """Too many questions wait in this chat already."""

    key = "error-line-full"


class RestartingError(UnavailableError):
    """The bot is shutting down and takes no new questions."""

    key = "error-restarting"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it came in. `message_id` is replied to where other messages may come between.

    `fresh`: it was asked before, and the same answer won't do.
    """

    chat_id: int
    private: bool
    message_id: int
    text: str
    actor: Actor
    correlation_id: str | None = None
    fresh: bool = False
    claim: Claim = field(default_factory=lambda: no_hold().take(), compare=False)
    asked_at: float = field(default_factory=time.monotonic, compare=False)


class AnswerDesk:
    """Generates answers in the background, so that handlers return at once."""

    def __init__(
        self,
        bot: Bot,
        assistant: Assistant,
        isolation: Isolation,
        users: UserService,
        supervisor: Supervisor,
        *,
        edit_interval_s: float,
    ) -> None:
        self._bot = bot
        self._assistant = assistant
        self._isolation = isolation
        self._users = users
        self._supervisor = supervisor
        self._edit_interval_s = edit_interval_s
        self._lines: dict[int, deque[Question]] = {}
        self._running: dict[int, Question] = {}
        self._stopping: set[int] = set()

    def submit(self, question: Question) -> int:
        """Take `question`; return how many of this chat's questions are answered before it.

        Raises:
            LineFullError: too many wait already.
            RestartingError: the bot is on its way out.
        """
        line = self._lines.get(question.chat_id)
        if line is not None:
            if len(line) >= MAX_WAITING:
                raise LineFullError(count=MAX_WAITING)
            line.append(question)
            return len(line)
        self._lines[question.chat_id] = deque([question])
        try:
            self._supervisor.start(self._work(question.chat_id), name="answer", key=_key(question.chat_id))
        except RuntimeError:
            del self._lines[question.chat_id]
            raise RestartingError from None
        return 0

    async def stop(self, chat_id: int) -> bool:
        """Stop this chat's answer, whose text so far is kept, and forget the line behind it; False if there is none."""
        if chat_id not in self._lines or chat_id in self._stopping:
            return False
        self._stopping.add(chat_id)
        try:
            await self._forget(list(self._lines[chat_id]), chat_id)
            return await self._supervisor.cancel(_key(chat_id))
        finally:
            self._stopping.discard(chat_id)
            self._lines.pop(chat_id, None)

    async def stop_without_rights(self, person: Actor) -> int:
        """Stop what runs and forget what waits for a person who lost rights since they asked; say in how many chats."""
        chats = list(self._lines)
        lost = [chat for chat in chats if await self._forget_waiting(chat, person) or self._runs(chat, person)]
        for chat_id in lost:
            if self._runs(chat_id, person):
                await self.stop(chat_id)
        return len(lost)

    async def _forget_waiting(self, chat_id: int, person: Actor) -> bool:
        gone = [question for question in self._lines.get(chat_id, ()) if _lost_rights(question, person)]
        await self._forget(gone, chat_id)
        return bool(gone)

    async def _forget(self, questions: list[Question], chat_id: int) -> None:
        for question in questions:
            self._lines[chat_id].remove(question)
        for question in questions:
            await question.claim.release()

    def _runs(self, chat_id: int, person: Actor) -> bool:
        running = self._running.get(chat_id)
        return running is not None and _lost_rights(running, person)

    async def close(self, timeout: float) -> None:
        """Give running answers `timeout` seconds, keep what there is of the rest, and tell those still in line."""
        cut_short = await self._supervisor.drain(timeout)
        waiting = [question for line in self._lines.values() for question in line]
        self._lines.clear()
        for question in waiting:
            await self._finish(question, self._growing(question), text_of(question.actor)("error-restarting"))
        log.info("answers drained", cut_short=cut_short, not_started=len(waiting))

    async def _work(self, chat_id: int) -> None:
        line = self._lines[chat_id]
        while line:
            question = self._running[chat_id] = line.popleft()
            bind_correlation_id(question.correlation_id)
            QUESTION_WAIT_SECONDS.observe(time.monotonic() - question.asked_at)
            working_for(None if question.private else question.actor.id)
            try:
                with span("answer"):
                    await self._answer(question)
            except Exception:  # a fault of ours must not leave the chat without its desk
                log.exception("answer failed", chat=chat_id)
                await question.claim.give_back()
            finally:
                del self._running[chat_id]
        del self._lines[chat_id]

    async def _answer(self, question: Question) -> None:
        growing, text = self._growing(question), text_of(question.actor)
        async with asyncio.TaskGroup() as group:
            group.create_task(growing.keep_showing())
            outcome = await self._follow(question, growing)
            growing.stop_showing()
        match outcome:
            case Answer() if needs_isolation(outcome):
                await self._offer_checklist(question, growing, outcome)
            case Answer():
                words = await self._worded(question, outcome, growing)
                await self._finish(question, growing, words, growing.keyboard(outcome))
            case Exception():
                await self._finish(question, growing, views.broken_off(growing.markdown, describe_error(outcome, text)))
            case None:
                mark = text("answers-stopped" if question.chat_id in self._stopping else "answers-cut-short")
                await self._finish(question, growing, views.broken_off(growing.markdown, mark))
        if _cancelled():
            raise asyncio.CancelledError

    async def _offer_checklist(self, question: Question, growing: GrowingAnswer, answer: Answer) -> None:
        """Put the safety checklist where the answer will stand; the answer is on record."""
        text = text_of(question.actor)
        checklist = await self._isolation.offer(answer)
        await self._finish(question, growing, safety.checklist(checklist, text), safety.keyboard(checklist, text))

    async def _worded(self, question: Question, answer: Answer, growing: GrowingAnswer) -> str:
        """Word `answer` in its own language; quotes say why no model worded them."""
        text = text_for(answer.language, question.actor.units)
        if answer.mode is not AnswerMode.EXTRACTIVE:
            return growing.word(answer, text)
        state = "failed" if answer.degraded else await self._assistant.model_state()
        return growing.word(answer, text, text(f"model-{state}", model=self._assistant.model_name))

    async def _follow(self, question: Question, growing: GrowingAnswer) -> Answer | Exception | None:
        """Feed `growing` from the assistant; return the answer, what went wrong, or None when it was cancelled."""
        answer: Answer | None = None
        try:
            asked = self._assistant.ask(question.actor, question.chat_id, question.text, fresh=question.fresh)
            async with aclosing(asked) as events:
                async for event in events:
                    match event:
                        case Delta():
                            growing.add(event.text, held=event.held)
                        case Queued():
                            growing.wait_in_line(event.position)
                        case Answer():
                            answer = event
        except asyncio.CancelledError:
            return None
        except Exception as error:  # told to the user, logged with its reference id by describe_error
            return error
        return answer or UnavailableError("the assistant ended without an answer")

    async def _finish(
        self,
        question: Question,
        growing: GrowingAnswer,
        markdown: str,
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> None:
        try:
            await growing.finish(markdown, keyboard, reply_to=None if question.private else question.message_id)
        except TelegramForbiddenError:
            await self._users.set_reachable(question.actor.id or question.chat_id, reachable=False)
        except TelegramAPIError as error:
            log.exception("answer could not be delivered", chat=question.chat_id)
            if isinstance(error, OUTAGES):
                await question.claim.give_back()
        await question.claim.release()

    def _growing(self, question: Question) -> GrowingAnswer:
        kind = BriefAnswer if question.actor.poor_signal else GrowingAnswer
        return kind(
            self._bot,
            question.chat_id,
            text_of(question.actor),
            private=question.private,
            draft_id=question.message_id,
            interval_s=self._edit_interval_s,
        )


def _key(chat_id: int) -> tuple[str, int]:
    return ("answer", chat_id)


def _lost_rights(question: Question, person: Actor) -> bool:
    now = person if question.private else person.in_group()
    return question.actor.id == person.id and not now.keeps(question.actor)


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
