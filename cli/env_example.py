"""`.env.example`, written from the settings themselves so that it can't fall behind them."""

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.settings import Settings

_HEADER = """\
# Hydrodiag's settings. Copy to .env and change what you need; every line here is the default.
# Written by `hydrodiag env-example`; a test keeps it true.
"""


def render_env_example() -> str:
    """Return the text of `.env.example`."""
    return _HEADER + "\n".join(_lines(Settings, prefix="")) + "\n"


def _lines(model: type[BaseModel], prefix: str) -> Iterator[str]:
    groups: list[tuple[str, type[BaseModel]]] = []
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            groups.append((name, info.annotation))
            continue
        yield f"\n# {info.description}"
        yield f"#{prefix}{name.upper()}={_default(info)}"
    for name, group in groups:
        yield f"\n\n# --- {(group.__doc__ or name).strip().splitlines()[0]}"
        yield from _lines(group, prefix=f"{prefix}{name.upper()}__")


def _default(info: FieldInfo) -> str:
    value: Any = info.default
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, dict):
        return json.dumps(value)
    return "" if value is None else str(value)
