"""What the production stack promises: pinned, limited, read-only, checked, and no secret with a default."""

import re
from typing import Any

import pytest
from dotenv import dotenv_values

from core.jobs import Queue
from tests.deploy.compose import ROOT, services, variables

EXAMPLE = ROOT / ".env.production.example"
SECRET = re.compile(r"PASSWORD|TOKEN|KEY")
SERVICES = services()
ONE_SHOTS = {name for name, service in SERVICES.items() if service["restart"] != "unless-stopped"}


@pytest.fixture(params=SERVICES, ids=str)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = SERVICES[request.param]
    return found


def test_every_image_is_pinned(service: dict[str, Any]) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+", service["image"])


def test_nothing_writes_but_into_volumes_and_memory(service: dict[str, Any]) -> None:
    assert service["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]


def test_none_may_take_the_whole_machine(service: dict[str, Any]) -> None:
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "pids"}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONE_SHOTS))
def test_what_runs_for_ever_is_checked(name: str) -> None:
    ours = "build" in SERVICES[name]  # the Dockerfile has the check
    assert "HEALTH_URL" in SERVICES[name]["environment"] if ours else SERVICES[name]["healthcheck"]["test"]


def test_there_is_a_worker_for_every_queue() -> None:
    served = {service["command"][-1] for service in SERVICES.values() if "workers" in service.get("command", [])}
    assert served == {queue.value for queue in Queue}


def test_no_secret_has_a_default_and_none_is_in_the_example() -> None:
    example = dotenv_values(EXAMPLE)
    for name, must_be_set in variables().items():
        if SECRET.search(name):
            assert must_be_set, name
            assert example[name] == "", name


def test_the_example_names_every_variable() -> None:
    assert variables().keys() - {"HYDRODIAG_VERSION"} == dotenv_values(EXAMPLE).keys() - {
        "TIME_ZONE",
        "DEFAULT_LANGUAGE",
    }
