"""Strangers wait at the door; admins and invitations let them in; the blocked hear nothing."""

import pytest

from bot.console import ADMIN, ENGINEER, STRANGER
from core.diagnostics.models import System
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import Stage


async def test_a_stranger_is_told_once_asks_to_join_and_an_admin_lets_them_in(stage: Stage) -> None:
    told = await stage.ask("why does the pump whine?", who=STRANGER)
    assert "1003" in told["text"]
    assert stage.assistant.asked == []
    assert "passed your request on" in (await stage.press(told, "Ask to be let in", who=STRANGER))["text"]
    request = await stage.console.wait_for(ADMIN, lambda m: "Sam Nobody" in m["text"])
    answer = await stage.press(request, "Let in: engineer", who=ADMIN)
    assert "Sam Nobody has access" in answer["text"]
    await stage.console.wait_for(STRANGER, lambda m: "You have access now (engineer)" in m["text"])
    welcome = await stage.ask("/start", who=STRANGER)
    assert "Hello, Sam Nobody!" in welcome["text"]


async def test_the_request_says_who_decided_when_it_is_done(stage: Stage) -> None:
    await stage.press(await stage.ask("hello", who=STRANGER), "Ask to be let in", who=STRANGER)
    request = await stage.console.wait_for(ADMIN, lambda m: "asks for access" in m["text"])
    await stage.container.users.set_role(OPERATOR, STRANGER, Role.ENGINEER)
    answer = await stage.press(request, "Turn away", who=ADMIN)
    assert answer["show_alert"]
    assert "already decided" in answer["text"]


async def test_a_stranger_is_answered_once_and_their_request_is_sent_once(stage: Stage) -> None:
    told = await stage.ask("hello", who=STRANGER)
    await stage.press(told, "Ask to be let in", who=STRANGER)
    for _ in range(3):
        await stage.console.say(STRANGER, "hello?")
    await stage.console.wait_for(ADMIN, lambda m: "asks for access" in m["text"])
    await stage.ask("/help", who=ADMIN)
    assert sum("asks for access" in m.get("text", "") for m in stage.console.messages(ADMIN)) == 1
    assert sum(m["from"]["is_bot"] for m in stage.console.messages(STRANGER)) == 1


async def test_a_stranger_is_addressed_in_the_language_of_their_app(stage: Stage) -> None:
    stage.console.choose_language(STRANGER, "ru")
    assert "Здравствуйте" in (await stage.ask("привет", who=STRANGER))["text"]


async def test_an_invitation_lets_in_whoever_has_the_code_and_sets_the_menu(stage: Stage) -> None:
    offer = await stage.ask("/invite", who=ADMIN)
    await stage.press(offer, "engineer", who=ADMIN)
    invitation = await stage.console.wait_for(ADMIN, lambda m: "/start " in m["text"])
    command = invitation["text"].splitlines()[-1]
    assert "Hello, Sam Nobody!" in (await stage.ask(command, who=STRANGER))["text"]
    await stage.console.wait_until(lambda: "ask" in {c["command"] for c in stage.console.menu(STRANGER)})
    again = await stage.ask(command, who=ENGINEER)
    assert "Приглашение не действует" in again["text"]


async def test_the_blocked_hear_nothing(stage: Stage) -> None:
    await stage.container.users.enrol(OPERATOR, STRANGER, Role.BLOCKED)
    await stage.console.say(STRANGER, "hello?")
    await stage.ask("/help")
    assert all(not m["from"]["is_bot"] for m in stage.console.messages(STRANGER))


async def test_engineers_are_refused_what_admins_may(stage: Stage) -> None:
    assert "нет на это прав" in (await stage.ask("/users"))["text"]
    assert "нет на это прав" in (await stage.ask("/invite"))["text"]


