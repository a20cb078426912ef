"""How to come to each door: by its command, its button, words after a button, or in an unusual way."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiogram.methods import TelegramMethod
from aiogram.types import (
    Chat,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberUpdated,
    Document,
    MessageGenerationStopped,
    PhotoSize,
    Update,
)

from bot.callbacks.chains import AskChainHours
from bot.callbacks.duty import NewRota
from bot.callbacks.machines import AskRange
from bot.callbacks.profile import OpenSetting
from bot.callbacks.readings import StopImport
from bot.callbacks.repairs import TellRepair
from bot.callbacks.reports import AskReport
from core.users.preferences import Setting
from tests.fakes.telegram import ME
from tests.security.conftest import FILE, GROUP, PERSON, PRIVATE, House
from tests.security.doors import Door, doors, filled

FILES = {
    "documents.on_file": Document(file_id="1", file_unique_id="1", file_name="a.md", file_size=10),
    "imports.on_file": FILE,
}
_ARGUMENTS = ("", "secret-1", "press-1")
"""What follows a command."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words, and the button or command that asks for them."""

    words: str
    button: type[Any] | None = None
    command: str | None = None
    private: bool = False
    known: tuple[tuple[str, Any], ...] = ()
    group: str = "group_id"


TYPED = {
    "strangers.on_stranger": Typed("hello"),
    "strangers.on_group_talk": Typed("hello"),
    "ask.on_question": Typed("Why is the pump noisy @hydrodiag_bot"),
    "readings.on_request": Typed("pressure on {code} for the last hour @hydrodiag_bot"),
    "readings.on_range": Typed("last 24 hours", AskRange),
    "reports.on_words": Typed("oil on the floor", AskReport),
    "rotas.on_words": Typed("Day shift", NewRota),
    "escalation.on_words": Typed("8-16", AskChainHours),
    "handovers.on_note": Typed("all quiet", command="handover"),
    "preferences.on_words": Typed("Europe/Moscow", OpenSetting, private=True, known=(("setting", Setting.TIME_ZONE),)),
    "repairs.on_words": Typed("a worn seal", TellRepair, group="over_group_id"),
    "fallback.on_unknown_command": Typed("/nothing"),
}
"""Doors that words lead to."""
BEFORE = {"handovers.on_cancel": "/handover", "handovers.on_without_note": "/handover"}
"""Buttons that work while words are waited for only, and what has them waited for."""
UNUSUAL = (
    "errors.on_error",
    "start.on_invitation",
    "start.on_blocked",
    "start.on_unblocked",
    "ask.on_draft_stopped",
    "preferences.on_settings_in_group",
    "privacy.on_in_group",
    "imports.on_gone",
    "repairs.on_no_words",
    "fallback.on_unsupported",
    "fallback.on_unknown_button",
)
"""Doors that `knock_unusually` comes to."""


DOORS = [door for door in doors() if not door.name.startswith("strangers.") and door.name not in UNUSUAL]
"""Doors that members come to in the ordinary ways."""


@dataclass(frozen=True, slots=True)
class Knock:
    """What the bot did at a door, and whether its handler was reached."""

    door: str
    done: list[TelegramMethod[Any]]
    reached: bool = True

    def mentions(self, word: str) -> bool:
        """Tell whether the bot said `word`."""
        return word in repr(self.done)


async def knock(house: House, door: Door, chat: Chat, fields: dict[str, Any]) -> list[Knock]:
    """Knock in every way that leads to this door; buttons are filled with `fields`."""
    if door.name in TYPED:
        earlier, house.reached = house.reached, set()
        done = await _type(house, door.name, chat, fields)
        reached, house.reached = house.reached, earlier | house.reached
        return [Knock(door.name, done, door.name in reached)]
    if door.button is not None:
        before = await house.send(chat, text=BEFORE[door.name]) if door.name in BEFORE else []
        either = (False, True) if bool in {f.annotation for f in door.button.model_fields.values()} else (True,)
        ways = [filled(door.button, yes=yes, **fields) for yes in either]
        return [Knock(door.name, before + await house.press(data, chat)) for data in ways]
    if door.name == "strangers.on_stranger_button":
        return [Knock(door.name, await house.press("x", chat))]
    if door.name in FILES:
        return [Knock(door.name, await house.send(chat, document=FILES[door.name]))] if chat is PRIVATE else []
    if door.command is None:
        return []
    arguments = _ARGUMENTS if fields["system_id"] == house.machines["ours"] else _ARGUMENTS[1:2]
    return [Knock(door.name, await house.send(chat, text=f"/{door.command} {said}".strip())) for said in arguments]


async def knock_unusually(house: House, fields: dict[str, Any]) -> list[list[TelegramMethod[Any]]]:
    """Come to the doors that neither a command, nor a button, nor words alone lead to."""
    here, away = ChatMemberMember(user=ME), ChatMemberLeft(user=ME)
    moves = [
        ChatMemberUpdated(chat=PRIVATE, from_user=PERSON, date=datetime.now(UTC), old_chat_member=a, new_chat_member=b)
        for a, b in ((here, away), (away, here))
    ]
    stopped = MessageGenerationStopped(chat=PRIVATE, draft_id=1)
    photo = PhotoSize(file_id="1", file_unique_id="1", width=1, height=1)
    return [
        *[await house.feed(Update(update_id=10**9 + n, my_chat_member=moved)) for n, moved in enumerate(moves)],
        await house.feed(Update(update_id=10**9 + 9, stopped_message_generation=stopped)),
        await house.send(text="/start nothing-that-we-signed"),
        await house.send(GROUP, text="/settings"),
        await house.send(GROUP, text="/mydata"),
        await house.send(photo=[photo]),
        await house.press("of-an-older-version"),
        await house.press(StopImport().pack(), replied=False),
        await house.press(TellRepair(group_id=fields["over_group_id"]).pack()),
        await house.send(photo=[photo]),
    ]


async def _type(house: House, name: str, chat: Chat, fields: dict[str, Any]) -> list[TelegramMethod[Any]]:
    typed, done = TYPED[name], []
    if typed.button is not None:
        known = {**fields, "group_id": fields[typed.group], **dict(typed.known)}
        done += await house.press(filled(typed.button, **known), chat)
    if typed.command is not None:
        done += await house.send(chat, text=f"/{typed.command}")
    code = "press-1" if fields["system_id"] == house.machines["ours"] else "secret-1"
    return done + await house.send(chat, text=typed.words.format(code=code))
