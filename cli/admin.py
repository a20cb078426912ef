"""Commands of whoever keeps the server: schema, first admin, demonstration data."""

import typer

from cli.context import local_parts, open_container
from cli.seeding import seed_demo
from cli.steps import step
from core.settings import Settings
from core.users.models import Role
from core.users.rights import OPERATOR
from migrations.runner import upgrade


async def migrate_database(settings: Settings) -> None:
    """Bring the configured (or the embedded) database to the newest schema."""
    async with local_parts(settings) as complete:
        if complete.database_url is not None:
            with step("Schema"):
                await upgrade(complete.database_url.get_secret_value())


async def make_admin(settings: Settings, telegram_id: int | None) -> None:
    """Make `telegram_id` an admin, known to the bot already or not; without an id, print a one-time code."""
    async with open_container(settings) as container:
        if telegram_id is None:
            invitation = await container.invites.create(OPERATOR, Role.ADMIN)
            typer.echo(f"/start {invitation.code}")
        else:
            await container.users.enrol(OPERATOR, telegram_id, Role.ADMIN)
            typer.echo(f"{telegram_id} is an admin.")


async def void_invitations(settings: Settings) -> None:
    """Sign invitations with a new key from now on."""
    async with open_container(settings) as container:
        await container.invites.void_all(OPERATOR)
        typer.echo("Invitations are signed with a new key; those that were out are void.")


async def seed(settings: Settings) -> None:
    """Seed the demonstration plant and its handbook."""
    async with open_container(settings) as container:
        await seed_demo(container)
