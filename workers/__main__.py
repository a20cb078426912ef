"""`python -m workers QUEUE`: exit code 0 after an orderly end, 2 for settings that can't work."""

import asyncio
import resource
import sys

import structlog

from core.container import Container
from core.jobs import Queue
from core.observability import configure_logging
from core.settings import Settings, SettingsError, load_settings
from workers.worker import create_worker

log = structlog.get_logger(__name__)
EXIT_SETTINGS = 2


def main(arguments: list[str]) -> int:
    """Run the worker of the queue named in `arguments` until SIGTERM or SIGINT."""
    queues = [queue.value for queue in Queue]
    if len(arguments) != 1 or arguments[0] not in queues:
        sys.stderr.write(f"usage: python -m workers {{{','.join(queues)}}}\n")
        return EXIT_SETTINGS
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write("\n".join(error.faults) + "\n")
        return EXIT_SETTINGS
    configure_logging(settings.log)
    missing = [name for name in ("database_url", "redis_url") if getattr(settings, name) is None]
    if missing:
        names = ", ".join(name.upper() for name in missing)
        sys.stderr.write(f"{names}: needed by a worker alone (`hydrodiag run` starts what is missing)\n")
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
    async with Container.open(settings) as container:
        worker = create_worker(container, queue)
        log.info("worker started", queue=queue.value)
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            log.info("worker stopped", queue=queue.value)
        finally:
            await worker.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
