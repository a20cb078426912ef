"""The door to background jobs: a protocol, and arq behind it."""

from typing import Any, Protocol

import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool

from core.jobs import Job
