"""The probes and metrics of a process that has no other face."""

from contextlib import AbstractAsyncContextManager, nullcontext

from aiohttp import web

from core.container import Container
from core.gauges import of_alarms, of_queues
from core.probes import Probes, database_answers, redis_answers, serving


def probes(container: Container) -> AbstractAsyncContextManager[None]:
    """Serve them while the context lasts, where WORKERS__HEALTH_PORT is set."""
    limits = container.settings.workers
    if not limits.health_port:
        return nullcontext()
    app = web.Application()
    Probes(
        {"database": database_answers(container.engine), "redis": redis_answers(container.redis)},
        of_queues(container.redis),
        of_alarms(container.alerting.book),
    ).register(app)
    return serving(app, limits.health_host, limits.health_port)
