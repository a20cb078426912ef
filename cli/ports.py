"""Ports of `hydrodiag run`: a configured one must be free; a default one gives way to any free port."""

import socket

from core.errors import UnavailableError
from core.settings import Settings


class PortTakenError(UnavailableError):
    """A port that the settings name is taken by another program."""


def settle_ports(settings: Settings) -> Settings:
    """Return settings whose ports are free.

    Raises:
        PortTakenError: a port named in the settings is taken.
    """
    bot, console, ingest = settings.bot, settings.console, settings.ingest
    health_port = _free(
        bot.health_host, bot.health_port, "BOT__HEALTH_PORT", fixed="health_port" in bot.model_fields_set
    )
    console_port = _free(console.host, console.port, "CONSOLE__PORT", fixed="port" in console.model_fields_set)
    http_port = _free(
        ingest.http_host, ingest.http_port, "INGEST__HTTP_PORT", fixed="http_port" in ingest.model_fields_set
    )
    return settings.model_copy(
        update={
            "ingest": ingest.model_copy(update={"http_port": http_port}),
            "bot": bot.model_copy(update={"health_port": health_port}),
            "console": console.model_copy(update={"port": console_port}),
        }
    )


def _free(host: str, port: int, name: str, *, fixed: bool) -> int:
    for candidate in (port, 0):
        try:
            with socket.create_server((host, candidate)) as server:
                return int(server.getsockname()[1])
        except OSError as error:
            if fixed:
                raise PortTakenError(f"{name}={port} can't be used on {host}: {error.strerror}") from error
    raise PortTakenError(f"no free port on {host}")
