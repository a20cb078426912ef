"""How each machine behaves in a minute: load, heat, leakage, dirt, and what its sensors make of them.

Every function takes a day's timeline and returns one array per sensor code, warm-up included, unrounded.
"""

from collections.abc import Callable, Mapping

import numpy as np

from demo.simulator.faults import FaultKind
from demo.simulator.noise import Booleans, Floats
from demo.simulator.thermal import OilTank, viscosity
from demo.simulator.timeline import Timeline

Signals = dict[str, Floats]

PRESS_BREAKS = ((3.0, 3.5), (6.0, 6.2), (11.0, 11.5), (14.0, 14.2), (19.0, 19.5), (22.0, 22.2))
PRESS_TANK = OilTank(800, tank_kw_per_k=0.08, cooler_kw_per_k=1.4, opens_at=44, open_at=62)
EXCAVATOR_SHIFT = (7.0, 19.0)
EXCAVATOR_BREAKS = ((10.0, 10.25), (12.5, 13.25), (16.0, 16.25))
EXCAVATOR_TANK = OilTank(400, tank_kw_per_k=0.05, cooler_kw_per_k=1.3, opens_at=52, open_at=66, steel=0.6)
POWER_UNIT_TANK = OilTank(500, tank_kw_per_k=0.06, cooler_kw_per_k=0.9, opens_at=43, open_at=57)
HVLP_SLOPE = 0.035
VISCOSITY_AT_50 = 29.5
"""Of HLP 46, mm2/s: the temperature at which leakage figures are given."""
KILOWATTS = 1.0 / 600.0
"""bar times l/min to kW."""


def press(t: Timeline) -> Signals:
    """The press works round the clock in three shifts; in breaks its pump circulates without pressure."""
    wear = t.severity(FaultKind.PUMP_WEAR)
    cavitation = t.severity(FaultKind.CAVITATION)
    precharge_loss = t.severity(FaultKind.PRECHARGE_LOSS)
    tool_change = t.smooth("tool change", 25) > 2.1
    idle = t.pause(PRESS_BREAKS) | tool_change
    night = (t.hour < 6.0) | (t.hour >= 22.0)
    rate = np.clip(0.80 - 0.12 * night + 0.08 * t.smooth("rate", 50) + 0.02 * t.white("rate"), 0.3, 1.0)
    load = np.where(idle, 0.0, rate)

    pressure = np.where(idle, 9.0 + 0.4 * t.white("idle"), 250.0 + 1.2 * t.smooth("peak", 90) + 1.4 * t.white("peak"))
    pressure += load * (16.0 * precharge_loss * np.abs(t.white("shock")) - 4.0 * wear)
    pressure -= load * 60.0 * t.severity(FaultKind.RELIEF_DRIFT)

    hall = 21.0 + 3.0 * t.daily_wave(16.0) + 1.5 * t.smooth("hall", 1440)
    wear_leak_at_50 = 17.0 * wear * load
    heat = 5.0 + 15.0 * load + wear_leak_at_50 * 250.0 * KILOWATTS
    cooler = 1.0 - 0.88 * t.severity(FaultKind.COOLER_FOULING)
    temperature = PRESS_TANK.temperature(heat, hall, hall, cooler, start=45.0)
    thinness = VISCOSITY_AT_50 / viscosity(temperature)

    drain = (0.7 + 2.2 * load + wear_leak_at_50) * thinness * (1.0 + 0.03 * t.white("drain"))
    flow = 146.0 - 6.0 * load - 1.15 * wear_leak_at_50 * thinness - cavitation * (6.0 + 5.0 * np.abs(t.white("starve")))
    vibration = 1.7 + 0.7 * load + 1.3 * wear**2 + cavitation * (2.8 + 0.9 * np.abs(t.white("crackle")))
    accumulator = np.where(idle, 243.0, 196.0 - 14.0 * (load - 0.8) + 3.0 * t.smooth("accumulator", 30))
    filter_dp = _filter_drop(t, flow / 140.0, viscosity(temperature), clean=0.38, service_days=40.0)
    return {
        "pressure": np.maximum(pressure, 0.0),
        "accumulator-pressure": accumulator - 95.0 * precharge_loss * load + 1.5 * t.white("accumulator"),
        "flow": flow + 0.5 * t.white("flow"),
        "case-drain": _under_load(t, drain, load > 0.0),
        "oil-temperature": temperature + 0.1 * t.white("temperature"),
        "vibration": vibration + 0.07 * t.white("vibration"),
        "oil-level": _level(t, temperature, full=82.0, stroke=0.8 * load),
        "cleanliness": _cleanliness(t, clean=17.4, wear=wear, filter_dp=filter_dp),
        "filter-dp": filter_dp + 0.01 * t.white("filter"),
    }


