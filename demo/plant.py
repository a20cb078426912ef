"""The demonstration plant as data: three machines, their parts and their measuring points.

Nameplate numbers and limits are those of the handbook in `demo/handbook`. Where they come from:

- case drain of the press (mean of the loaded minutes in the last hour), flow at working pressure, filter, temperature:
  handbook chapters 05, 07 and 17;
- cleanliness: the first number of the ISO 4406 code (particles from 4 um). Warning is one code over the machine's
  target, critical three (chapter 16);
- vibration: boundaries of zones B/C and C/D in ISO 20816-3, group 2 on flexible support (4.5 and 7.1 mm/s RMS).
  The excavator is outside that standard: twice and three times its own level in work.

A reading is what the machine's controller reports for one minute: the peak for pressures (the lowest for the
accumulator), the mean for everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.database import Names
from core.diagnostics.models import Criticality, Quantity

BAR = "bar"
LITRES_PER_MINUTE = "l/min"
DEGREES = "degC"
MILLIMETRES_PER_SECOND = "mm/s"
PERCENT = "%"
ISO_CODE = "ISO 4406 code"


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """A part of a machine."""

    code: str
    kind: str
    names: Names


@dataclass(frozen=True, slots=True)
class SensorSpec:
    """A measuring point. Limits and `resolution` (the step of its readings) are in `unit`; times in seconds."""

    code: str
    component: str
    names: Names
    quantity: Quantity
    unit: str
    resolution: float
    warning_low: float | None = None
    warning_high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None
    sampling_s: int = 60
    stale_after_s: int = 300


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A machine with its parts and measuring points."""

    code: str
    names: Names
    kind: str
    criticality: Criticality
    location: Names
    site: str
    components: tuple[ComponentSpec, ...]
    sensors: tuple[SensorSpec, ...]


def _names(en: str, ru: str) -> Names:
    return {"en": en, "ru": ru}


def _pressure(
    code: str,
    component: str,
    names: Names,
    *,
    warning_low: float | None = None,
    warning_high: float | None = None,
    critical_low: float | None = None,
    critical_high: float | None = None,
) -> SensorSpec:
    return SensorSpec(
        code,
        component,
        names,
        Quantity.PRESSURE,
        BAR,
        0.1,
        warning_low=warning_low,
        warning_high=warning_high,
        critical_low=critical_low,
        critical_high=critical_high,
    )


def _case_drain(code: str, component: str, names: Names, warning: float, critical: float) -> SensorSpec:
    return SensorSpec(
        code,
        component,
        names,
        Quantity.FLOW,
        LITRES_PER_MINUTE,
        0.01,
        warning_high=warning,
        critical_high=critical,
    )


def _oil_temperature(warning: float, critical: float) -> SensorSpec:
    return SensorSpec(
        "oil-temperature",
        "tank",
        _names("Oil temperature", "Температура масла"),
        Quantity.TEMPERATURE,
        DEGREES,
        0.1,
        warning_high=warning,
        critical_high=critical,
    )


def _vibration(component: str, warning: float, critical: float) -> SensorSpec:
    return SensorSpec(
        "vibration",
        component,
        _names("Pump vibration", "Вибрация насоса"),
        Quantity.VIBRATION,
        MILLIMETRES_PER_SECOND,
        0.01,
        warning_high=warning,
        critical_high=critical,
    )


def _oil_level(warning: float, critical: float) -> SensorSpec:
    return SensorSpec(
        "oil-level",
        "tank",
        _names("Oil level", "Уровень масла"),
        Quantity.LEVEL,
        PERCENT,
        0.1,
        warning_low=warning,
        critical_low=critical,
    )


def _cleanliness(target: int) -> SensorSpec:
    return SensorSpec(
        "cleanliness",
        "tank",
        _names("Oil cleanliness ≥4 µm", "Чистота масла ≥4 мкм"),
        Quantity.CLEANLINESS,
        ISO_CODE,
        1,
        warning_high=target + 1,
        critical_high=target + 3,
        sampling_s=300,
        stale_after_s=1200,
    )


def _return_filter() -> SensorSpec:
    return SensorSpec(
        "filter-dp",
        "return-filter",
        _names("Return filter drop", "Перепад на сливном фильтре"),
        Quantity.PRESSURE,
        BAR,
        0.01,
        warning_high=2.0,
        critical_high=2.5,
    )


_TANK = ComponentSpec("tank", "tank", _names("Tank", "Бак"))
_RETURN_FILTER = ComponentSpec("return-filter", "filter", _names("Return filter", "Сливной фильтр"))

