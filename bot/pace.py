"""One pace for all that the bot sends: answers go first, deliveries wait for their turn, previews may be dropped.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about 30 messages a second in all, one
a second to a chat with short bursts, twenty a minute to a group.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto

ALL_A_SECOND, GROUP_A_MINUTE, BURST = 30, 20, 3
"""Telegram does not say how long a burst is short; three messages pass."""
_FOR_DELIVERIES, _FOR_PREVIEWS = 0.8, 0.6
"""How full a window may be for who can wait: the rest is kept for answers."""
_KEPT = 0.1
"""Part of a window that answers leave to deliveries, however much is asked: alarms must not starve."""
_OVERDUE_S = 4.0
"""A delivery that waited so long for a chat that is answered all the time goes between two answers."""
_LOOK_AGAIN_S = 0.02


class Urgency(Enum):
    """Who waits for what is sent."""

    ANSWER = auto()
    DELIVERY = auto()
    PREVIEW = auto()


_BEFORE = {Urgency.ANSWER: BURST - 1, Urgency.PREVIEW: 1, Urgency.DELIVERY: 0}
"""How much of a burst may have gone before in a chat."""
_urgency: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.ANSWER)


def urgency() -> Urgency:
    """Return as what requests are sent in this task."""
    return _urgency.get()


@contextmanager
def sent_as(how: Urgency) -> Iterator[None]:
    """Send requests inside as `how`."""
    token = _urgency.set(how)
    try:
        yield
    finally:
        _urgency.reset(token)


class _Window:
    """So many requests in so many seconds, wherever that stretch of time begins.

    A place is taken before a request leaves, and is free again `seconds` after its answer came: so no more than
    `places` arrive within `seconds`, however long each is on its way.
    """

    def __init__(self, places: int, seconds: float) -> None:
        self._places = places
        self._seconds = seconds
        self._held: Counter[Urgency] = Counter()
        self._ends: deque[tuple[float, Urgency]] = deque()

    def take(self, how: Urgency) -> None:
        """Take a place."""
        self._held[how] += 1

    def answered(self, how: Urgency, now: float) -> None:
        """Note that the request of a place was answered."""
        self._ends.append((now + self._seconds, how))

    def give_back(self, how: Urgency) -> None:
        """Free a place whose request was never made."""
        self._held[how] -= 1

    def wait(self, how: Urgency, now: float) -> float:
        """Return in how many seconds to ask again; 0 where there is a place."""
        self._forget(now)
        if self._admits(how):
            return 0.0
        return max(self._ends[0][0] - now, 1e-4) if self._ends else _LOOK_AGAIN_S

    def idle(self, now: float) -> bool:
        """Tell whether no place is taken."""
        self._forget(now)
        return not self._held.total()

    def room(self, until: float) -> int:
        """Return how many deliveries find a place until then."""
        freed = sum(end <= until for end, _ in self._ends)
        return int(self._places * _FOR_DELIVERIES) - self._held.total() + freed

    def _admits(self, how: Urgency) -> bool:
        total, kept = self._held.total(), int(self._places * _KEPT)
        match how:
            case Urgency.ANSWER:
                return total < self._places and self._held[how] < self._places - kept
            case Urgency.DELIVERY:
                few = self._held[how] < kept and total < self._places
                return few or total < int(self._places * _FOR_DELIVERIES)
            case Urgency.PREVIEW:
                return total < int(self._places * _FOR_PREVIEWS)

    def _forget(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._held[self._ends.popleft()[1]] -= 1


class _Chat:
    """One message a second, and bursts: a bucket that `BURST` messages fill and one leaves each second.

    A message that is under way may arrive any moment; one that was answered arrived then at the latest. Deliveries wait
    until the bucket is empty, so that an answer finds room.
    """

    def __init__(self, chat_id: int, second_s: float) -> None:
        self._second_s = second_s
        self._empty_at = 0.0
        self._under_way = 0
        self._minute = _Window(GROUP_A_MINUTE, 60 * second_s) if chat_id < 0 else None
        self.paused_until = 0.0

    def take(self, how: Urgency) -> None:
        self._under_way += 1
        if self._minute is not None:
            self._minute.take(how)

    def answered(self, how: Urgency, now: float) -> None:
        self._empty_at = max(self._empty_at, now) + self._second_s
        self._under_way -= 1
        if self._minute is not None:
            self._minute.answered(how, now)

    def give_back(self, how: Urgency) -> None:
        self._under_way -= 1
        if self._minute is not None:
            self._minute.give_back(how)

    def wait(self, how: Urgency, now: float, *, overdue: bool = False) -> float:
        """Return in how many seconds to ask again; 0 where one may go."""
        before = BURST - 1 if overdue else _BEFORE[how]
        before -= self._under_way
        waits = [self._empty_at - max(before, 0) * self._second_s - now, self.paused_until - now]
        if before < 0:
            waits.append(_LOOK_AGAIN_S)
        if self._minute is not None:
            waits.append(self._minute.wait(how, now))
        return max(*waits, 0.0)

    def idle(self, now: float) -> bool:
        """Tell whether there is nothing to remember."""
        busy = self._under_way or max(self._empty_at, self.paused_until) > now
        return not busy and (self._minute is None or self._minute.idle(now))


class Place:
    """A request's place within the limits, to be `answered` or given back."""

    def __init__(self, pace: "Pace", chat_id: int, how: Urgency) -> None:
        self._pace = pace
        self.chat_id = chat_id
        self._how = how
        self._open = True

    def answered(self, *, arrived: bool = True) -> None:
        """Note that its request was answered, or failed; `arrived`: there may be a message in the chat."""
        if self._open:
            self._open = False
            self._pace._answered(self.chat_id, self._how, arrived=arrived)

    def give_back(self) -> None:
        """Leave it to others, unless it was used."""
        if self._open:
            self._open = False
            self._pace._give_back(self.chat_id, self._how)


