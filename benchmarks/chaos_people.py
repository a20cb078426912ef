"""Who uses the installation in benchmarks/chaos.py, what they ask of it, and how each request ended."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import httpx

from benchmarks.chaos_plant import MACHINE, SENSORS, Plant
from benchmarks.telling import tell
from bot.console.people import Person
from bot.i18n import LOCALES
from core.clock import utc_now
from core.users.models import Role

Message = dict[str, Any]
BATCH = 10
_THINKING_S = (0.5, 3.0)
_PAUSE_S = 0.5
ENGINEERS, LIBRARIANS = 6, 2
PEOPLE = {
    Person(2000 + n, f"P{n}", "Chaos", f"p{n}", "en", "engineer"): Role.ENGINEER if n < ENGINEERS else Role.ADMIN
    for n in range(ENGINEERS + LIBRARIANS)
}


class End(StrEnum):
    """How a request ended."""

    ANSWERED = "answered"
    DEGRADED = "degraded"
    FAILED = "failed_clearly"
    LOST = "lost"


Read = Callable[[Message], End | None]
"""Tells how a request ended, by a message that came after it; None: that is not its end."""


def words_of(*keys: str) -> tuple[str, ...]:
    """Return the longest fixed words of the English messages whose keys begin so."""
    found = []
    for file in sorted((LOCALES / "en").glob("*.ftl")):
        for key, value in re.findall(r"^([a-z][\w-]*) =(.*(?:\n[ \t]+.*)*)", file.read_text(), re.MULTILINE):
            if key.startswith(keys):
                pieces = re.split(r"\{[^{}]*\}|\n", value)
                found.append(max((piece.strip(" {}[]*-➜>.…") for piece in pieces), key=len))
    return tuple(words for words in found if len(words) > 5)


_QUOTED = words_of("model-ready", "model-missing", "model-unreachable", "model-failed")
_REFUSED = words_of("answers-refusal", "answers-partial", "safety-heading")
_APOLOGIES = words_of(
    "error-", "answers-interrupted", "answers-cut-short", "uploads-not-fetched", "uploads-halted", "uploads-stopped",
    "imports-failed", "imports-gone", "imports-stopped", "documents-failed",
)  # fmt: skip


@dataclass
class Ledger:
    """Every request and its end; one without an end after `deadline_s` seconds is lost."""

    deadline_s: float
    ends: Counter[tuple[str, End]] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    """Names of those that the chat said are indexed."""
    readings: dict[tuple[str, datetime], float] = field(default_factory=dict)
    """Those that were acknowledged."""
    lost: list[str] = field(default_factory=list)

    def note(self, kind: str, end: End, seconds: float, what: str = "") -> None:
        """Take down one request."""
        self.ends[kind, end] += 1
        self.took.append(seconds)
        if end is End.LOST:
            self.lost.append(f"{kind}: {what}")
            tell(f"LOST {kind}: {what}")

    def total(self, end: End) -> int:
        """Return how many requests ended so."""
        return sum(count for (_, how), count in self.ends.items() if how is end)


class Somebody:
    """One person, who does one thing after the other and waits for the end of each."""

    def __init__(self, plant: Plant, person: Person, ledger: Ledger, questions: list[str], seed: int) -> None:
        self._plant = plant
        self._console = plant.console
        self._id = person.id
        self._ledger = ledger
        self._questions = questions
        self._chance = random.Random(seed)
        self._librarian = PEOPLE[person] is Role.ADMIN
        self._count = 0

    async def live(self, until: float) -> None:
        """Ask, look and send until that moment of the loop's time."""
        habits: list[Callable[[], Any]] = [self._ask, self._ask, self._ask, self._summary, self._machines]
        if self._librarian:
            habits = [self._document, self._document, self._file, self._ask, self._summary]
        while asyncio.get_running_loop().time() < until:
            await self._chance.choice(habits)()
            await asyncio.sleep(self._chance.uniform(*_THINKING_S))

    async def _ask(self) -> None:
        question = self._chance.choice(self._questions)

        def read(message: Message) -> End | None:
            text = _text(message)
            if f"You ask: {question}" in text:
                return End.DEGRADED if _has(text, _QUOTED) else End.ANSWERED
            if _has(text, _QUOTED):
                return End.DEGRADED
            return End.ANSWERED if _has(text, _REFUSED) else None

        await self._request("question", question, read)

    async def _summary(self) -> None:
        await self._request("summary", f"/summary {MACHINE}", lambda m: End.ANSWERED if "photo" in m else None)

    async def _machines(self) -> None:
        await self._request("machines", "/systems", lambda m: End.ANSWERED if "Rig" in _text(m) else None)

    async def _document(self) -> None:
        self._count += 1
        name, mark = f"note-{self._id}-{self._count}.md", f"mark{self._id}x{self._count}"
        title = f"Note {mark}"
        body = f"# {title}\n\nThe pump of stand {mark} whines when the oil is cold.\n".encode()

        def read(message: Message) -> End | None:
            words = _text(message)
            return End.ANSWERED if title in words and ("indexed" in words or "can be searched" in words) else None

        started = time.monotonic()
        ended = await self._end(await self._sent(name, body), read)
        self._note("document", ended, started, name)
        if ended and ended[0] is End.ANSWERED:
            self._ledger.documents.add(name)

    async def _file(self) -> None:
        self._count += 1
        name = f"readings-{self._id}-{self._count}.csv"
        begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self._id % 100, minutes=self._count)
        rows = {(f"{MACHINE}/s0", begin + timedelta(seconds=n)): 100.0 + n for n in range(20)}
        started = time.monotonic()
        tried = await self._sent(name, _csv(rows).encode())
        offered = await self._end(tried, lambda m: End.ANSWERED if _offer(m) and "tried out" in _text(m) else None)
        if offered is None or offered[0] is not End.ANSWERED:
            self._note("file of readings", offered, started, name)
            return
        message = offered[1]
        button = _offer(message)
        await self._console.press(self._id, message["message_id"], button)

        def read(seen: Message) -> End | None:
            return End.ANSWERED if f"{name}: taken in" in _text(seen) else None

        ended = await self._end(message["message_id"] - 1, read)
        self._note("file of readings", ended, started, name)
        if ended and ended[0] is End.ANSWERED:
            self._ledger.readings |= rows

    async def _request(self, kind: str, words: str, read: Read) -> None:
        started = time.monotonic()
        said = await self._console.say(self._id, words)
        self._note(kind, await self._end(said["message_id"], read), started, words)

    async def _sent(self, name: str, body: bytes) -> int:
        return int((await self._console.upload(self._id, name, body))["message_id"])

    async def _end(self, after: int, read: Read) -> tuple[End, Message] | None:
        """Wait for the first message after `after` that ends a request; None: none came in time."""

        def look() -> tuple[End, Message] | None:
            for message in self._console.messages(self._id):
                if message["message_id"] > after and message["from"]["is_bot"]:
                    end = read(message) or (End.FAILED if _has(_text(message), _APOLOGIES) else None)
                    if end:
                        return end, message
            return None

        try:
            return await self._console.wait_until(look, self._ledger.deadline_s)
        except TimeoutError:
            for message in self._console.messages(self._id):
                if message["message_id"] > after:
                    tell(f"  chat {self._id}: {message['from']['first_name']}: {_text(message)[:200]!r}")
            return None

    def _note(self, kind: str, ended: tuple[End, Message] | None, started: float, what: str) -> None:
        seconds = time.monotonic() - started
        self._ledger.note(kind, ended[0] if ended else End.LOST, seconds, f"{self._id}: {what}")


