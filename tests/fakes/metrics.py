"""Reading metrics back."""

from prometheus_client import REGISTRY


def sample(name: str, **labels: str) -> float:
    """Return what Prometheus would read now; 0 where nothing was counted."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
