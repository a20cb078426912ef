"""What the gate's evidence weighs, by embedding model: from `calibration.toml`, stored with every index version."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("calibration.toml")
_ANY_MODEL = "any"


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight for each piece of evidence (`core.rag.gate`), and the scores from which to answer, wholly or partly."""

    offset: float
    dense: float
    support: float
    strange: float
    lacking: float
    value: float
    answer_from: float
    partial_from: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """For questions in the language of the best passage, and across languages."""

    same: Weights
    across: Weights

    @classmethod
    def of(cls, raw: dict[str, dict[str, Any]]) -> "Calibration":
        """Read what `dataclasses.asdict` or a TOML table made of a calibration.

        Raises:
            TypeError, KeyError: fields are missing, or unknown.
        """
        return cls(Weights(**raw["same"]), Weights(**raw["across"]))


@lru_cache(maxsize=8)
def calibration_for(model: str) -> Calibration:
    """Return the calibration of embedding model `model` (as `EmbeddingsProvider.name`); of any, where it has none."""
    known = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Calibration.of(next((raw for name, raw in known.items() if name in model), known[_ANY_MODEL]))
