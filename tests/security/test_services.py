"""Every call of every service x every role x every scope, against the table: rights are checked behind all doors."""

import ast
from pathlib import Path

import pytest

from core.diagnostics.alerts.subscriptions import Chat
from core.diagnostics.models import System
from core.errors import ForbiddenError, HydrodiagError
from core.users.models import MEMBERS, Role
from core.users.rights import OPERATOR, RIGHTS, Actor, Right
from core.users.scope import WHOLE_PLANT, Scope
from tests.security.calls import Call, actorless, calls
from tests.security.conftest import PERSON, House
from tests.security.permissions import Who
from tests.security.service_permissions import ACTORLESS, CALLS

BOT = Path(__file__).parents[2] / "bot"
SCOPES = {
    "whole plant": WHOLE_PLANT,
    "a site": Scope.parse("site:north"),
    "a machine": Scope.parse("machine:press-1"),
    "nothing": Scope.of(),
    "public": Scope(public_only=True),
}


@pytest.fixture
async def called(house: House, tmp_path: Path) -> dict[str, Call]:
    """Every call, by name."""
    known = {
        Path: tmp_path / "x",
        Chat: Chat(PERSON.id),
        System: System(id=0, code="nothing", names={}, kind="press", site="nowhere"),
    }
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ADMIN, name="Kim", language="en")
    return calls(house.container, known)


async def test_every_call_is_in_the_table_and_nothing_else_is(called: dict[str, Call]) -> None:
    assert set(called) - set(CALLS) == set(), "say in service_permissions.py which right these ask for"
    assert set(CALLS) - set(called) == set()


async def test_who_lacks_the_right_is_refused_whatever_else_they_have(
    called: dict[str, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rights but the one that is needed, whatever the call is about: so the right is asked for before anything."""
    opened = []
    for name, needed in CALLS.items():
        if isinstance(needed, Right):
            monkeypatch.setitem(RIGHTS, Role.VIEWER, frozenset(Right) - {needed})
            actors = [Actor(PERSON.id, "Kim", Role.VIEWER, scope=scope) for scope in SCOPES.values()]
            opened += [(name, str(actor.scope)) for actor in actors if not await _is_refused(called[name], actor)]
    assert not opened


@pytest.mark.parametrize("role", [Role.PENDING, Role.BLOCKED])
async def test_nobody_who_was_not_let_in_is_served(called: dict[str, Call], role: Role) -> None:
    """Not even with rights that were granted before."""
    actor = Actor(PERSON.id, "Kim", role, extra=frozenset(Right))
    for name, needed in CALLS.items():
        if needed not in (Who.ANYONE, Who.SYSTEM):
            assert await _is_refused(called[name], actor), name


@pytest.mark.parametrize("role", MEMBERS)
async def test_who_has_the_right_is_served(called: dict[str, Call], role: Role) -> None:
    refused = []
    for scope in SCOPES.values():
        actor = Actor(PERSON.id, "Kim", role, scope=scope)
        for name, needed in CALLS.items():
            open_ = isinstance(needed, Who) or needed in RIGHTS[role]
            if open_ and name not in _HEAVY and await _is_refused(called[name], actor):
                refused.append((name, str(scope)))
    assert not refused


async def test_granted_rights_are_as_good_as_a_roles_and_do_not_count_in_a_group(called: dict[str, Call]) -> None:
    granted = Actor(PERSON.id, "Kim", Role.VIEWER, extra=frozenset({Right.SEE_HEALTH}))
    assert not await _is_refused(called["TimescaleService.health"], granted)
    assert await _is_refused(called["TimescaleService.health"], granted.in_group())


async def test_what_needs_no_right_tells_strangers_nothing_of_the_plant(house: House, called: dict[str, Call]) -> None:
    stranger = Actor(PERSON.id, "Kim", Role.PENDING)
    for name, needed in CALLS.items():
        if needed is Who.ANYONE:
            for code in ("press-1", "secret-1"):
                told = await _told(called[name], stranger, question=f"{code} last hour", sentence=f"{code} last hour")
                assert "Press" not in told, name
                assert "Unmentionable" not in told, name


def test_handlers_call_nothing_without_an_actor_but_what_is_in_the_table(house: House) -> None:
    services = {name: value for name, value in house.dispatcher.workflow_data.items() if name != "settings"}
    without, made = actorless(services), set()
    for path in (BOT / "handlers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in services:
                call = f"{type(services[node.value.id]).__name__}.{node.attr}"
                made |= {call} & without
    assert made == set(ACTORLESS)


_HEAVY = ("BackupService.create", "BackupService.create_if_due")
"""They run pg_dump: `tests/integration/backups` has them."""


async def _is_refused(call: Call, actor: Actor) -> bool:
    try:
        await call.on_behalf_of(actor)
    except ForbiddenError:
        return True
    except HydrodiagError:
        return False
    return False


async def _told(call: Call, actor: Actor, **known: str) -> str:
    try:
        return repr(await call.on_behalf_of(actor, **known))
    except HydrodiagError as error:
        return f"{error} {error.params}"
