"""The simulated plant is the same however it is asked, stays within physics, and its faults show where they should."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from demo.plant import MACHINES
from demo.simulator.faults import Fault, FaultKind
from demo.simulator.noise import Floats
from demo.simulator.plant import PlantSimulator

ANCHOR = datetime(2026, 3, 2, 14, 37, tzinfo=UTC)
DAY = date(2026, 3, 2)
UTC_ZONE = ZoneInfo("UTC")
POSSIBLE = {
    "bar": (0, 400),
    "l/min": (0, 300),
    "degC": (-20, 110),
    "mm/s": (0, 30),
    "%": (0, 100),
    "ISO 4406 code": (8, 28),
}


def simulated(machine: str, *faults: Fault, day: date = DAY) -> dict[str, Floats]:
    return PlantSimulator(ANCHOR, UTC_ZONE, faults).day(machine, day)


def always(machine: str, kind: FaultKind, sensor: str | None = None) -> Fault:
    return Fault(machine, kind, begins=-1000.0, full=-1000.0, ends=1000.0, repeats=5000.0, sensor=sensor)


def worst_mean(machine: str, kind: FaultKind, sensor: str) -> tuple[float, float]:
    """Return the day's mean of the sensor on a sound machine and on one with the fault at its worst."""
    sound, ill = simulated(machine), simulated(machine, always(machine, kind))
    return float(np.nanmean(sound[sensor])), float(np.nanmean(ill[sensor]))


@pytest.mark.parametrize("machine", MACHINES)
def test_an_instant_has_the_same_readings_however_they_are_asked_for(machine: str) -> None:
    begin, end = ANCHOR - timedelta(hours=30), ANCHOR + timedelta(hours=2)
    whole: dict[str, list[tuple[datetime, float]]] = {}
    for sensor, samples in PlantSimulator(ANCHOR, UTC_ZONE).samples(machine, begin, end):
        whole.setdefault(sensor, []).extend(samples)
    pieces: dict[str, list[tuple[datetime, float]]] = {}
    cut = begin
    while cut < end:
        another = PlantSimulator(ANCHOR, UTC_ZONE)
        for sensor, samples in another.samples(machine, cut, min(cut + timedelta(hours=11), end)):
            pieces.setdefault(sensor, []).extend(samples)
        cut += timedelta(hours=11)
    assert pieces == whole
    assert sum(map(len, whole.values())) == PlantSimulator(ANCHOR, UTC_ZONE).count(machine, begin, end)


def test_the_end_of_a_span_is_left_to_the_next() -> None:
    plant = PlantSimulator(ANCHOR, UTC_ZONE)
    begin = ANCHOR.replace(second=30)
    (_, samples), *_ = plant.samples("hpu-7", begin, begin + timedelta(minutes=3))
    assert [time for time, _ in samples] == [ANCHOR + timedelta(minutes=m) for m in (1, 2, 3)]


@pytest.mark.parametrize("machine", MACHINES)
def test_readings_stay_physically_possible_through_the_whole_story(machine: str) -> None:
    plant = PlantSimulator(ANCHOR, UTC_ZONE)
    for offset in range(-30, 16, 5):
        values = plant.day(machine, DAY + timedelta(days=offset))
        for sensor in MACHINES[machine].sensors:
            low, high = POSSIBLE[sensor.unit]
            sent = values[sensor.code][~np.isnan(values[sensor.code])]
            assert ((sent >= low) & (sent <= high)).all(), (machine, sensor.code, offset)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_sound_machine_stays_within_its_limits(machine: str) -> None:
    values = simulated(machine)
    for sensor in MACHINES[machine].sensors:
        sent = values[sensor.code][~np.isnan(values[sensor.code])]
        assert sensor.warning_high is None or sent.max() < sensor.warning_high, sensor.code
        assert sensor.warning_low is None or sent.min() > sensor.warning_low, sensor.code


def test_the_excavator_rests_cold_at_night_and_works_warm_by_day() -> None:
    values = simulated("excavator-1")
    three, fifteen = 3 * 60, 15 * 60
    assert values["pump-1-pressure"][three] == 0.0
    assert values["pump-1-pressure"][fifteen - 120 : fifteen].max() > 250.0
    assert values["oil-temperature"][three] < 40.0 < values["oil-temperature"][fifteen]


