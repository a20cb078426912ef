"""Work for people who lost what it needs ends at once: running answers are cut off, waiting questions forgotten."""

import asyncio
from contextlib import aclosing

import structlog
from redis.exceptions import RedisError

from bot.desk import AnswerDesk
from core.users.news import PeopleNews
from core.users.service import UserService

log = structlog.get_logger(__name__)
_PAUSE_S = 1.0


async def watch(news: PeopleNews, users: UserService, desk: AnswerDesk) -> None:
    """Listen for changed people until cancelled; without Redis, again after a pause."""
    while True:
        try:
            async with aclosing(news.listen()) as changed:
                async for user_id in changed:
                    await _look_again(user_id, users, desk)
        except (RedisError, OSError) as error:
            log.warning("changes of people are not heard", error=repr(error))
        except Exception:  # one person's trouble must not leave the others' rights unwatched
            log.exception("change of a person not followed")
        await asyncio.sleep(_PAUSE_S)


async def _look_again(user_id: int, users: UserService, desk: AnswerDesk) -> None:
    person = await users.find(user_id)
    if person is not None and (stopped := await desk.stop_without_rights(person)):
        log.info("work of somebody who lost rights ended", user=user_id, chats=stopped)
