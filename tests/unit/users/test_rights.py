"""What roles may do grows step by step; a scope says where."""

from dataclasses import dataclass
from itertools import pairwise

import pytest

from core.errors import ForbiddenError
from core.users.models import MEMBERS, Role
from core.users.rights import RIGHTS, Actor, OutOfScopeError, Right
from core.users.scope import WHOLE_PLANT, Scope, ScopeError


@dataclass(frozen=True)
class Machine:
    code: str = "press-2"
    site: str = "north"
    public: bool = False


def actor(role: Role, scope: Scope = WHOLE_PLANT, *extra: Right) -> Actor:
    return Actor(id=1, name="Ann", role=role, scope=scope, extra=frozenset(extra))


def test_every_role_is_in_the_table_and_has_what_the_lesser_one_has() -> None:
    assert set(RIGHTS) == set(Role)
    for less, more in pairwise(MEMBERS):
        assert RIGHTS[less] <= RIGHTS[more]
    assert RIGHTS[Role.ADMIN] == set(Right)


@pytest.mark.parametrize("role", [Role.PENDING, Role.BLOCKED])
def test_who_is_not_let_in_may_nothing_even_with_extra_rights(role: Role) -> None:
    assert not any(actor(role, WHOLE_PLANT, *Right).may(right) for right in Right)


def test_an_extra_right_comes_on_top_of_the_roles() -> None:
    assert not actor(Role.ENGINEER).may(Right.SEE_HEALTH)
    assert actor(Role.ENGINEER, WHOLE_PLANT, Right.SEE_HEALTH).may(Right.SEE_HEALTH)


@pytest.mark.parametrize(
    ("scope", "sees"),
    [
        ("all", True),
        ("site:north", True),
        ("machine:press-2", True),
        ("site:south machine:press-2", True),
        ("site:south", False),
        ("machine:press-3 machine:north", False),
    ],
)
def test_a_right_holds_within_the_scope(scope: str, sees: bool) -> None:
    engineer = actor(Role.ENGINEER, Scope.parse(scope))
    assert engineer.may(Right.SEE_MACHINES, machine=Machine()) is sees
    if not sees:
        with pytest.raises(OutOfScopeError):
            engineer.require(Right.SEE_MACHINES, machine=Machine())
    with pytest.raises(ForbiddenError):
        engineer.require(Right.MANAGE_USERS, machine=Machine())


def test_in_a_group_an_admin_is_an_engineer_who_sees_public_machines_only() -> None:
    there = actor(Role.ADMIN, Scope.parse("site:north"), Right.MANAGE_INDEX).in_group()
    assert there.role is Role.ENGINEER
    assert not there.may(Right.MANAGE_INDEX)
    assert not there.sees(Machine())
    assert there.sees(Machine(public=True))
    assert not there.sees(Machine(site="south", public=True))


@pytest.mark.parametrize("words", ["all", "site:north", "site:north site:south machine:press-2"])
def test_scopes_are_read_as_they_are_written_and_stored(words: str) -> None:
    assert str(Scope.parse(words)) == words
    assert Scope.load(Scope.parse(words).dump()) == Scope.parse(words)


@pytest.mark.parametrize("words", ["", "site:", "everything", "site:a b", "all site:north", "machine:a;b"])
def test_other_words_are_no_scope(words: str) -> None:
    with pytest.raises(ScopeError):
        Scope.parse(words)
