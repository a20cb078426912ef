"""What a conversation is about: the machine that was chosen, or that a question names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.mentions import mentioned
from core.diagnostics.models import System
from core.diagnostics.service import DiagnosticsService, pick
from core.rag.models import Conversation
from core.users.rights import Actor, Right


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it is spoken of: its code, and its names by language."""

    code: str
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about. `changed`: it named another machine than the conversation's, which is it from now on.

    `names` are the plant's own words for the machines meant.
    """

    machine: Machine | None = None
    changed: bool = False
    names: tuple[str, ...] = ()


class Conversations:
    """Remembers, for each person in each chat, the machine talked about."""

    def __init__(self, sessions: SessionFactory, clock: Clock, diagnostics: DiagnosticsService) -> None:
        self._sessions = sessions
        self._clock = clock
        self._diagnostics = diagnostics

    async def choose(self, actor: Actor, chat_id: int, wanted: str | int) -> Machine:
        """Talk about the machine with that id, or called that, from now on.

        Raises:
            ForbiddenError: the actor may not see machines.
            UnknownSystemError, AmbiguousSystemError: no machine, or several, are called that.
        """
        machines = await self._diagnostics.machines(actor)
        machine = pick(machines, wanted)
        await self._remember(actor, chat_id, machine.code)
        return Machine(machine.code, dict(machine.names))

    async def forget(self, actor: Actor, chat_id: int) -> None:
        """Talk about no machine."""
        await self._remember(actor, chat_id, None)

    async def topic(self, actor: Actor, chat_id: int | None, question: str) -> Topic:
        """Return what `question` is about: the one machine that it names, else the conversation's.

        A machine named in the question becomes the conversation's; several change nothing.
        """
        if not actor.may(Right.SEE_MACHINES):
            return Topic()
        machines = await self._diagnostics.machines(actor)
        chosen = await self._chosen(actor, chat_id, machines) if chat_id is not None else None
        named = mentioned(machines, question)
        machine = named[0] if len(named) == 1 else chosen
        changed = chat_id is not None and machine is not chosen
        if changed and machine is not None and chat_id is not None:
            await self._remember(actor, chat_id, machine.code)
        meant = {m.code: m for m in (*named, *([machine] if machine else []))}
        names = tuple(name for m in meant.values() for name in (m.code, *m.names.values()))
        return Topic(_machine(machine), changed, names)

    async def current(self, actor: Actor, chat_id: int) -> str | None:
        """Return the code of the machine talked about in this chat."""
        query = select(Conversation.machine).where(Conversation.chat_id == chat_id, Conversation.user_id == actor.id)
        async with self._sessions() as session:
            return (await session.scalars(query)).one_or_none()

    async def _chosen(self, actor: Actor, chat_id: int, machines: Sequence[System]) -> System | None:
        code = await self.current(actor, chat_id)
        return next((machine for machine in machines if machine.code == code), None)

    async def _remember(self, actor: Actor, chat_id: int, code: str | None) -> None:
        if actor.id is None:
            return
        row = {"chat_id": chat_id, "user_id": actor.id, "machine": code, "updated_at": self._clock()}
        remembered = {"machine": code, "updated_at": row["updated_at"]}
        upsert = (
            insert(Conversation)
            .values(row)
            .on_conflict_do_update(index_elements=[Conversation.chat_id, Conversation.user_id], set_=remembered)
        )
        async with self._sessions.begin() as session:
            await session.execute(upsert)


def _machine(system: System | None) -> Machine | None:
    return Machine(system.code, dict(system.names)) if system else None
