"""Who is there when the plant begins to be watched."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import AnyHttpUrl

from cli import run


async def test_the_people_of_the_page_are_let_in_before_anything_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an alarm only those hear who are there when it is told: a first start would have nobody hear of the demo's."""
    order: list[str] = []

    async def enrol(container: object) -> None:
        order.append("people")

    def children(settings: object) -> list[Any]:
        order.append("children")
        return []

    monkeypatch.setattr(run, "enrol_console_people", enrol)
    monkeypatch.setattr(run, "children_of", children)
    settings = SimpleNamespace(bot=SimpleNamespace(api_url=AnyHttpUrl("http://127.0.0.1:8080")))
    container: Any = SimpleNamespace(settings=settings, supervisor=None)
    with pytest.raises(ValueError, match="unpack"):
        await run._serve(container, live_feed=False)
    assert order == ["people", "children"]
