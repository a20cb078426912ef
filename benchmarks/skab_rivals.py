"""The textbook's anomaly detectors beside the product's, for `alerts_skab.py --compare`: one protocol for all.

Each learns from the first rows of a file and scores the rest, a row at a time, of the same moving average. A score is
taken relative to the file's own history: 0 is its median, 1 its 99 % quantile. Above a margin for 10 rows is an alarm,
below it for 30 rows its end, as in the product. No margin is anybody's own: for each file it is the one that is best
(F1, pooled) on all others: once whatever its false alarms, once among those with at most 13 % of them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from core.diagnostics.detection import following
from core.diagnostics.detection.anomaly import AnomalyDetector
from core.diagnostics.detection.baseline import Array, moving_average, shrunk
from core.diagnostics.detection.conditions import Sample
from core.diagnostics.detection.holding import Hold, Patience
from core.diagnostics.detection.modes import RISING, Behaviour
from core.diagnostics.models import Severity

MARGINS = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 30.0)
FALLING = 30
_EXPLAINED = 0.9
"""Of the variance, by the principal components that are kept."""
_QUANTILE = 0.99
Flags = npt.NDArray[np.bool_]
Score = Callable[[Array], Array]
"""Scores rows, shape (rows, sensors) in standard deviations of the history: shape (rows,), the higher the odder."""
STEP = timedelta(seconds=1)


def mahalanobis(history: Array) -> Score:
    """Learn the squared Mahalanobis distance with a shrunk covariance (Ledoit and Wolf 2004)."""
    mean, inverse = history.mean(axis=0), np.linalg.inv(shrunk(history))
    return lambda rows: np.asarray(np.einsum("ij,jk,ik->i", rows - mean, inverse, rows - mean))


def pca(history: Array) -> Score:
    """Learn principal components: T² within them, and what they can't reconstruct (SPE, or Q), each by its quantile.

    Their sum is the combined index of Yue and Qin (2001).
    """
    mean = history.mean(axis=0)
    values, directions = np.linalg.eigh(np.cov(history.T))
    values, directions = values[::-1], directions[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(values) / values.sum(), _EXPLAINED)) + 1
    inside, spread = directions[:, :kept], values[:kept]

    def parts(rows: Array) -> tuple[Array, Array]:
        scores = (rows - mean) @ inside
        rest = rows - mean - scores @ inside.T
        return (scores**2 / spread).sum(axis=1), (rest**2).sum(axis=1)

    limits = [float(np.quantile(part, _QUANTILE)) for part in parts(history)]

    def index(rows: Array) -> Array:
        within, outside = parts(rows)
        return np.asarray(within / limits[0] + outside / limits[1])

    return index


def isolation_forest(history: Array) -> Score:
    """Learn 100 isolation trees (Liu, Ting and Zhou 2008), scikit-learn's."""
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(n_estimators=100, random_state=0).fit(history)
    return lambda rows: -np.asarray(forest.score_samples(rows), dtype=np.float64)


METHODS: Mapping[str, Callable[[Array], Score]] = {
    "mahalanobis": mahalanobis,
    "pca": pca,
    "isolation_forest": isolation_forest,
}


def relative(method: Callable[[Array], Score], readings: Array, training: int) -> Array:
    """Return the scores of the rows after the training, relative to those within it."""
    history = readings[:training]
    spread = history.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    smooth = moving_average((readings - history.mean(axis=0)) / scale)
    score = method(smooth[:training])
    usual = score(smooth[:training])
    middle, high = float(np.median(usual)), float(np.quantile(usual, _QUANTILE))
    return np.asarray((score(smooth[training:]) - middle) / (high - middle))


def held(scores: Array, margin: float) -> Flags:
    """Return for each row whether there is an alarm."""
    hold, now = Hold(Patience(RISING), Patience(FALLING)), datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number, score in enumerate(scores):
        hold.see(Severity.WARNING if score > margin else None, now + number * STEP)
        found.append(hold.severity is not None)
    return np.array(found)


def product(times: Sequence[datetime], readings: Array, training: int, margin: float) -> Flags:
    """Return for each row after the training whether the product's detector was on, had it that margin."""
    sensors = range(readings.shape[1])
    with patch.object(following, "MARGIN", margin):
        behaviour = Behaviour.learn(list(sensors), readings[:training])
        detector = AnomalyDetector(1, behaviour, STEP, dict.fromkeys(sensors, STEP), dict.fromkeys(sensors, 5 * STEP))
        found = []
        for at, row in zip(times[training:], readings[training:], strict=True):
            for sensor in sensors:
                list(detector.feed(Sample(sensor, at, float(row[sensor]))))
            found.append(detector.active)
    return np.array(found)


def left_out(
    found: Mapping[float, Sequence[Flags]], truth: Sequence[Flags], most_far: float
) -> tuple[list[Flags], list[float]]:
    """Return each file's flags at the margin that is best on all others, and these margins.

    `found`: by margin. Margins whose false alarms exceed `most_far` percent of the others' quiet rows don't count,
    unless all do.
    """
    chosen, margins = [], []
    for file in range(len(truth)):
        others = [number for number in range(len(truth)) if number != file]
        labels = np.concatenate([truth[n] for n in others])
        flags = {margin: np.concatenate([some[n] for n in others]) for margin, some in found.items()}
        fair = [margin for margin in found if _far(flags[margin], labels) <= most_far] or [max(found)]
        scores = {margin: _f1(flags[margin], labels) for margin in fair}
        best = max(scores, key=scores.__getitem__)
        chosen.append(found[best][file])
        margins.append(best)
    return chosen, margins


def _f1(flags: Flags, labels: Flags) -> float:
    return 2 * int((flags & labels).sum()) / max(int(flags.sum() + labels.sum()), 1)


def _far(flags: Flags, labels: Flags) -> float:
    return 100 * int((flags & ~labels).sum()) / max(int((~labels).sum()), 1)