def excavator(t: Timeline) -> Signals:
    """The excavator digs by day, in bursts between waits for lorries, and stands cold at night."""
    wear = t.severity(FaultKind.PUMP_WEAR)
    cavitation = t.severity(FaultKind.CAVITATION)
    begins, ends = EXCAVATOR_SHIFT
    running = (t.hour >= begins) & (t.hour < ends)
    waits = t.smooth("lorry", 9) < -0.9
    digging = running & ~t.pause(EXCAVATOR_BREAKS) & ~waits & (t.hour >= begins + 0.25)
    effort = np.clip(0.62 + 0.17 * t.smooth("soil", 35) + 0.07 * t.white("soil"), 0.15, 1.0)
    load = np.where(digging, effort, 0.0)

    relief = 345.0 - 70.0 * t.severity(FaultKind.RELIEF_DRIFT)
    peak = np.minimum(225.0 + 130.0 * load + 9.0 * t.white("peak"), relief + 1.5 * t.white("relief"))
    pressure = np.where(digging, peak, np.where(running, 32.0 + 1.5 * t.white("neutral"), 0.0))

    outdoors = 9.0 + 5.0 * t.daily_wave(15.0) + 3.0 * t.smooth("weather", 1440)
    heat = np.where(running, 7.0 + 34.0 * load + 20.0 * wear * load, 0.0)
    cooler = np.where(running, 1.0 - 0.8 * t.severity(FaultKind.COOLER_FOULING), 0.0)
    temperature = EXCAVATOR_TANK.temperature(heat, outdoors, outdoors, cooler, start=15.0)
    oil = viscosity(temperature, HVLP_SLOPE)
    thinness = 22.0 / oil

    def drain(pump: int, worn: Floats) -> Floats:
        litres = (1.9 + 2.0 * load + 14.0 * worn * load) * thinness * (1.0 + 0.04 * t.white(f"drain {pump}"))
        return t.averaged(np.where(running, litres, 0.0), 10)

    healthy = np.zeros_like(wear)
    flow = 290.0 * (0.14 + 0.72 * load) - 16.0 * wear * load * thinness - 25.0 * cavitation * load
    vibration = 2.4 + 2.9 * load + 3.0 * wear**2 + 7.0 * cavitation + 0.25 * t.white("vibration")
    return {
        "pump-1-pressure": np.maximum(pressure, 0.0),
        "pilot-pressure": np.where(running, 39.0 + 0.35 * t.white("pilot"), 0.0),
        "pump-1-flow": np.where(running, np.maximum(flow + 3.0 * t.white("flow"), 0.0), 0.0),
        "case-drain-1": drain(1, wear),
        "case-drain-2": drain(2, healthy),
        "oil-temperature": temperature + 0.15 * t.white("temperature"),
        "vibration": np.where(running, vibration, np.abs(0.02 * t.white("standstill"))),
        "oil-level": _level(t, temperature, full=78.0, stroke=2.5 * load),
        "cleanliness": _cleanliness(t, clean=19.4, wear=wear, filter_dp=healthy),
    }