@pytest.mark.parametrize(
    ("machine", "kind", "sensor", "rises"),
    [
        ("press-2", FaultKind.PUMP_WEAR, "case-drain", True),
        ("press-2", FaultKind.PUMP_WEAR, "flow", False),
        ("press-2", FaultKind.PUMP_WEAR, "cleanliness", True),
        ("press-2", FaultKind.CAVITATION, "vibration", True),
        ("press-2", FaultKind.CAVITATION, "flow", False),
        ("press-2", FaultKind.COOLER_FOULING, "oil-temperature", True),
        ("press-2", FaultKind.RELIEF_DRIFT, "pressure", False),
        ("press-2", FaultKind.PRECHARGE_LOSS, "accumulator-pressure", False),
        ("press-2", FaultKind.OIL_LEAK, "oil-level", False),
        ("excavator-1", FaultKind.PUMP_WEAR, "case-drain-1", True),
        ("excavator-1", FaultKind.COOLER_FOULING, "oil-temperature", True),
        ("hpu-7", FaultKind.FILTER_CLOGGING, "filter-dp", True),
        ("hpu-7", FaultKind.FILTER_CLOGGING, "cleanliness", True),
        ("hpu-7", FaultKind.PUMP_WEAR, "flow", False),
    ],
)
def test_a_fault_shows_on_the_sensor_that_a_fitter_would_look_at(
    machine: str, kind: FaultKind, sensor: str, rises: bool
) -> None:
    sound, ill = worst_mean(machine, kind, sensor)
    assert (ill > 1.02 * sound) if rises else (ill < 0.98 * sound)


@pytest.mark.parametrize(
    ("machine", "kind", "sensor"),
    [
        ("press-2", FaultKind.COOLER_FOULING, "oil-temperature"),
        ("press-2", FaultKind.CAVITATION, "vibration"),
        ("press-2", FaultKind.PUMP_WEAR, "case-drain"),
        ("press-2", FaultKind.PRECHARGE_LOSS, "accumulator-pressure"),
        ("press-2", FaultKind.OIL_LEAK, "oil-level"),
        ("hpu-7", FaultKind.FILTER_CLOGGING, "filter-dp"),
        ("hpu-7", FaultKind.RELIEF_DRIFT, "pressure"),
        ("excavator-1", FaultKind.COOLER_FOULING, "oil-temperature"),
        ("excavator-1", FaultKind.PUMP_WEAR, "case-drain-1"),
    ],
)
def test_a_fault_at_its_worst_passes_a_limit(machine: str, kind: FaultKind, sensor: str) -> None:
    values = simulated(machine, always(machine, kind))[sensor]
    (spec,) = (s for s in MACHINES[machine].sensors if s.code == sensor)
    too_high = spec.warning_high is not None and np.nanmax(values) >= spec.warning_high
    too_low = spec.warning_low is not None and np.nanmin(values) <= spec.warning_low
    assert too_high or too_low


def test_a_silent_sensor_sends_nothing_and_a_stuck_one_one_value() -> None:
    assert np.isnan(simulated("hpu-7", always("hpu-7", FaultKind.SENSOR_SILENT, "flow"))["flow"]).all()
    stuck = Fault("hpu-7", FaultKind.SENSOR_STUCK, begins=0.0, full=0.0, ends=9.0, sensor="pressure")
    plant = PlantSimulator(ANCHOR, UTC_ZONE, (stuck,))
    before, after = plant.day("hpu-7", DAY)["pressure"], plant.day("hpu-7", DAY + timedelta(days=3))["pressure"]
    minute = ANCHOR.hour * 60 + ANCHOR.minute
    assert len(set(before[:minute])) > 10
    assert set(after) == {before[minute]} == set(before[minute:])


def test_the_story_begins_with_a_worn_press_a_clogging_filter_and_a_sensor_unheard() -> None:
    plant = PlantSimulator(ANCHOR, UTC_ZONE)
    minute = ANCHOR.hour * 60 + ANCHOR.minute
    assert 7.0 <= plant.day("press-2", DAY)["case-drain"][minute] < 14.0
    assert 2.0 <= plant.day("hpu-7", DAY)["filter-dp"][minute] < 2.5
    assert np.isnan(plant.day("excavator-1", DAY)["vibration"][minute])
    week_ago = DAY - timedelta(days=8)
    assert plant.day("press-2", week_ago)["case-drain"].max() < 7.0
    assert plant.day("hpu-7", week_ago)["filter-dp"].max() < 2.0
