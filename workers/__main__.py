"""`python -m workers QUEUE`: exit code 0 after an orderly end, 2 for settings that can't work."""

import asyncio
import resource
import signal
import sys
from typing import cast

import structlog
from redis.exceptions import RedisError

from core.container import Container
from core.jobs import Queue
from core.observability import observe
from core.settings import EXIT_SETTINGS, Settings, SettingsError, load_process_settings
from workers.probes import probes
from workers.vigil import Vigil
from workers.worker import create_worker

log = structlog.get_logger(__name__)
_AGAIN_S = 2.0


def main(arguments: list[str]) -> int:
    """Run the worker of the queue named in `arguments` until SIGTERM or SIGINT."""
    queues = [queue.value for queue in Queue]
    if len(arguments) != 1 or arguments[0] not in queues:
        sys.stderr.write(f"usage: python -m workers {{{','.join(queues)}}}\n")
        return EXIT_SETTINGS
    try:
        settings = load_process_settings("a worker", "database_url", "redis_url")
        observe(settings, f"worker-{arguments[0]}")
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_SETTINGS
    limit_memory(settings.workers.memory_limit_mb)
    asyncio.run(_serve(settings, Queue(arguments[0])))
    return 0


def limit_memory(megabytes: int) -> None:
    """Cap this process's address space, so that a hostile document costs one job (MemoryError), not the machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


async def _serve(settings: Settings, queue: Queue) -> None:
    async with Container.open(settings) as container, probes(container):
        container.supervisor.start(Vigil(container.redis, queue).run(), name="vigil")
        log.info("worker started", queue=queue.value)
        try:
            await _work(container, queue)
        except asyncio.CancelledError:
            log.info("worker stopped", queue=queue.value)


async def _work(container: Container, queue: Queue) -> None:
    """Work until a signal comes. When Redis goes away, jobs under way go on, and new ones wait for it."""
    loop, task = asyncio.get_running_loop(), cast("asyncio.Task[None]", asyncio.current_task())
    while True:
        worker = create_worker(container, queue)
        try:
            await worker.async_run()
        except (RedisError, OSError) as error:
            log.warning("Redis is away", queue=queue.value, error=repr(error), again_in_s=_AGAIN_S)
            for number in (signal.SIGINT, signal.SIGTERM):  # arq's handlers end a worker that has ended already
                loop.add_signal_handler(number, task.cancel)
            await asyncio.sleep(_AGAIN_S)
        except asyncio.CancelledError:
            await worker.close()
            raise


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
