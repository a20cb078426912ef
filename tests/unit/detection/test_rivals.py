"""The comparison of detectors is fair: a margin is never chosen on the file that it is used on."""

import numpy as np

from benchmarks.skab_rivals import METHODS, held, left_out, relative

ROWS = 400


def test_a_files_margin_is_the_best_one_on_the_others() -> None:
    truth = [np.array([True, False])] * 3
    right, wrong = truth[0], ~truth[0]
    found = {1.0: [right, right, wrong], 2.0: [wrong, wrong, right]}
    chosen, margins = left_out(found, truth, 100.0)
    assert margins == [1.0, 1.0, 1.0]
    assert chosen[2].tolist() == wrong.tolist()


def test_a_margin_with_too_many_false_alarms_on_the_others_does_not_count() -> None:
    truth = [np.array([True, True, False, False])] * 2
    found = {1.0: [np.array([True, True, True, False])] * 2, 2.0: [np.array([True, False, False, False])] * 2}
    assert left_out(found, truth, 100.0)[1] == [1.0, 1.0]
    assert left_out(found, truth, 13.0)[1] == [2.0, 2.0]


def test_the_methods_see_a_sensor_that_leaves_the_others() -> None:
    random = np.random.default_rng(1)
    load = random.normal(size=2 * ROWS)
    rows = np.column_stack([load + 0.1 * random.normal(size=2 * ROWS) for _ in range(4)])
    rows[ROWS + 200 :, 0] += 6
    for name in ("mahalanobis", "pca"):
        flags = held(relative(METHODS[name], rows, ROWS), 5.0)
        assert not flags[:200].any(), name
        assert flags[250:].all(), name