async def test_an_admin_changes_a_role_and_the_user_is_told_and_gets_the_menu(stage: Stage) -> None:
    listed = await stage.ask("/users", who=ADMIN)
    await stage.press(listed, "Ivan Petrov", who=ADMIN)
    card = await stage.console.wait_for(ADMIN, lambda m: "Role: engineer" in m["text"])
    await stage.press(card, "Make an admin", who=ADMIN)
    await stage.console.wait_for(ADMIN, lambda m: "Role: admin" in m["text"])
    await stage.console.wait_for(ENGINEER, lambda m: "Теперь ваша роль: администратор" in m["text"])
    await stage.console.wait_until(lambda: "users" in {c["command"] for c in stage.console.menu(ENGINEER)})


async def test_the_last_admin_stays(stage: Stage) -> None:
    listed = await stage.ask("/users", who=ADMIN)
    await stage.press(listed, "Anna Schmidt", who=ADMIN)
    card = await stage.console.wait_for(ADMIN, lambda m: "Role: admin" in m["text"])
    answer = await stage.press(card, "Make an engineer", who=ADMIN)
    assert answer["show_alert"]
    assert "last admin" in answer["text"]


async def test_an_admin_grants_revokes_blocks_and_reads_who_did_it(stage: Stage) -> None:
    await stage.console.say(STRANGER, "hello")
    await stage.console.wait_for(STRANGER, lambda m: m["from"]["is_bot"])
    granted = await stage.ask(f"/grant {STRANGER} senior site:quarry", who=ADMIN)
    assert "Sam Nobody: senior engineer\nSees: site:quarry" in granted["text"]
    assert "Also: manage_index" in (await stage.ask(f"/grant {STRANGER} +manage_index", who=ADMIN))["text"]
    assert "Sam Nobody: waiting for access" in (await stage.ask(f"/revoke {STRANGER}", who=ADMIN))["text"]
    assert "Sam Nobody: blocked" in (await stage.ask(f"/block {STRANGER}", who=ADMIN))["text"]
    log = (await stage.ask(f"/audit {STRANGER}", who=ADMIN))["text"]
    assert log.index("→ blocked") < log.index("→ waiting for access") < log.index("→ senior engineer")
    assert "changed a role: Sam Nobody" in log
    assert "last admin" in (await stage.ask(f"/revoke {ADMIN}", who=ADMIN))["text"]
    assert "4040404" in (await stage.ask("/grant 4040404 viewer", who=ADMIN))["text"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/grant", "/grant @anna +export_readings"),
        (f"/grant {ENGINEER} enginer", "Roles: viewer"),
        (f"/grant {ENGINEER} +fly", "export_readings"),
        (f"/grant {ENGINEER} engineer site:nowhere", "site:nowhere"),
        ("/grant @nobodyhere engineer", "I don't know @nobodyhere"),
        ("/revoke", "/revoke @anna"),
        (f"/revoke {ENGINEER} viewer", "/revoke @anna"),
        ("/block", "/block @anna"),
        ("/block @nobodyhere", "I don't know @nobodyhere"),
        ("/audit @nobodyhere", "I don't know @nobodyhere"),
        ("/invite engineer machine:press-9", "machine:press-9"),
    ],
)
async def test_what_an_admin_mistypes_is_explained_in_its_own_terms(stage: Stage, words: str, told: str) -> None:
    async with stage.container.sessions.begin() as session:
        session.add(System(code="press-2", names={"en": "Press"}, kind="press", site="north"))
    assert told in (await stage.ask(words, who=ADMIN))["text"]


async def test_roles_are_understood_in_russian(stage: Stage) -> None:
    assert "senior engineer" in (await stage.ask(f"/grant {ENGINEER} старший", who=ADMIN))["text"]


async def test_a_typed_invitation_carries_its_terms(stage: Stage) -> None:
    made = await stage.ask("/invite viewer site:quarry 7d x2", who=ADMIN)
    assert "viewer, site:quarry" in made["text"]
    assert "2 people" in made["text"]
    command = made["text"].splitlines()[-1]
    await stage.ask(command, who=STRANGER)
    user = await stage.container.users.get(OPERATOR, STRANGER)
    assert (user.role, user.scope) == (Role.VIEWER, {"sites": ["quarry"], "machines": []})
    assert "/invite engineer" in (await stage.ask("/invite wizard", who=ADMIN))["text"]
