"""Ports of `hydrodiag run`."""

import socket
from pathlib import Path

import pytest

from cli.ports import PortTakenError, settle_ports
from core.settings import BotSettings, ConsoleSettings, Settings


def settings(tmp_path: Path, **groups: object) -> Settings:
    return Settings(_env_file=None, hydrodiag_home=tmp_path, **groups)  # type: ignore[arg-type]  # groups vary


def test_a_taken_port_that_was_asked_for_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"CONSOLE__PORT={port}"):
            settle_ports(settings(tmp_path, console=ConsoleSettings(port=port)))


def test_a_taken_default_port_gives_way(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        default = ConsoleSettings.model_construct(host="127.0.0.1", port=port, _fields_set=set())
        settled = settle_ports(settings(tmp_path, console=default, bot=BotSettings()))
    assert settled.console.port not in {port, 0}


def test_free_ports_stay_as_they_are(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert settle_ports(settings(tmp_path, console=ConsoleSettings(port=port))).console.port == port