PRESS = MachineSpec(
    code="press-2",
    names=_names("Press P-200", "Пресс П-200"),
    kind="press",
    criticality=Criticality.HIGH,
    location=_names("Stamping shop", "Штамповочный цех"),
    site="stamping",
    components=(
        ComponentSpec("pump", "axial_piston_pump", _names("Main pump", "Главный насос")),
        ComponentSpec("relief-valve", "relief_valve", _names("Main relief valve", "Главный предохранительный клапан")),
        ComponentSpec("counterbalance", "counterbalance_valve", _names("Counterbalance valve", "Тормозной клапан")),
        ComponentSpec("accumulator", "accumulator", _names("Accumulator", "Гидроаккумулятор")),
        ComponentSpec("cylinder", "cylinder", _names("Ram cylinder", "Цилиндр ползуна")),
        ComponentSpec("cooler", "cooler", _names("Oil cooler", "Маслоохладитель")),
        _TANK,
        _RETURN_FILTER,
    ),
    sensors=(
        _pressure("pressure", "pump", _names("Pump pressure", "Давление насоса"), warning_high=270, critical_high=285),
        _pressure(
            "accumulator-pressure",
            "accumulator",
            _names("Accumulator pressure", "Давление в аккумуляторе"),
            warning_low=150,
            critical_low=110,
        ),
        SensorSpec(
            "flow",
            "pump",
            _names("Pump flow", "Подача насоса"),
            Quantity.FLOW,
            LITRES_PER_MINUTE,
            0.1,
            warning_low=126,
            critical_low=112,
        ),
        _case_drain("case-drain", "pump", _names("Case drain, loaded", "Дренаж под нагрузкой"), 7, 14),
        _oil_temperature(65, 75),
        _vibration("pump", 4.5, 7.1),
        _oil_level(60, 40),
        _cleanliness(18),
        _return_filter(),
    ),
)

EXCAVATOR = MachineSpec(
    code="excavator-1",
    names=_names("Excavator EX-35", "Экскаватор ЭО-35"),
    kind="excavator",
    criticality=Criticality.MEDIUM,
    location=_names("Quarry, bench 3", "Карьер, уступ 3"),
    site="quarry",
    components=(
        ComponentSpec("pump-1", "variable_piston_pump", _names("Pump 1", "Насос 1")),
        ComponentSpec("pump-2", "variable_piston_pump", _names("Pump 2", "Насос 2")),
        ComponentSpec("pilot", "pilot_circuit", _names("Pilot circuit", "Контур управления")),
        ComponentSpec("boom-cylinder", "cylinder", _names("Boom cylinders", "Цилиндры стрелы")),
        ComponentSpec("cooler", "cooler", _names("Oil cooler", "Маслоохладитель")),
        _TANK,
    ),
    sensors=(
        _pressure(
            "pump-1-pressure",
            "pump-1",
            _names("Pump 1 pressure", "Давление насоса 1"),
            warning_high=355,
            critical_high=370,
        ),
        _pressure(
            "pilot-pressure",
            "pilot",
            _names("Pilot pressure", "Давление управления"),
            warning_high=45,
            critical_high=50,
        ),
        SensorSpec(
            "pump-1-flow",
            "pump-1",
            _names("Pump 1 flow", "Подача насоса 1"),
            Quantity.FLOW,
            LITRES_PER_MINUTE,
            0.1,
        ),
        _case_drain("case-drain-1", "pump-1", _names("Pump 1 case drain", "Дренаж насоса 1"), 10, 15),
        _case_drain("case-drain-2", "pump-2", _names("Pump 2 case drain", "Дренаж насоса 2"), 10, 15),
        _oil_temperature(85, 95),
        _vibration("pump-1", 10, 15),
        _oil_level(60, 45),
        _cleanliness(20),
    ),
)

POWER_UNIT = MachineSpec(
    code="hpu-7",
    names=_names("Power unit HPU-7", "Гидростанция ГС-7"),
    kind="power_unit",
    criticality=Criticality.HIGH,
    location=_names("Rolling shop, cellar", "Прокатный цех, маслоподвал"),
    site="rolling",
    components=(
        ComponentSpec("pump-duty", "vane_pump", _names("Duty pump", "Рабочий насос")),
        ComponentSpec("pump-standby", "vane_pump", _names("Standby pump", "Резервный насос")),
        ComponentSpec("relief-valve", "relief_valve", _names("Relief valve", "Предохранительный клапан")),
        ComponentSpec("cooler", "cooler", _names("Water-oil cooler", "Водомасляный охладитель")),
        _TANK,
        _RETURN_FILTER,
    ),
    sensors=(
        _pressure(
            "pressure",
            "pump-duty",
            _names("System pressure", "Давление в системе"),
            warning_low=125,
            warning_high=155,
            critical_low=110,
            critical_high=165,
        ),
        SensorSpec(
            "flow",
            "pump-duty",
            _names("Pump flow", "Подача насоса"),
            Quantity.FLOW,
            LITRES_PER_MINUTE,
            0.1,
            warning_low=81,
            critical_low=72,
        ),
        _oil_temperature(65, 75),
        _vibration("pump-duty", 4.5, 7.1),
        _oil_level(60, 40),
        _cleanliness(19),
        _return_filter(),
    ),
)

MACHINES: Mapping[str, MachineSpec] = MappingProxyType({m.code: m for m in (PRESS, EXCAVATOR, POWER_UNIT)})
