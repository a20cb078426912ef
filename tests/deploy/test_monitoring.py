"""Dashboard and alert rules ask for metrics that exist, with labels that they have, and the rules do what they say."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from core import metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES, DASHBOARD = DEPLOY / "prometheus" / "alerts.yml", DEPLOY / "grafana" / "hydrodiag.json"
_SELECTOR = re.compile(r"\b(hydrodiag_\w+)(?:\{([^}]*)\})?")
_BY = re.compile(r"\bby \(([^)]*)\)")
_OWN_LABELS = {"job", "instance", "le"}
"""Prometheus's own."""


def defined() -> dict[str, set[str]]:
    """Return the names under which Prometheus knows our metrics, and their labels."""
    known = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            for family in metric.describe():
                suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
                known.update({key: set(metric._labelnames) for key in (family.name + suffix for suffix in suffixes)})
    return known


def expressions() -> Iterator[str]:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    yield from panels_expressions(json.loads(DASHBOARD.read_text()))


def panels_expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_metric_and_label_that_is_asked_for_exists(expression: str) -> None:
    known, asked = defined(), _SELECTOR.findall(expression)
    assert asked or "up{" in expression
    labels = set(_OWN_LABELS)
    for name, selector in asked:
        assert name in known
        assert set(re.findall(r"(\w+)\s*[=!]", selector)) <= known[name] | _OWN_LABELS
        labels |= known[name]
    for grouped in _BY.findall(expression):
        assert set(re.split(r",\s*", grouped)) <= labels


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {
        name for text in panels_expressions(json.loads(DASHBOARD.read_text())) for name, _ in _SELECTOR.findall(text)
    }
    missing = {re.sub(r"_(bucket|sum|count)$", "", name) for name in defined()} - {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in shown
    }
    assert missing == set()


def test_panels_have_each_their_place() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_every_alert_says_what_to_mend() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"warning", "critical"}
            assert rule["annotations"].keys() == {"summary", "mend"}


@pytest.mark.parametrize(
    "arguments",
    [["check", "rules", "alerts.yml"], ["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]],
)
def test_promtool_finds_nothing_wrong(arguments: list[str]) -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("promtool (Debian's package prometheus) is not here")
    done = subprocess.run([promtool, *arguments], cwd=RULES.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
