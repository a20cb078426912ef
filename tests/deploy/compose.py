"""docker-compose.prod.yml as Docker Compose would read it, with made-up secrets."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "docker-compose.prod.yml"
_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?P<rule>:[-?])?(?P<default>[^}]*)\}")


def variables() -> dict[str, bool]:
    """Return the variables that the file takes from outside, and whether each must be set."""
    return {found["name"]: found["rule"] == ":?" for found in _VARIABLE.finditer(PRODUCTION.read_text())}


def production(**values: str) -> dict[str, Any]:
    """Return the file with every variable replaced: by `values`, else by its default."""

    def fill(found: re.Match[str]) -> str:
        return values[found["name"]] if found["name"] in values else found["default"]

    text = _VARIABLE.sub(fill, PRODUCTION.read_text()).replace("$$", "$")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def services(**values: str) -> dict[str, dict[str, Any]]:
    """Return the services by name."""
    found: dict[str, dict[str, Any]] = production(**values)["services"]
    return found


def image_environment() -> dict[str, str]:
    """Return what the Dockerfile's last stage sets, but for PATH."""
    stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2].replace("\\\n", " ")
    (line,) = (line for line in stage.splitlines() if line.startswith("ENV "))
    return {name: value for name, _, value in (pair.partition("=") for pair in line.split()[1:]) if name != "PATH"}
