"""Fit the gate's weights and thresholds to labelled questions, and print them as a table of calibration.toml.

    python benchmarks/calibrate.py --set DIR FILE [--set DIR FILE ...]

Each set is a folder of documents, and a file of one JSON object a line: `question`, and `lesson` or `documents` where
the documents answer it. Lines whose `split` is "test" are left out. A set's answerable questions weigh as much as its
unanswerable ones, and every set as much as any other. docs/evaluation.md tells which sets were used.

A logistic regression (ridge penalty, Newton's method) weighs the evidence. `answer_from` is the score below which 96 %
of unanswerable questions end (88 % across languages); `partial_from` the one below which 3 % of the answerable ones do.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.lessons import DEPTH, read_lines, read_passages
from benchmarks.searching import configured_provider, progress, retriever_over
from core.rag.answers import Evidence

Floats = npt.NDArray[np.float64]

FEATURES = {
    "same": ("dense", "support", "strange"),
    "across": ("dense", "support", "strange", "lacking"),
}
"""Evidence that is weighed. A missing value decides by itself: its weight is fixed."""
VALUE_WEIGHT = -5.0
REFUSED = {"same": 0.96, "across": 0.88}
LOST = 0.03
RIDGE = 1e-3
NEWTON_STEPS = 50


@dataclass(frozen=True)
class Case:
    """A question's evidence, whether it can be answered, and the set it is from."""

    evidence: Evidence
    answerable: bool
    origin: int


def main() -> None:
    """Run the fit named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs=2, type=Path, action="append", required=True, metavar=("DIR", "FILE"))
    options = parser.parse_args()
    cases = [case for number, (docs, file) in enumerate(options.set) for case in collect(number, docs, file)]
    model = configured_provider().name
    for direction, names in FEATURES.items():
        chosen = [case for case in cases if case.evidence.across == (direction == "across")]
        if chosen:
            print(f"[{model}.{direction}]")
            for name, number in fit(chosen, names, REFUSED[direction]).items():
                print(f"{name} = {number:.2f}")


def collect(number: int, docs: Path, file: Path) -> list[Case]:
    """Ask a set's questions of its documents."""
    retriever = retriever_over(read_passages(docs), configured_provider(), docs.name)
    lines = [line for line in read_lines(file) if line.get("split") != "test"]
    show = progress(file.name)
    cases = []
    for done, line in enumerate(lines, start=1):
        found = retriever.search_now(line["question"], DEPTH)
        if found.evidence:
            cases.append(Case(found.evidence, bool(line.get("lesson") or line.get("documents")), number))
        show(done, len(lines))
    return cases


def fit(cases: list[Case], names: tuple[str, ...], refused: float) -> dict[str, float]:
    """Return offset, weights and thresholds."""
    rows = np.array([[_number(case.evidence, name) for name in names] for case in cases])
    given = VALUE_WEIGHT * np.array([bool(case.evidence.values) for case in cases], dtype=float)
    label = np.array([case.answerable for case in cases])
    weight = _balanced(cases)
    offset, weights = _logistic(rows, label, weight, given)
    scores = rows @ weights + offset + given
    fitted = dict.fromkeys(("dense", "support", "strange", "lacking"), 0.0)
    fitted |= dict(zip(names, weights.tolist(), strict=True))
    return {
        "offset": offset,
        **fitted,
        "value": VALUE_WEIGHT,
        "answer_from": _quantile(scores[~label], weight[~label], refused),
        "partial_from": _quantile(scores[label], weight[label], LOST),
    }


def _number(evidence: Evidence, name: str) -> float:
    piece = getattr(evidence, name)
    return float(bool(piece)) if isinstance(piece, tuple) else float(piece)


def _balanced(cases: list[Case]) -> Floats:
    groups = [(case.origin, case.answerable) for case in cases]
    return np.array([1 / groups.count(group) for group in groups])


def _logistic(rows: Floats, label: npt.NDArray[np.bool_], weight: Floats, given: Floats) -> tuple[float, Floats]:
    """Return offset and weights; features are standardised for the penalty, `given` is added to every score."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(rows)), (rows - mean) / spread])
    penalty = np.diag([0.0, *[2 * RIDGE] * rows.shape[1]])
    beta = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-(design @ beta + given)))
        gradient = design.T @ (weight * (chance - label)) + penalty @ beta
        curvature = (design * (weight * chance * (1 - chance))[:, np.newaxis]).T @ design + penalty
        beta -= np.linalg.solve(curvature + 1e-9 * np.eye(len(beta)), gradient)
    weights = beta[1:] / spread
    return float(beta[0] - weights @ mean), weights


def _quantile(scores: Floats, weight: Floats, share: float) -> float:
    """Return the score below which `share` of the weight lies."""
    order = np.argsort(scores)
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(np.interp(share, reached, scores[order]))


if __name__ == "__main__":
    main()