def power_unit(t: Timeline) -> Signals:
    """The power unit never stops; duty and standby pumps change places once a week."""
    wear = t.severity(FaultKind.PUMP_WEAR)
    cavitation = t.severity(FaultKind.CAVITATION)
    pump_b = (t.minutes // (7 * 1440)) % 2 == 1
    demand = 0.62 + 0.16 * t.daily_wave(14.0) + 0.09 * t.smooth("consumers", 40)
    load = np.clip(demand + 0.03 * t.white("consumers"), 0.1, 1.0)

    pressure = 141.5 - 2.2 * load + 0.5 * t.smooth("setting", 240) + 0.6 * t.white("pressure")
    pressure -= 35.0 * t.severity(FaultKind.RELIEF_DRIFT) * load
    water = 16.0 + 1.5 * t.daily_wave(17.0)
    cellar = 19.0 + 1.0 * t.daily_wave(18.0) + t.smooth("cellar", 1440)
    leak_at_50 = 16.0 * wear
    heat = 6.0 + 8.0 * load + leak_at_50 * 140.0 * KILOWATTS
    cooler = 1.0 - 0.88 * t.severity(FaultKind.COOLER_FOULING)
    temperature = POWER_UNIT_TANK.temperature(heat, cellar, water, cooler, start=46.0)
    thinness = VISCOSITY_AT_50 / viscosity(temperature)

    starved = cavitation * (5.0 + 3.0 * np.abs(t.white("starve")))
    flow = 90.6 - 0.5 * pump_b - 1.6 * thinness - leak_at_50 * thinness - starved
    vibration = 1.5 + 0.3 * pump_b + 0.4 * load + 1.6 * wear + cavitation * (3.0 + 0.9 * np.abs(t.white("crackle")))
    filter_dp = _filter_drop(t, flow / 90.0, viscosity(temperature), clean=0.42, service_days=None)
    return {
        "pressure": np.maximum(pressure, 0.0),
        "flow": flow + 0.3 * t.white("flow"),
        "oil-temperature": temperature + 0.1 * t.white("temperature"),
        "vibration": vibration + 0.05 * t.white("vibration"),
        "oil-level": _level(t, temperature, full=84.0, stroke=0.4 * load),
        "cleanliness": _cleanliness(t, clean=18.3, wear=wear, filter_dp=filter_dp),
        "filter-dp": filter_dp + 0.012 * t.white("filter"),
    }


def _under_load(t: Timeline, values: Floats, loaded: Booleans) -> Floats:
    """The mean of the loaded minutes of the last hour: what limits that hold at working pressure are compared with."""
    share = t.averaged(loaded.astype(np.float64), 60)
    return np.asarray(t.averaged(np.where(loaded, values, 0.0), 60) / np.maximum(share, 1.0 / 60.0))


def _filter_drop(t: Timeline, flow_share: Floats, oil: Floats, *, clean: float, service_days: float | None) -> Floats:
    """Pressure drop, bar: proportional to viscosity and flow, grown by dirt; the by-pass takes over at 2.5 bar."""
    dirt = 2.05 * t.severity(FaultKind.FILTER_CLOGGING)
    if service_days is not None:
        dirt = dirt + 0.7 * np.mod(t.days + 0.4 * service_days, service_days) / service_days
    drop = (clean + dirt) * flow_share * oil / VISCOSITY_AT_50
    return np.asarray(np.where(drop > 2.5, 2.5 + 0.1 * (drop - 2.5), drop))


def _level(t: Timeline, temperature: Floats, *, full: float, stroke: Floats) -> Floats:
    """Level, %: oil swells by 0.07 % a kelvin, cylinders borrow some, weeping seals lose a little until the top-up."""
    lost = 0.12 * np.mod(t.days + 5.0, 14.0) + 45.0 * t.severity(FaultKind.OIL_LEAK)
    swelling = full * 0.0007 * (temperature - 45.0)
    return np.asarray(np.maximum(full + swelling - stroke - lost + 0.15 * t.white("level"), 0.0))


def _cleanliness(t: Timeline, *, clean: float, wear: Floats, filter_dp: Floats) -> Floats:
    """ISO 4406 code of particles from 4 um: one number up is twice the dirt. An open by-pass adds up to two."""
    by_pass = np.clip((filter_dp - 2.45) / 0.1, 0.0, 1.0)
    return np.asarray(clean + 0.3 * t.smooth("dirt", 1440) + 1.3 * wear + 2.0 * by_pass)


MODELS: Mapping[str, Callable[[Timeline], Signals]] = {
    "press-2": press,
    "excavator-1": excavator,
    "hpu-7": power_unit,
}
