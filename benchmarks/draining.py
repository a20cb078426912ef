"""SIGTERM to a bot that is busy: what it had taken is answered, what it had not taken comes again.

The process `python -m bot` serves people who all wrote before it was there. At a random moment of the work it gets
SIGTERM. What Telegram (the console) was told is taken must have been answered when the process has ended; the rest is
left to the next process. Each message is answered by one message.
"""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.plant import TOKEN, people
from benchmarks.processes import answers, environment, free_port, process, waiting
from bot.console import Console, Person
from core.settings import Settings

CROWD, EACH = 30, 20
MESSAGES = ("/help", "/systems", "/language", "/settings")
PATIENCE_S = 180
PATH = "/telegram"


@dataclass(frozen=True, slots=True)
class Round:
    """What one SIGTERM met and left."""

    crowd: Sequence[Person]
    accepted: Counter[int]
    answered: Counter[int]
    seconds: float


async def drained(settings: Settings, rounds: int, tell: Callable[[str], None]) -> dict[str, float]:
    """End a bot `rounds` times by webhook and as often by polling, and count."""
    everybody = people(CROWD * 2 * rounds)
    chance, done = random.Random(11), list[Round]()
    console = Console(TOKEN, people=everybody)
    await console.start()
    try:
        for number in range(2 * rounds):
            mode = "polling" if number % 2 else "webhook"
            crowd = everybody[number * CROWD : (number + 1) * CROWD]
            done.append(await _ended(console, settings, crowd, mode, chance.uniform(0.1, 0.7)))
            last = done[-1]
            tell(
                f"SIGTERM, {mode}: {last.accepted.total()} of {EACH * CROWD} taken, {last.answered.total()} answered, "
                f"ended after {last.seconds:.1f} s"
            )
        twice = await _left_over(console, settings, everybody)
    finally:
        await console.stop()
    return {
        "lost_on_sigterm": sum((one.accepted - one.answered).total() for one in done),
        "twice_on_sigterm": twice,
        "accepted_on_sigterm": sum(one.accepted.total() for one in done),
        "longest_drain_s": round(max(one.seconds for one in done), 1),
    }


async def _ended(console: Console, settings: Settings, crowd: Sequence[Person], mode: str, share: float) -> Round:
    """Have a bot begin with what `crowd` wrote, and end it when it has answered that share."""
    for number in range(EACH):
        for person in crowd:
            await console.say(person.id, MESSAGES[number % len(MESSAGES)])
    async with process("bot", env=_environment(console, settings, mode)) as bot:
        wanted = share * EACH * CROWD
        await console.wait_until(lambda: answers(console, crowd).total() >= wanted, timeout=PATIENCE_S)
        bot.send_signal(signal.SIGTERM)
        started = time.perf_counter()
        await bot.wait()
        seconds = time.perf_counter() - started
    accepted = Counter({person.id: EACH for person in crowd}) - waiting(console, crowd)
    return Round(crowd, accepted, answers(console, crowd), seconds)


async def _left_over(console: Console, settings: Settings, everybody: Sequence[Person]) -> int:
    """Have one more bot answer the rest; return how many messages were answered twice."""
    async with process("bot", env=_environment(console, settings, "polling")):
        await console.wait_until(lambda: not console.state.store.pending_updates(), timeout=PATIENCE_S)
    return (answers(console, everybody) - Counter({person.id: EACH for person in everybody})).total()


def _environment(console: Console, settings: Settings, mode: str) -> dict[str, str]:
    port = free_port()
    return environment(
        settings,
        BOT__API_URL=console.url,
        BOT__HEALTH_PORT=str(port),
        BOT__MODE=mode,
        BOT__WEBHOOK_URL=f"http://127.0.0.1:{port}{PATH}",
        BOT__WEBHOOK_SECRET="secret_of_the_benchmark",
    )
