"""Buttons pressed again after their effect: it does not come twice, whoever presses answers for nobody else."""

from collections import deque

import pytest
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import Chat, User
from redis.asyncio import Redis

from core.users.models import Role
from core.users.rights import OPERATOR
from tests.security.conftest import GROUP, PERSON, PRIVATE, House, broke
from tests.security.furniture import Furniture
from tests.security.replaying import ACTING, AGAIN, OF_EACH_CHAT, Kind, Way, first_ways, made_up, shown, walk
from tests.security.world import Keeper, difference

STRANGER = User(id=777, is_bot=False, first_name="Sam", language_code="en")
STRANGERS_CHAT = Chat(id=STRANGER.id, type="private", first_name="Sam")
pytestmark = pytest.mark.timeout(1400)


class Replay:
    """Presses each button once, then again in every way, and notes what went wrong."""

    def __init__(self, house: House, keeper: Keeper) -> None:
        self._house = house
        self._keeper = keeper
        self.acted: set[str] = set()
        self.wrong: list[str] = []

    async def press(self, way: Way) -> dict[Kind, str]:
        """Press the button at the end of `way` in a world that is as it was; return the buttons shown then."""
        await self._begin_anew()
        data = await walk(self._house, way)
        if not data:
            return {}
        before = await self._keeper.look()
        first = await self._pressed(way, "first", data, under=1)
        after = await self._keeper.look()
        if difference(before, after):
            self.acted.add(way.last.name)
        await self._pressed(way, "again", data, under=1)
        await self._house.send(text="/help")
        await self._pressed(way, "after a newer message", data, under=1)
        if way.last.name not in AGAIN:
            self._compare(way, "again", difference(after, await self._keeper.look()))
        await self._by_others(way, data)
        return shown(first)

    async def _by_others(self, way: Way, data: str) -> None:
        """In a group, by a stranger, and by the same person once they are let in nowhere."""
        before = await self._keeper.look()
        await self._pressed(way, "in a group", data, GROUP)
        if way.last.name not in OF_EACH_CHAT:
            self._compare(way, "in a group", difference(before, await self._keeper.look()))
        if way.last.name != "AskToJoin":  # made for strangers
            before = await self._keeper.look()
            await self._pressed(way, "by a stranger", data, STRANGERS_CHAT, STRANGER)
            self._compare(way, "by a stranger", difference(before, await self._keeper.look()))
        await self._house.container.users.set_role(OPERATOR, PERSON.id, Role.PENDING)
        before = await self._keeper.look()
        if way.last.name != "AskToJoin":
            await self._pressed(way, "once revoked", data, under=1)
        self._compare(way, "once revoked", difference(before, await self._keeper.look()))

    async def _begin_anew(self) -> None:
        await self._house.container.supervisor.cancel_owned(lambda _: True)
        await self._keeper.restore()
        self._house.forget_states()
        await self._house.container.users.set_role(OPERATOR, PERSON.id, Role.ADMIN)

    async def _pressed(
        self, way: Way, how: str, data: str, chat: Chat = PRIVATE, who: User = PERSON, under: int | None = None
    ) -> list[TelegramMethod[object]]:
        done = await self._house.press(data, chat, who, under=under)
        now = await self._house.container.users.find(who.id)
        blocked = now is not None and now.role is Role.BLOCKED  # an admin may block themselves, and is heard no more
        if not blocked and not any(isinstance(call, AnswerCallbackQuery) for call in done):
            self.wrong.append(f"{way.last} {how}: who pressed is left waiting")
        if broke(done):
            self.wrong.append(f"{way.last} {how}: broke")
        return done

    def _compare(self, way: Way, how: str, changes: dict[str, list[str]]) -> None:
        self.wrong += [f"{way.last} {how}: {table} {row[:300]}" for table, rows in changes.items() for row in rows]


@pytest.fixture
async def replay(house: House, furniture: Furniture, redis: Redis) -> Replay:
    await house.container.users.enrol(OPERATOR, STRANGER.id, Role.PENDING, name="Sam", language="en")
    keeper = Keeper(house.container.sessions, redis)
    await keeper.keep()
    return Replay(house, keeper)


async def test_what_a_button_does_it_does_once_whoever_presses_it_again(
    house: House, furniture: Furniture, replay: Replay
) -> None:
    """All that the bot shows, button after button; and what can't be come to that way, made up."""
    known = await first_ways(house)
    pressed, ahead = set(known), deque(known.values())
    while ahead:
        way = ahead.popleft()
        for kind in await replay.press(way):
            if kind not in pressed:
                pressed.add(kind)
                ahead.append(way.on(kind))
    for way in made_up(furniture.ours):
        if way.last.name not in replay.acted:
            await replay.press(way)
    assert not replay.wrong, "\n".join(replay.wrong)
    assert ACTING - replay.acted == set()
