"""The `hydrodiag` command. Heavy imports stay inside the commands that need them."""

import asyncio
import sys
from typing import Annotated

import typer

from cli import documents, index, machines, readings, timescale
from cli.ask import ask, retrieve
from cli.backup import backup, restore
from cli.doctor import doctor
from cli.env_example import render_env_example
from cli.numbers import BIGGEST_ID
from cli.steps import console as terminal
from core.errors import HydrodiagError
from core.settings import EXIT_SETTINGS, SettingsError

EXIT_FAILED = 1

app = typer.Typer(
    name="hydrodiag",
    help="A Telegram assistant for the diagnostics of hydraulic machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(documents.app, name="documents")
app.add_typer(index.app, name="index")
app.add_typer(machines.app, name="machines")
app.add_typer(readings.app, name="readings")
app.add_typer(timescale.app, name="timescale")
app.command("ask")(ask)
app.command("retrieve")(retrieve)
app.command("doctor")(doctor)
app.command("backup")(backup)
app.command("restore")(restore)


@app.command("run")
def run_command() -> None:
    """Start everything; what is not configured runs embedded. Ctrl-C stops it."""
    from cli.context import command_settings
    from cli.run import run

    asyncio.run(run(command_settings()))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from cli.admin import migrate_database
    from cli.context import command_settings

    asyncio.run(migrate_database(command_settings()))


@app.command()
def superuser(
    telegram_id: Annotated[
        int | None, typer.Argument(min=1, max=BIGGEST_ID, help="Telegram user id; without it, a one-time code.")
    ] = None,
) -> None:
    """Make somebody an admin."""
    from cli.admin import make_admin
    from cli.context import command_settings

    asyncio.run(make_admin(command_settings(), telegram_id))


@app.command("rotate-key")
def rotate_key() -> None:
    """Replace the key that signs invitations: those that are out let nobody in any more."""
    from cli.admin import void_invitations
    from cli.context import command_settings

    asyncio.run(void_invitations(command_settings()))


@app.command("init-data")
def init_data() -> None:
    """Seed the demonstration plant and its handbook, and build the index."""
    from cli.admin import seed
    from cli.context import command_settings

    asyncio.run(seed(command_settings()))


@app.command("env-example")
def env_example() -> None:
    """Print .env.example: every setting with its default."""
    typer.echo(render_env_example(), nl=False)


@app.command()
def manual() -> None:
    """Print docs/commands.md: every command of the chat and of the server."""
    from cli.manual import render_manual

    typer.echo(render_manual(app), nl=False)


def main() -> None:
    """Run a command; expected errors are one readable line each, and the exit code says which kind (2: settings)."""
    try:
        app()
    except SettingsError as error:
        for fault in error.faults:
            terminal.print(f"settings: {fault}", markup=False, style="red")
        sys.exit(EXIT_SETTINGS)
    except HydrodiagError as error:
        terminal.print(f"hydrodiag: {error}", markup=False, style="red")
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
