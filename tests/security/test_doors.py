"""Every door is in the table of permissions, and is knocked at; strangers and the blocked stay outside."""

import pytest
from aiogram.types import Chat

from bot.commands import COMMANDS
from bot.i18n import text_for
from cli.__main__ import app
from core.users.models import Role
from core.users.rights import OPERATOR, Right
from core.users.scope import Scope
from tests.security.conftest import GROUP, PERSON, PRIVATE, House, broke, words
from tests.security.doors import doors, filled, verbs
from tests.security.furniture import SECRET, Furniture
from tests.security.knocking import DOORS, knock, knock_unusually
from tests.security.permissions import HANDLERS, JOBS, VERBS
from workers.schedule import RUNNERS

# Hundreds of knocks, each a few queries: seconds on a quiet machine, minutes on a busy one.
pytestmark = pytest.mark.timeout(600)


def test_every_handler_verb_and_job_is_in_the_table_and_nothing_else_is() -> None:
    assert {door.name for door in doors()} == set(HANDLERS)
    assert verbs(app) == set(VERBS)
    assert {runner.job.function for runners in RUNNERS.values() for runner in runners} == set(JOBS)


def test_the_menu_shows_what_the_table_lets_through() -> None:
    needed = {door.command: HANDLERS[door.name] for door in DOORS if door.command}
    shown = {command.name: command.right for command in COMMANDS}
    assert set(shown) == set(needed)
    assert {name: right for name, right in shown.items() if right} == {
        name: right if isinstance(right, Right) else shown[name] for name, right in needed.items() if shown[name]
    }


async def test_every_door_is_knocked_at(house: House, furniture: Furniture) -> None:
    """Whoever adds a handler says in `knocking.py` how to come to it, unless a command or a button leads there."""
    for door in DOORS:
        await knock(house, door, PRIVATE, furniture.ours)
        house.forget_states()
    await knock_unusually(house, furniture.ours)
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.PENDING)
    for door in doors():
        if door.name.startswith("strangers."):
            await knock(house, door, GROUP if door.name == "strangers.on_group_talk" else PRIVATE, furniture.ours)
    assert set(HANDLERS) - house.reached == set()


@pytest.mark.parametrize("chat", [PRIVATE, GROUP], ids=["private", "group"])
async def test_a_stranger_gets_one_polite_message_and_nothing_else(
    house: House, furniture: Furniture, chat: Chat
) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.PENDING)
    polite = {text_for("en")("start-stranger", id=str(PERSON.id)), text_for("en")("start-stranger-short")}
    polite |= {text_for("en")("error-invite"), text_for("en")("start-asked"), text_for("en")("start-asked-already")}
    for door in doors():
        for at in await knock(house, door, chat, furniture.ours):
            assert set(words(at.done)) <= polite, door.name


async def test_the_blocked_are_not_heard_at_any_door(house: House, furniture: Furniture) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.BLOCKED)
    for door in doors():
        assert [at for at in await knock(house, door, PRIVATE, furniture.ours) if at.done] == [], door.name
    assert [done for done in await knock_unusually(house, furniture.ours) if done] == []


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
