"""The heat balance of the oil: a first-order lag whose cooler opens by thermostat.

C dT/dt = P - G_tank (T - T_ambient) - G_cooler k(T) (T - T_coolant), stepped minute by minute (explicit Euler; the
shortest time constant here is some ten minutes). C: 1.7 kJ per litre and kelvin of mineral oil (handbook, chapter 07).
"""

from dataclasses import dataclass

import numpy as np

from demo.simulator.noise import Floats

OIL_KJ_PER_LITRE_KELVIN = 1.7
STEP_S = 60.0


@dataclass(frozen=True, slots=True)
class OilTank:
    """Litres of oil, conductances in kW/K, and the thermostat's range in degrees Celsius.

    `steel` is the heat capacity of what warms with the oil, as a share of the oil's.
    """

    litres: float
    tank_kw_per_k: float
    cooler_kw_per_k: float
    opens_at: float
    open_at: float
    steel: float = 0.2

    def temperature(self, heat_kw: Floats, ambient: Floats, coolant: Floats, cooler: Floats, start: float) -> Floats:
        """Return the oil temperature after each minute; `cooler` is the share of the cooler that works, 0 to 1."""
        step = STEP_S / (self.litres * OIL_KJ_PER_LITRE_KELVIN * (1.0 + self.steel))
        span = self.open_at - self.opens_at
        oil = start
        result = np.empty(len(heat_kw))
        rows = zip(heat_kw.tolist(), ambient.tolist(), coolant.tolist(), cooler.tolist(), strict=True)
        for i, (power, air, medium, share) in enumerate(rows):
            opening = min(1.0, max(0.0, (oil - self.opens_at) / span))
            loss = self.tank_kw_per_k * (oil - air) + self.cooler_kw_per_k * share * opening * (oil - medium)
            oil += step * (power - loss)
            result[i] = oil
        return result


def viscosity(temperature: Floats, slope: float = 0.0445) -> Floats:
    """Return the kinematic viscosity of an ISO VG 46 oil, mm2/s.

    Exponential about 40 degrees C; the default slope fits HLP 46 (75 at 30, 30 at 50 degrees), HVLP is flatter.
    """
    return np.asarray(46.0 * np.exp(-slope * (temperature - 40.0)))
