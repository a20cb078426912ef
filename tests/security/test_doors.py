"""Every door x every role x every scope, against the table of permissions. None is forgotten."""

from typing import Any

import pytest
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, Document

from bot.commands import COMMANDS
from bot.i18n import text_for
from cli.__main__ import app
from core.users.models import MEMBERS, Role
from core.users.rights import OPERATOR, RIGHTS, Right
from core.users.scope import WHOLE_PLANT, Scope
from tests.security.conftest import FILE, GROUP, PERSON, PRIVATE, SECRET, House, broke, was_refused, words
from tests.security.doors import Door, doors, filled, verbs
from tests.security.permissions import HANDLERS, JOBS, VERBS, Who
from workers.schedule import RUNNERS

FILES = {
    "documents.on_file": Document(file_id="1", file_unique_id="1", file_name="a.md", file_size=10),
    "imports.on_file": FILE,
}
SCOPES = {
    "whole plant": WHOLE_PLANT,
    "own site": Scope.parse("site:north"),
}
_COMMANDS = [door for door in doors() if door.command or door.button or door.name in FILES]
_SHADOWED = "imports.on_gone"  # its buttons lead to others first, which are knocked at
_ONLY_FOR_MEMBERS = [d for d in _COMMANDS if not d.name.startswith("strangers.") and d.name != _SHADOWED]


def test_every_handler_verb_and_job_is_in_the_table_and_nothing_else_is() -> None:
    assert {door.name for door in doors()} == set(HANDLERS)
    assert verbs(app) == set(VERBS)
    assert {runner.job.function for runners in RUNNERS.values() for runner in runners} == set(JOBS)


def test_the_menu_shows_what_the_table_lets_through() -> None:
    needed = {door.command: HANDLERS[door.name] for door in _ONLY_FOR_MEMBERS if door.command}
    shown = {command.name: command.right for command in COMMANDS}
    assert set(shown) == set(needed)
    assert {name: right for name, right in shown.items() if right} == {
        name: right if isinstance(right, Right) else shown[name] for name, right in needed.items() if shown[name]
    }


@pytest.mark.parametrize("role", MEMBERS)
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_door_opens_to_those_who_have_its_right_and_shows_no_machine_out_of_scope(
    house: House, role: Role, scope: str
) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ADMIN, name="Kim", language="en")
    await house.container.users.enrol(OPERATOR, 1, Role.ADMIN, name="Another", language="en")
    await house.container.users.set_role(OPERATOR, PERSON.id, role, scope=SCOPES[scope])
    wrong = []
    for door in _ONLY_FOR_MEMBERS:
        for done in await _knock(house, door, PRIVATE):
            right = HANDLERS[door.name]
            open_ = isinstance(right, Who) or right in RIGHTS[role]
            leaks = scope != "whole plant" and SECRET in repr(done)
            if was_refused(done) is open_ or broke(done) or leaks:
                wrong.append((door.name, words(done)[:1]))
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong)


@pytest.mark.parametrize("role", MEMBERS)
async def test_in_a_group_nobody_is_more_than_an_engineer_and_sees_public_machines_only(
    house: House, role: Role
) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, role, name="Kim", language="en")
    there = RIGHTS[Role.VIEWER if role is Role.VIEWER else Role.ENGINEER]
    wrong = []
    for door in _ONLY_FOR_MEMBERS:
        if door.name in FILES:
            continue
        for done in await _knock(house, door, GROUP):
            right = HANDLERS[door.name]
            if was_refused(done) is (isinstance(right, Who) or right in there) or broke(done) or SECRET in repr(done):
                wrong.append((door.name, words(done)[:1]))
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong)


@pytest.mark.parametrize("chat", [PRIVATE, GROUP], ids=["private", "group"])
async def test_a_stranger_gets_one_polite_message_and_nothing_else(house: House, chat: Chat) -> None:
    polite = {text_for("en")("start-stranger", id=str(PERSON.id)), text_for("en")("start-stranger-short")}
    polite |= {text_for("en")("error-invite"), text_for("en")("start-asked"), text_for("en")("start-asked-already")}
    for door in _COMMANDS:
        for done in await _knock(house, door, chat):
            assert set(words(done)) <= polite, door.name


async def test_the_blocked_are_not_heard_at_any_door(house: House) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.BLOCKED)
    for door in _COMMANDS:
        assert [done for done in await _knock(house, door, PRIVATE) if done] == [], door.name


@pytest.mark.parametrize(("button", "typed"), [("AskRange", "last 24 hours"), ("AskReport", "oil on the floor")])
async def test_words_after_a_button_are_checked_when_they_come(house: House, button: str, typed: str) -> None:
    """The right was there when the button was pressed, and is not when the words are sent."""
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ENGINEER, name="Kim", language="en")
    kind = next(door.button for door in doors() if door.button and door.button.__name__ == button)
    await house.press(filled(kind, system_id=house.machines["theirs"]))
    await house.container.users.set_role(OPERATOR, PERSON.id, Role.ENGINEER, scope=Scope.parse("site:north"))
    done = await house.send(text=typed)
    assert SECRET not in repr(done)
    assert not broke(done)
    assert "machine called" in words(done)[0]


async def _knock(house: House, door: Door, chat: Chat) -> list[list[TelegramMethod[Any]]]:
    """Knock in every way that leads to this door: with and without a machine, ours and the others'."""
    if door.button is not None:
        machines = house.machines.values() if "system_id" in door.button.model_fields else [0]
        return [await house.press(filled(door.button, system_id=machine), chat) for machine in machines]
    if door.name in FILES:
        return [await house.send(chat, document=FILES[door.name])]
    return [await house.send(chat, text=f"/{door.command} {words}".strip()) for words in ("", "secret-1", "press-1")]
