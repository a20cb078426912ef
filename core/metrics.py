"""What this process counts for Prometheus: every metric of core is defined here, and nowhere else."""

from prometheus_client import Counter

CACHE_REQUESTS = Counter(
    "hydrodiag_cache_requests",
    "Look-ups in the cache by kind of entry; the hit ratio is hits over hits and misses, errors are Redis's.",
    ["space", "outcome"],
)
