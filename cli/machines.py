"""`hydrodiag machines`: what is kept about machines and their sensors."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.context import command_settings, open_container
from core.diagnostics.models import Criticality, OperatingStatus, Sensor, System
from core.diagnostics.register import LIMITS, MachineChange, MachineRegister, SensorChange
from core.users.rights import OPERATOR

app = typer.Typer(
    help="Machines and their sensors: status, criticality, limits, expected sampling.", no_args_is_help=True
)
_out = Console(highlight=False, soft_wrap=True)
_NONE = "none"
Limit = Annotated[str | None, typer.Option(help="In the sensor's unit; `none`: not watched.")]
Seconds = Annotated[float | None, typer.Option(help="Seconds.")]


@app.command("list")
def list_machines() -> None:
    """List the machines."""

    async def work(register: MachineRegister) -> None:
        table = Table("code", "name", "kind", "status", "criticality", "site", "location", "sensors", box=None)
        for one in await register.list(OPERATOR):
            table.add_row(*_machine_cells(one), str(len(one.sensors)))
        _out.print(table)

    _with_register(work)


@app.command()
def show(machine: str) -> None:
    """Show a machine and its sensors."""

    async def work(register: MachineRegister) -> None:
        _print_machine(await register.machine(OPERATOR, machine))

    _with_register(work)


@app.command("set")
def set_machine(
    machine: str,
    status: OperatingStatus | None = None,
    criticality: Criticality | None = None,
    site: str | None = None,
    location_en: str | None = None,
    location_ru: str | None = None,
) -> None:
    """Change what is kept about a machine."""
    places = {"en": location_en, "ru": location_ru}
    location = {language: place for language, place in places.items() if place is not None}

    async def work(register: MachineRegister) -> None:
        change = MachineChange(status, criticality, location, site)
        _print_machine(await register.change_machine(OPERATOR, machine, change))

    _with_register(work)


@app.command("set-sensor")
def set_sensor(
    sensor: Annotated[str, typer.Argument(help="machine/sensor")],
    critical_low: Limit = None,
    warning_low: Limit = None,
    warning_high: Limit = None,
    critical_high: Limit = None,
    sampling: Seconds = None,
    stale_after: Seconds = None,
) -> None:
    """Change a sensor's limits, how often readings are expected, and when it counts as stale."""
    given = dict(zip(LIMITS, (critical_low, warning_low, warning_high, critical_high), strict=True))
    limits = {name: _limit(value) for name, value in given.items() if value is not None}

    async def work(register: MachineRegister) -> None:
        changed = await register.change_sensor(OPERATOR, sensor, SensorChange(limits, sampling, stale_after))
        _print_sensors([changed])

    _with_register(work)


def _limit(written: str) -> float | None:
    if written == _NONE:
        return None
    try:
        return float(written)
    except ValueError:
        raise typer.BadParameter(f"{written!r} is neither a number nor {_NONE!r}") from None


def _print_machine(machine: System) -> None:
    names = ("code", "name", "kind", "status", "criticality", "site", "location")
    for name, value in zip(names, _machine_cells(machine), strict=True):
        _out.print(f"{name:12} {value}", markup=False)
    _print_sensors(sorted(machine.sensors, key=lambda sensor: sensor.id))


def _machine_cells(one: System) -> tuple[str, ...]:
    name, place = one.names.get("en", one.code), " / ".join(one.location.values())
    return one.code, name, one.kind, one.status, one.criticality, one.site, place


def _print_sensors(sensors: list[Sensor]) -> None:
    table = Table(
        "sensor", "quantity", "unit", *(name.replace("_", " ") for name in LIMITS), "every", "stale after", box=None
    )
    for one in sensors:
        limits = ("-" if (value := getattr(one, name)) is None else f"{value:g}" for name in LIMITS)
        table.add_row(one.code, one.quantity, one.unit, *limits, f"{one.sampling_s:g} s", f"{one.stale_after_s:g} s")
    _out.print(table)


def _with_register(work: Callable[[MachineRegister], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_container(command_settings()) as container:
            await work(MachineRegister(container.sessions))

    asyncio.run(run())