async def instrument(plant: Plant, ledger: Ledger, until: float) -> None:
    """Send readings as a gateway of the plant does: each batch again until it is acknowledged."""
    headers = {"Authorization": f"Bearer {plant.token}", "Content-Type": "text/csv"}
    url, number = f"http://127.0.0.1:{plant.http_port}/ingest", 0
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=10) as client:
        while asyncio.get_running_loop().time() < until:
            rows = dict(_measured(number))
            body = "\n".join(
                ["sensor,time,value,unit", *(f"{s},{t.isoformat()},{v},bar" for (s, t), v in rows.items())]
            )
            started = time.monotonic()
            while not await _posted(client, url, body, str(number)):
                await asyncio.sleep(_PAUSE_S)
                if time.monotonic() - started > ledger.deadline_s:
                    ledger.note("readings", End.LOST, ledger.deadline_s, f"batch {number}")
                    break
            else:
                ledger.readings |= rows
                ledger.note("readings", End.ANSWERED, time.monotonic() - started)
            number += 1
            await asyncio.sleep(_PAUSE_S)


def _csv(rows: Mapping[tuple[str, datetime], float]) -> str:
    return "\n".join(["sensor,time,value,unit", *(f"{s},{t.isoformat()},{v},bar" for (s, t), v in rows.items())])


def _measured(number: int) -> Iterator[tuple[tuple[str, datetime], float]]:
    now = utc_now()
    for n in range(BATCH):
        moment = now - timedelta(milliseconds=10 * n)
        yield (f"{MACHINE}/s{n % SENSORS}", moment), float(100 + (number + n) % 50)


async def _posted(client: httpx.AsyncClient, url: str, body: str, key: str) -> bool:
    try:
        answer = await client.post(url, content=body, headers={"Idempotency-Key": key})
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def _text(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _has(text: str, pieces: tuple[str, ...]) -> bool:
    return any(piece in text for piece in pieces)


def _offer(message: Message) -> str:
    """Return the data of the button that takes readings in; "" where there is none."""
    lines = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return next((str(key["callback_data"]) for line in lines for key in line if "Take in" in key["text"]), "")
