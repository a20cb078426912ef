"""Updates that Telegram would never send: whatever aiogram's types allow, at its extremes, and then damaged."""

import types
from collections.abc import Collection, Hashable
from copy import deepcopy
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin

from aiogram.types import InaccessibleMessage, Message, TelegramObject, Update
from aiogram.types import User as TelegramUser
from hypothesis import strategies as st

from tests.security.conftest import GROUP, PERSON, PRIVATE
from tests.security.doors import doors

_PERSON = PERSON.model_dump(mode="json", exclude_none=True)
_CHATS = [chat.model_dump(mode="json", exclude_none=True) for chat in (PRIVATE, GROUP)]
_DEEPEST = 3
_MOST_OPTIONAL = 6
_COMMANDS = sorted({door.command for door in doors() if door.command})
_PREFIXES = sorted({door.button.__prefix__ for door in doors() if door.button})

numbers = st.sampled_from([0, 1, -1, 2**31, 2**52, 2**63 - 1, -(2**63), 2**63, 2**64, 10**40]) | st.integers(-9, 99)
_odd = st.sampled_from(
    ["", "\x00", "\u202e", "%s%n{0}{}", "<b>", "*_`[", "\u200b" * 40, "𝕏" * 5000, "a" * 70_000, "\n" * 3000, "٣-٤"]
)
words = (
    st.text(max_size=12)
    | _odd
    | st.builds("/{} {}".format, st.sampled_from(_COMMANDS), st.text(max_size=12) | _odd)
    | st.builds("/start {}".format, st.text(alphabet="ABCabc-_019=", max_size=80) | _odd)
)
_data = st.builds("{}:{}".format, st.sampled_from(_PREFIXES), st.text(max_size=12) | numbers) | words
_anything: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | numbers | st.floats() | words | st.just([]) | st.just({}) | st.just([[{}]])
)


@st.composite
def updates(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """Return an update with this id, as JSON; one of four is damaged somewhere."""
    kinds = [name for name in Update.model_fields if name != "update_id"]
    kind = draw(st.sampled_from([*["message", "callback_query", "edited_message"] * 6, *kinds]))
    body = draw(_of(_kind(Update, kind), 0))
    if not draw(st.integers(0, 3)):
        for _ in range(draw(st.integers(1, 3))):
            _damage(draw, body)
    unheard_of = {"unheard_of": {"a": [1]}} if draw(st.booleans()) else {}
    return {"update_id": number, kind: body, **unheard_of}


def _damage(draw: st.DrawFn, body: Any) -> None:
    """Take something away, or put something else there."""
    while isinstance(body, dict) and body:
        name = draw(st.sampled_from(sorted(body)))
        if isinstance(body[name], dict) and body[name] and draw(st.booleans()):
            body = body[name]
        elif draw(st.booleans()):
            del body[name]
            return
        else:
            body[name] = draw(_anything)
            return


@cache
def _of(kind: Hashable, depth: int, name: str = "") -> st.SearchStrategy[Any]:
    """Return values of an annotation, as JSON."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union([one for one in get_args(kind) if one is not type(None)], depth, name)
    if origin is Literal:
        return st.sampled_from([getattr(one, "value", one) for one in get_args(kind)])
    if origin is not None and isinstance(origin, type) and issubclass(origin, Collection):
        return st.lists(_of(get_args(kind)[0], depth + 1), max_size=2)
    if isinstance(kind, type) and issubclass(kind, TelegramObject):
        return _model(kind, depth)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([one.value for one in kind])
    return _leaf(kind, name)


def _union(kinds: list[Any], depth: int, name: str) -> st.SearchStrategy[Any]:
    kinds = [one for one in kinds if one is not InaccessibleMessage] or kinds
    return st.one_of([_of(one, depth, name) for one in kinds[:4]])


def _leaf(kind: Any, name: str) -> st.SearchStrategy[Any]:
    if name == "data":
        return _data
    leaves: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: numbers,
        str: words,
        float: st.floats(allow_nan=False, allow_infinity=False),
        datetime: st.sampled_from([0, 1, 1_790_000_000, 2**31, 253_402_300_799, -1]),
    }
    return leaves.get(kind, _anything)


@st.composite
def _model(draw: st.DrawFn, kind: type[TelegramObject], depth: int) -> dict[str, Any]:
    """Return all that such an object must have, and some of what it may."""
    optional = [name for name, field in kind.model_fields.items() if not field.is_required()]
    few = draw(st.lists(st.sampled_from(optional), max_size=_MOST_OPTIONAL)) if optional and depth < _DEEPEST else []
    usual = [name for name in ("from_user", "text", "data", "message") if name in optional and draw(st.integers(0, 9))]
    made = {}
    for name, field in kind.model_fields.items():
        is_tag = get_origin(field.annotation) is Literal  # says of which kind it is
        if field.is_required() or is_tag or name in few or (name in usual and depth < 2):
            known = _known(name, depth)
            made[field.alias or name] = draw(_of(_kind(kind, name), depth + 1, name) if known is None else known)
    return made


def _known(name: str, depth: int) -> st.SearchStrategy[Any] | None:
    """Return whom and where, mostly: strangers are not listened to for long."""
    if name == "chat" and depth < 3:
        return st.sampled_from(_CHATS).map(deepcopy) | _of(_kind(Message, "chat"), depth + 1)
    if name in ("from_user", "user") and depth < 3:
        return st.sampled_from([_PERSON] * 5).map(deepcopy) | _of(TelegramUser, depth + 1)
    return None


def _kind(model: type[TelegramObject], name: str) -> Hashable:
    return cast(Hashable, model.model_fields[name].annotation)
