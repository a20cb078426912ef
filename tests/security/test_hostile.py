"""Forged buttons, payloads in every argument, links that somebody changed: refused, and nobody becomes more."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from aiogram.types import Document
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.callbacks.profile import ConfirmForgetting
from bot.i18n import text_for
from core.users.invites import InviteError
from core.users.models import AuditEntry, Role, User
from core.users.rights import OPERATOR, Actor
from tests.security.conftest import PERSON, House, broke, words
from tests.security.doors import doors, filled

PAYLOADS = (
    "'; DROP TABLE users; --",
    "1 OR 1=1",
    "../../../etc/passwd",
    "%00\x00",
    "${jndi:ldap://x}",
    "9" * 40,
    "-1",
    "𝕏" * 600,
)
_BUTTONS = [door.button for door in doors() if door.button]
_ANY = hypothesis_settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
async def engineer(house: House) -> Actor:
    return await house.container.users.enrol(OPERATOR, PERSON.id, Role.ENGINEER, name="Kim", language="en")


@_ANY
@given(
    button=st.sampled_from(_BUTTONS),
    fields=st.lists(
        (st.integers() | st.sampled_from([2**31, 2**63, -(2**70)])).map(str)
        | st.sampled_from(list(Role))
        | st.text(max_size=8),
        max_size=5,
    ),
)
async def test_forged_buttons_break_nothing_and_make_nobody_more(
    house: House, engineer: Actor, button: type, fields: list[str]
) -> None:
    data = ":".join([button.__prefix__, *fields]).encode()[:64].decode(errors="ignore")  # type: ignore[attr-defined]
    assert not broke(await house.press(data)), data
    now = await house.container.users.find(PERSON.id)
    assert now is not None
    assert now.role is Role.ENGINEER


async def test_numbers_that_nothing_can_have_are_of_nothing(house: House) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ADMIN, name="Kim", language="en")
    for button in _BUTTONS:
        fields = button.model_fields.items()
        numbers: dict[str, Any] = {name: 2**63 for name, field in fields if field.annotation is int}
        with suppress(ValueError):  # more than 64 bytes
            assert not broke(await house.press(filled(button, **numbers))), button
    async with house.container.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_payloads_in_arguments_are_words_like_any_other(house: House, payload: str) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ADMIN, name="Kim", language="en")
    for command in sorted({door.command for door in doors() if door.command}):
        done = await house.send(text=f"/{command} {payload}"[:4096])
        assert not broke(done), command
    async with house.container.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1


async def test_an_old_plan_to_be_forgotten_is_not_carried_out(house: House, engineer: Actor) -> None:
    old = int(house.container.clock().timestamp()) - 601
    assert text_for("en")("privacy-too-old") in words(await house.press(ConfirmForgetting(told_at=old).pack()))
    assert await house.container.users.find(PERSON.id) == engineer


async def test_files_are_named_by_us_whatever_they_call_themselves(house: House) -> None:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ADMIN, name="Kim", language="en")
    for name in ("../../evil.md", "/etc/passwd.md", "a" * 5000 + ".md", "\u202egnp.md", "nul\x00.md"):
        file = Document(file_id="1", file_unique_id="1", file_name=name, file_size=-1)
        assert not broke(await house.send(document=file)), name


async def test_a_changed_link_lets_nobody_in(house: House) -> None:
    made = await house.container.invites.create(OPERATOR, Role.VIEWER)
    stranger = await house.container.users.enrol(OPERATOR, PERSON.id, Role.PENDING, name="Kim")
    for place in range(len(made.code)):
        other = "A" if made.code[place] != "A" else "B"
        await house.send(text=f"/start {made.code[:place]}{other}{made.code[place + 1 :]}")
        now = await house.container.users.find(PERSON.id)
        assert now == stranger, place


async def test_used_and_expired_links_let_nobody_in(house: House) -> None:
    used = await house.container.invites.create(OPERATOR, Role.VIEWER)
    first = await house.container.users.enrol(OPERATOR, 1, Role.PENDING)
    second = await house.container.users.enrol(OPERATOR, 2, Role.PENDING)
    await house.container.invites.redeem(first, used.code)
    short = await house.container.invites.create(OPERATOR, Role.VIEWER, lifetime=timedelta(microseconds=1))
    for code in (used.code, short.code):
        with pytest.raises(InviteError):
            await house.container.invites.redeem(second, code)


async def test_codes_are_in_no_record(house: House) -> None:
    made = await house.container.invites.create(OPERATOR, Role.VIEWER)
    async with house.container.sessions() as session:
        entries = list(await session.scalars(select(AuditEntry.details)))
    assert made.code not in repr(entries)
