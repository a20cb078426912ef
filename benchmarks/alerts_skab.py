"""Anomaly detection on SKAB's files: DIR/*/*.csv, per file the first 400 rows train, the rest is scored.

    python benchmarks/alerts_skab.py --data DIR [--quiet FILE] [--compare] [--json]

The detector is production's own, fed sample by sample, without look-ahead; nothing is set per file and no label is
used. Pooled over all files: `f1`, `far` and `mar` in percent, by row; `nab_standard` after Lavin and Ahmad (2015): a
detection is the moment the detector goes on or off, a window the 60 rows from a labelled change point on. `files`
has each file's own figures. With --quiet: `alerts_per_hour_quiet` on a file without anomalies. With --compare (which
needs the extra `compare`): `rivals`, the textbook's methods and this one, each with the margin that is best on all
other files (benchmarks/skab_rivals.py), with the lowest and highest of these `margins`; "(FAR)": the best of those with
at most 13 % of false alarms there.
"""

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.skab_rivals import MARGINS, METHODS, Flags, held, left_out, product, relative
from core.diagnostics.detection.baseline import MARGIN

TRAINING_ROWS = 400
WINDOW = 60
_LABELS = ("anomaly", "changepoint")
_MOST_FAR = 13.0
"""The goal, in percent."""
_FALSE_POSITIVE, _FALSE_NEGATIVE = -0.11, -1.0
"""NAB's standard profile."""


@dataclass(frozen=True)
class Recording:
    """A file: readings (rows, sensors), and labels where it has any."""

    times: list[datetime]
    readings: npt.NDArray[np.float64]
    anomaly: Flags
    changes: Flags


def read(path: Path) -> Recording:
    """Read a file of SKAB's format."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    sensors = [name for name in rows[0] if name not in ("datetime", *_LABELS)]
    labels = {name: np.array([float(row.get(name) or 0) > 0 for row in rows]) for name in _LABELS}
    times = [datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC) for row in rows]
    readings = np.array([[float(row[name]) for name in sensors] for row in rows])
    return Recording(times, readings, labels["anomaly"], labels["changepoint"])


def detect(recording: Recording) -> Flags:
    """Return for each row after the training whether the detector was on then."""
    return product(recording.times, recording.readings, TRAINING_ROWS, MARGIN)


def rates(found: Flags, truth: Flags) -> dict[str, float]:
    """Return F1, and the shares of false and of missed rows in percent."""
    hits, false = int((found & truth).sum()), int((found & ~truth).sum())
    missed, quiet = int((~found & truth).sum()), int((~found & ~truth).sum())
    return {
        "f1": round(2 * hits / max(2 * hits + false + missed, 1), 4),
        "far": round(100 * false / max(false + quiet, 1), 2),
        "mar": round(100 * missed / max(missed + hits, 1), 2),
    }


def nab(found: Sequence[Flags], changes: Sequence[Flags]) -> float:
    """Return NAB's score, 0 for a detector that is silent, 100 for one that is on time always."""
    score = perfect = silent = 0.0
    for flags, marks in zip(found, changes, strict=True):
        begins = [int(i) for i in np.flatnonzero(marks)]
        events = [int(i) for i in np.flatnonzero(np.diff(flags.astype(int), prepend=0))]
        for begin in begins:
            inside = [event for event in events if begin <= event < begin + WINDOW]
            score += _sigmoid((inside[0] - begin) / WINDOW - 1) if inside else _FALSE_NEGATIVE
        outside = [event for event in events if not any(begin <= event < begin + WINDOW for begin in begins)]
        for event in outside:
            past = [begin for begin in begins if begin <= event]
            away = (event - past[-1]) / WINDOW - 1 if past else math.inf
            score += -_FALSE_POSITIVE * _sigmoid(away)
        perfect += _sigmoid(-1) * len(begins)
        silent += _FALSE_NEGATIVE * len(begins)
    return round(100 * (score - silent) / (perfect - silent), 2) if perfect > silent else 0.0


def _sigmoid(position: float) -> float:
    """NAB's weight at a position relative to the window's right end: about 1 at its left end, 0 at the right."""
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def alerts_per_hour(recording: Recording) -> float:
    """Return how often the detector went on, by the hour."""
    found = detect(recording)
    hours = (recording.times[-1] - recording.times[TRAINING_ROWS]).total_seconds() / 3600
    return round(float((np.diff(found.astype(int), prepend=0) > 0).sum()) / hours, 2)


def compare(recordings: Sequence[Recording]) -> dict[str, dict[str, object]]:
    """Return the figures of each method, leaving one file out."""
    truth = [recording.anomaly[TRAINING_ROWS:] for recording in recordings]
    changes = [recording.changes[TRAINING_ROWS:] for recording in recordings]
    figures: dict[str, dict[str, object]] = {}
    for name, found in _by_margin(recordings):
        for most_far, criterion in ((100.0, name), (_MOST_FAR, f"{name} (FAR)")):
            chosen, margins = left_out(found, truth, most_far)
            figures[criterion] = {
                **rates(np.concatenate(chosen), np.concatenate(truth)),
                "nab_standard": nab(chosen, changes),
                "margins": [min(margins), max(margins)],
            }
            print(f"{criterion}: {figures[criterion]}", file=sys.stderr, flush=True)
    return figures


def _by_margin(recordings: Sequence[Recording]) -> Iterator[tuple[str, dict[float, list[Flags]]]]:
    for name, method in METHODS.items():
        scores = [relative(method, recording.readings, TRAINING_ROWS) for recording in recordings]
        yield name, {margin: [held(some, margin) for some in scores] for margin in MARGINS}
    ours = {
        margin: [product(recording.times, recording.readings, TRAINING_ROWS, margin) for recording in recordings]
        for margin in MARGINS
    }
    yield "product", ours


def main() -> None:
    """Score all files and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quiet", type=Path)
    parser.add_argument("--compare", action="store_true", help="with PCA, isolation forests and a Mahalanobis distance")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    paths = sorted(arguments.data.glob("*/*.csv"))
    recordings = {str(path.relative_to(arguments.data)): read(path) for path in paths}
    labelled = {name: r for name, r in recordings.items() if r.anomaly.any() and len(r.times) > TRAINING_ROWS}
    found = {name: detect(recording) for name, recording in labelled.items()}
    truth = {name: recording.anomaly[TRAINING_ROWS:] for name, recording in labelled.items()}
    changes = [recording.changes[TRAINING_ROWS:] for recording in labelled.values()]
    result: dict[str, object] = {
        **rates(np.concatenate(list(found.values())), np.concatenate(list(truth.values()))),
        "nab_standard": nab(list(found.values()), changes),
    }
    if arguments.quiet:
        result["alerts_per_hour_quiet"] = alerts_per_hour(read(arguments.quiet))
    if arguments.compare:
        result["rivals"] = compare(list(labelled.values()))
    result["files"] = {name: rates(found[name], truth[name]) for name in found}
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
