"""Units convert as engineers expect, and what is none is told apart from what is another quantity's."""

import pytest

from core.diagnostics.ingest.plausibility import NO_BOUNDS, possible
from core.diagnostics.ingest.units import UnknownUnitError, WrongUnitError, conversion


@pytest.mark.parametrize(
    ("value", "given", "wanted", "expected"),
    [
        (25.0, "MPa", "bar", 250.0),
        (25.0, "МПа", "бар", 250.0),
        (1000.0, "psi", "bar", 68.9475729),
        (100.0, "кгс/см²", "bar", 98.0665),
        (100.0, "kgf/cm2", "bar", 98.0665),
        (212.0, "degF", "degC", 100.0),
        (373.15, "K", "degC", 100.0),
        (10.0, "GPM", "l/min", 37.8541178),
        (6.0, "m3/h", "l/min", 100.0),
        (25.0, "Hz", "rpm", 1500.0),
        (0.5, "ratio", "%", 50.0),
        (12.5, "", "whatever the sensor has", 12.5),
        (12.5, "furlong", "furlong", 12.5),
        (18.0, "ISO 4406 code", "ISO 4406 code", 18.0),
        (1.0, "meter/second", "mm/s", 1000.0),
    ],
)
def test_values_are_converted(value: float, given: str, wanted: str, expected: float) -> None:
    factor, offset = conversion(given, wanted)
    assert value * factor + offset == pytest.approx(expected, rel=1e-8)


def test_a_round_factor_has_no_noise() -> None:
    assert conversion("MPa", "bar") == (10.0, 0.0)


@pytest.mark.parametrize(("given", "wanted"), [("degC", "bar"), ("bar", "l/min"), ("%", "ISO 4406 code")])
def test_a_unit_of_another_quantity_is_wrong(given: str, wanted: str) -> None:
    with pytest.raises(WrongUnitError):
        conversion(given, wanted)


@pytest.mark.parametrize("given", ["quux", "9**9**9**9", "bar**99999999", "b" * 500, "__import__('os')", "\0", "🛢"])
def test_what_is_no_unit_is_unknown_and_computes_nothing(given: str) -> None:
    with pytest.raises(UnknownUnitError):
        conversion(given, "bar")


def test_bounds_are_in_the_sensors_unit() -> None:
    assert possible("pressure", "MPa") == pytest.approx((-0.11, 400.0))
    assert possible("temperature", "degF") == pytest.approx((-328.0, 1562.0))
    assert possible("level", "mm") == NO_BOUNDS
    assert possible("colour", "bar") == NO_BOUNDS
