"""The machine that made-up readings are of."""

from core.database import SessionFactory
from core.diagnostics.models import Quantity, Sensor, System

SENSORS = 17


async def add_rig(sessions: SessionFactory) -> None:
    """Add a machine `rig` with sensors of pressure, `s0` and so on, in bar and without limits."""
    system = System(code="rig", names={"en": "Rig"}, kind="rig")
    system.sensors = [
        Sensor(code=f"s{n}", names={"en": f"Sensor {n}"}, quantity=Quantity.PRESSURE, unit="bar")
        for n in range(SENSORS)
    ]
    async with sessions.begin() as session:
        session.add(system)
