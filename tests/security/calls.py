"""Every call of every service that works for somebody: read from the container, with something to call it with."""

import inspect
import typing
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from core.container import Container
from core.users.rights import Actor

NOBODY = 987654
"""An id that nothing has."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)
Known = Mapping[Any, Any]
_PLAUSIBLE: Known = {
    int: NOBODY,
    float: 0.0,
    str: "x",
    bool: True,
    bytes: b"# x",
    datetime: _AT,
    timedelta: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Call:
    """A method of a service: `Service.method`, and the parameters that have no default."""

    name: str
    owner: Any
    method: str
    needed: Mapping[str, Any]
    known: Known

    async def on_behalf_of(self, actor: Actor, **known: Any) -> Any:
        """Call it with plausible values, except for those `known`; return what came, the first of many."""
        values = {name: known.get(name, _value(kind, self.known)) for name, kind in self.needed.items()}
        return await _first(getattr(self.owner, self.method)(actor, **values))


def calls(container: Container, known: Known) -> dict[str, Call]:
    """Return every call that names an actor, by name; `known` has values for types that can't be guessed."""
    return {call.name: call for service in _services(container) for call in _calls(service, {**_PLAUSIBLE, **known})}


def actorless(services: Mapping[str, Any]) -> set[str]:
    """Return the calls of `services` that don't say on whose behalf they are."""
    return {
        f"{type(service).__name__}.{name}"
        for service in services.values()
        if type(service).__module__.startswith("core.") and not is_dataclass(service)
        for name, method in inspect.getmembers(type(service), inspect.isfunction)
        if not name.startswith("_") and Actor not in typing.get_type_hints(method).values()
    }


def _services(container: Any) -> Iterator[Any]:
    for field in fields(container):
        value = getattr(container, field.name)
        if is_dataclass(value) and type(value).__module__.endswith(".wiring"):
            yield from _services(value)
        elif type(value).__module__.startswith("core."):
            yield value


def _calls(service: Any, known: Known) -> Iterator[Call]:
    for name, method in inspect.getmembers(type(service), inspect.isfunction):
        if name.startswith("_") or "actor" not in inspect.signature(method).parameters:
            continue
        hints = typing.get_type_hints(inspect.unwrap(method))
        parameters = inspect.signature(method).parameters.values()
        needed = {p.name: hints[p.name] for p in parameters if p.default is p.empty and p.name not in ("self", "actor")}
        yield Call(f"{type(service).__name__}.{name}", service, name, needed, known)


def _value(kind: Any, known: Known) -> Any:
    """Return something of this type."""
    if kind in known:
        return known[kind]
    if typing.get_origin(kind) is not None:
        return _of_generic(kind, known)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        bare = [f for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
        return kind(**{field.name: _value(hints[field.name], known) for field in bare})
    raise TypeError(f"no plausible {kind}: say in tests/security what is")


def _of_generic(kind: Any, known: Known) -> Any:
    origin, options = typing.get_origin(kind), typing.get_args(kind)
    if type(None) in options:
        return None
    if isinstance(origin, type) and issubclass(origin, Collection):
        return origin() if origin in (list, dict, set) else ()
    return _value(options[0], known)


async def _first(result: Any) -> Any:
    """Wait for a result, or for the beginning of one that comes bit by bit."""
    if inspect.isawaitable(result):
        return await result
    if isinstance(result, AbstractAsyncContextManager):
        async with result as entered:
            return entered
    if isinstance(result, AsyncGenerator):
        async with aclosing(result) as parts:
            return await anext(parts, None)
    return result
