"""Machines and summaries made up for tests of views."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.summary import (
    Bucket,
    LastReading,
    SensorStatus,
    SensorSummary,
    SystemStatus,
    SystemSummary,
    bucket_for,
    summarise,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def sensor(name: str = "Pressure", *, warning_high: float | None = 60.0, critical_high: float | None = 80.0) -> Sensor:
    """A pressure sensor with limits at 60 and 80 bar."""
    return Sensor(
        id=1,
        code="pressure",
        names={"en": name, "ru": f"{name} (рус)"},
        quantity=Quantity.PRESSURE,
        unit="bar",
        warning_high=warning_high,
        critical_high=critical_high,
        sampling_s=60.0,
        stale_after_s=300.0,
    )


def summary(
    values: Sequence[float | None], *, period: timedelta = timedelta(hours=24), of: Sensor | None = None
) -> SensorSummary:
    """A sensor whose buckets of `period` had these means; None is a gap."""
    begin, width = NOW - period, bucket_for(period)
    series = [
        Bucket(begin + width * i, 5, 5 if value >= 60.0 else 0, value - 1.0, value, value + 1.0)
        for i, value in enumerate(values)
        if value is not None
    ]
    last = None
    if series:
        age = NOW - series[-1].start - width
        last = LastReading(NOW - age, series[-1].mean, age)
    return summarise(SensorStatus(of or sensor(), last), series, begin, period)


def machine(
    *sensors: SensorSummary, name: str = "Press P-200", period: timedelta = timedelta(hours=24)
) -> SystemSummary:
    """A summary of a machine with these sensors."""
    names = {"en": name, "ru": name}
    system = System(id=7, code="press-2", names=names, kind="press", status="in_service", location={"en": "Shop"})
    status = SystemStatus(system, tuple(s.status for s in sensors))
    return SystemSummary(status, NOW - period, NOW, bucket_for(period), sensors)
