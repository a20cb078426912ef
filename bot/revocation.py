"""Work for people who lost what it needs ends at once.

Running answers are cut off, waiting questions forgotten, files on their way given up.
"""

import asyncio
from contextlib import aclosing

import structlog
from redis.exceptions import RedisError

from bot.desk import AnswerDesk
from core.supervisor import Supervisor
from core.users.models import Role
from core.users.news import PeopleNews
from core.users.rights import Actor
from core.users.service import UserService

log = structlog.get_logger(__name__)
_PAUSE_S = 1.0


async def watch(news: PeopleNews, users: UserService, desk: AnswerDesk, work: Supervisor) -> None:
    """Listen for changed people until cancelled; without Redis, again after a pause."""
    while True:
        try:
            async with aclosing(news.listen()) as changed:
                async for user_id in changed:
                    await _look_again(user_id, users, desk, work)
        except (RedisError, OSError) as error:
            log.warning("changes of people are not heard", error=repr(error))
        except Exception:  # one person's trouble must not leave the others' rights unwatched
            log.exception("change of a person not followed")
        await asyncio.sleep(_PAUSE_S)


async def _look_again(user_id: int, users: UserService, desk: AnswerDesk, work: Supervisor) -> None:
    person = await users.find(user_id) or Actor(user_id, "", Role.PENDING)  # forgotten: nobody's work goes on

    def lost(owner: object) -> bool:
        return isinstance(owner, Actor) and owner.id == person.id and not person.keeps(owner)

    stopped, ended = await desk.stop_without_rights(person), await work.cancel_owned(lost)
    if stopped or ended:
        log.info("work of somebody who lost rights ended", user=user_id, chats=stopped, tasks=ended)