class Pace:
    """Hands out places. `second_s`: how long a second of Telegram's limits takes; benchmarks shorten it."""

    def __init__(self, second_s: float = 1.0) -> None:
        self._second_s = second_s
        self._all = _Window(ALL_A_SECOND, second_s)
        self._chats: dict[int, _Chat] = {}
        self._line = asyncio.Lock()
        self._waiting = 0
        self._paused_until = 0.0
        self._refused: tuple[int, float] = (0, 0.0)

    def busy(self, within_s: float = 0.0) -> list[int]:
        """Return the chats whose next delivery has to wait for longer than `within_s` seconds."""
        now = _now()
        self._chats = {chat_id: chat for chat_id, chat in self._chats.items() if not chat.idle(now)}
        return [chat_id for chat_id, chat in self._chats.items() if chat.wait(Urgency.DELIVERY, now) > within_s]

    def room(self, within_s: float) -> int:
        """Return how many more deliveries may go in the next `within_s` seconds."""
        until = _now() + within_s
        return 0 if self._paused_until > until else max(self._all.room(until) - self._waiting, 0)

    async def take(self, chat_id: int, how: Urgency) -> Place:
        """Wait for a place. Deliveries stand in line; answers go past them."""
        if how is Urgency.DELIVERY:
            return await self._stand_in_line(chat_id)
        await _until_none(lambda: self._wait(chat_id, how))
        return self._take(chat_id, how)

    def take_now(self, chat_id: int, how: Urgency) -> Place | float:
        """Return a place, or in how many seconds to ask again."""
        return self._wait(chat_id, how) or self._take(chat_id, how)

    def refused(self, chat_id: int, seconds: float) -> None:
        """Leave a chat alone for `seconds`: Telegram said so.

        Telegram does not say whom it means. Where it refuses another chat before that is over, it means the bot, and
        deliveries to all chats pause. Answers to other chats go on being tried: somebody waits for them.
        """
        now = _now()
        until = now + seconds
        other, others_until = self._refused
        if other != chat_id and others_until > now:
            self._paused_until = max(self._paused_until, until, others_until)
        self._refused = (chat_id, until)
        chat = self._chat(chat_id)
        chat.paused_until = max(chat.paused_until, until)

    async def _stand_in_line(self, chat_id: int) -> Place:
        how, overdue_at = Urgency.DELIVERY, _now() + _OVERDUE_S * self._second_s

        def for_chat() -> float:
            return self._chat(chat_id).wait(how, _now(), overdue=_now() >= overdue_at)

        def for_all() -> float:
            return max(self._all.wait(how, _now()), self._paused_until - _now(), 0.0)

        self._waiting += 1
        try:
            while True:
                await _until_none(for_chat)  # outside the line: who waits for a chat holds up nobody else
                async with self._line:
                    await _until_none(for_all)
                    if not for_chat():
                        return self._take(chat_id, how)
        finally:
            self._waiting -= 1

    def _wait(self, chat_id: int, how: Urgency) -> float:
        now = _now()
        pause = self._paused_until - now if how is Urgency.PREVIEW else 0.0
        return max(self._all.wait(how, now), self._chat(chat_id).wait(how, now), pause)

    def _chat(self, chat_id: int) -> _Chat:
        if chat_id not in self._chats:
            self._chats[chat_id] = _Chat(chat_id, self._second_s)
        return self._chats[chat_id]

    def _take(self, chat_id: int, how: Urgency) -> Place:
        self._all.take(how)
        self._chat(chat_id).take(how)
        return Place(self, chat_id, how)

    def _answered(self, chat_id: int, how: Urgency, *, arrived: bool) -> None:
        self._all.answered(how, _now())
        chat = self._chat(chat_id)
        if arrived:
            chat.answered(how, _now())
        else:
            chat.give_back(how)

    def _give_back(self, chat_id: int, how: Urgency) -> None:
        self._all.give_back(how)
        self._chat(chat_id).give_back(how)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _until_none(wait: Callable[[], float]) -> None:
    """Sleep until `wait` says that there is nothing left to wait for."""
    seconds = wait()
    while seconds > 0:
        await asyncio.sleep(seconds)
        seconds = wait()
