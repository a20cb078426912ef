"""Every door x every role x every scope: it opens to those who have its right, and shows nothing out of scope."""

import pytest
from aiogram.types import Chat

from core.users.models import MEMBERS, Role
from core.users.rights import OPERATOR, RIGHTS, Right
from core.users.scope import WHOLE_PLANT, Scope
from tests.security.conftest import ANOTHER, GROUP, PERSON, PRIVATE, House, broke, was_refused, words
from tests.security.furniture import PRIVATE_MATTER, SECRET, Furniture
from tests.security.knocking import DOORS, TYPED, Knock, knock
from tests.security.permissions import HANDLERS, Who

# Hundreds of knocks, each a few queries: seconds on a quiet machine, minutes on a busy one.
pytestmark = pytest.mark.timeout(600)

SCOPES = {
    "whole plant": WHOLE_PLANT,
    "own site": Scope.parse("site:north"),
    "own machine": Scope.parse("machine:press-1"),
}


@pytest.mark.parametrize("role", MEMBERS)
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_door_opens_to_those_who_have_its_right_and_shows_nothing_out_of_scope(
    house: House, furniture: Furniture, role: Role, scope: str
) -> None:
    await house.container.users.set_role(OPERATOR, PERSON.id, role, scope=SCOPES[scope])
    before = await furniture.of_theirs(house.container.sessions, "secret-1")
    asked = await furniture.asked(house.container.sessions, ANOTHER)
    heard = await _at_all_doors(house, PRIVATE, furniture, RIGHTS[role])
    whole = SCOPES[scope].everything
    reports = ("gaps.on_gaps", "gaps.on_page", "gaps.on_export") if whole else ()
    assert not [at for at in heard if at.mentions(PRIVATE_MATTER) and at.door not in reports]
    assert await furniture.asked(house.container.sessions, ANOTHER) == asked
    if whole:
        assert [at for at in heard if at.mentions(SECRET)], "whoever sees the whole plant sees that machine"
    else:
        assert not [(at.door, words(at.done)) for at in heard if at.mentions(SECRET)]
        assert await furniture.of_theirs(house.container.sessions, "secret-1") == before


@pytest.mark.parametrize("role", MEMBERS)
async def test_in_a_group_nobody_is_more_than_an_engineer_and_sees_public_machines_only(
    house: House, furniture: Furniture, role: Role
) -> None:
    await house.container.users.set_role(OPERATOR, PERSON.id, role)
    before = await furniture.of_theirs(house.container.sessions, "secret-1")
    heard = await _at_all_doors(house, GROUP, furniture, RIGHTS[Role.VIEWER if role is Role.VIEWER else Role.ENGINEER])
    assert not [(at.door, words(at.done)) for at in heard if at.mentions(SECRET) or at.mentions(PRIVATE_MATTER)]
    assert await furniture.of_theirs(house.container.sessions, "secret-1") == before


async def _at_all_doors(house: House, chat: Chat, furniture: Furniture, rights: frozenset[Right]) -> list[Knock]:
    """Knock at every door with what is ours and what is theirs; each must open to `rights`, and to nothing less."""
    heard, wrong = [], []
    for door in DOORS:
        if chat is GROUP and door.name in TYPED and TYPED[door.name].private:
            continue
        for fields in (furniture.theirs, furniture.ours):
            for at in await knock(house, door, chat, fields):
                right = HANDLERS[door.name]
                let_in = at.reached and not was_refused(at.done)
                allowed = isinstance(right, Who) or right in rights
                if (let_in and not allowed) or (allowed and was_refused(at.done)) or broke(at.done):
                    wrong.append((door.name, words(at.done)))
                heard.append(at)
            house.forget_states()
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong)
    return heard
