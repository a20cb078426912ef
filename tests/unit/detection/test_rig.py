"""All detectors of one machine, together."""

from core.diagnostics.detection.baseline import Array
from core.diagnostics.detection.conditions import AlarmKind, Sample
from core.diagnostics.detection.learning import learn_from
from core.diagnostics.detection.rig import Rig
from core.diagnostics.models import Sensor, System
from tests.unit.detection.test_anomaly import PRESSURE, SENSORS, START, STEP, machine

DAY = 24 * 60


def test_a_machine_is_not_unusual_by_a_sensor_that_is_known_to_stand_still() -> None:
    rig = Rig(System(id=7, sensors=[Sensor(id=sensor, unit="bar", stale_after_s=300.0) for sensor in SENSORS]))
    rows = machine(3 * DAY + 300).round(1)
    stuck = rows[3 * DAY :]
    stuck[:, 0] = 188.0
    past = [(sample.sensor_id, sample.time, sample.value) for sample in _samples(rows[: 3 * DAY], 0)]
    known = learn_from(past, SENSORS, [], START + (3 * DAY - 60) * STEP)
    assert known is not None
    rig.know(*known)
    for sample in _samples(stuck, 3 * DAY):
        list(rig.feed(sample))
    assert set(rig.present) == {(AlarmKind.STUCK, PRESSURE)}


def _samples(rows: Array, first: int) -> list[Sample]:
    return [
        Sample(sensor, START + number * STEP, float(value))
        for number, row in enumerate(rows, start=first)
        for sensor, value in zip(SENSORS, row, strict=True)
    ]
