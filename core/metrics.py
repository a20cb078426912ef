"""What this process counts for Prometheus: every metric is defined here, and nowhere else.

Each process shows all of them and fills those of its own work; `deploy/prometheus` and `deploy/grafana` read them.
Labels come from short closed lists of ours, never from what people or machines send.
"""

from prometheus_client import Counter, Gauge, Histogram

_FAST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 900.0)

UPDATES = Counter("hydrodiag_updates", "Telegram updates taken in, by kind.", ["kind"])
UPDATES_IN_FLIGHT = Gauge("hydrodiag_updates_in_flight", "Telegram updates being handled.")
HANDLER_SECONDS = Histogram(
    "hydrodiag_handler_seconds",
    "From an update's arrival to the end of its handler, by kind.",
    ["kind"],
    buckets=_FAST_S,
)
HANDLER_FAULTS = Counter(
    "hydrodiag_handler_faults", "Handlers that raised what is no answer to the user, by the error's class.", ["error"]
)
TELEGRAM_REQUESTS = Counter(
    "hydrodiag_telegram_requests",
    "Requests to the Bot API by outcome: ok, limited (429), forbidden, refused, failed (5xx), unreachable.",
    ["outcome"],
)

QUESTION_WAIT_SECONDS = Histogram(
    "hydrodiag_question_wait_seconds",
    "From a question to the start of work on it, in its chat's line.",
    buckets=_SLOW_S,
)
FIRST_TOKEN_SECONDS = Histogram(
    "hydrodiag_first_token_seconds", "From a question to the model's first word, waiting included.", buckets=_SLOW_S
)
RETRIEVAL_SECONDS = Histogram(
    "hydrodiag_retrieval_seconds", "Finding the passages for a question that no cache answers.", buckets=_FAST_S
)
ANSWERS = Counter("hydrodiag_answers", "Answers by mode: model, extractive (quotes), refusal.", ["mode"])
CACHE_REQUESTS = Counter(
    "hydrodiag_cache_requests",
    "Look-ups in the cache by kind of entry; the hit ratio is hits over hits and misses, errors are Redis's.",
    ["space", "outcome"],
)

JOBS = Counter(
    "hydrodiag_jobs",
    "Ends of jobs: done, retried (goes back), interrupted (likewise), failed.",
    ["function", "outcome"],
)
JOB_SECONDS = Histogram("hydrodiag_job_seconds", "One try of a job.", ["function"], buckets=_SLOW_S)
JOB_WAIT_SECONDS = Histogram(
    "hydrodiag_job_wait_seconds", "From a job's time to its start, by queue.", ["queue"], buckets=_SLOW_S
)
JOBS_WAITING = Gauge("hydrodiag_jobs_waiting", "Jobs in a queue, those for later included.", ["queue"])

READINGS = Counter("hydrodiag_readings", "Readings taken in: accepted or quarantined.", ["outcome"])
INGEST_SECONDS = Histogram(
    "hydrodiag_ingest_seconds", "One transaction of readings, from checking to commit.", buckets=_FAST_S
)
ALARMS_OPEN = Gauge("hydrodiag_alarms_open", "Alarms that stand, by severity.", ["severity"])
WATCH_ROUND = Gauge("hydrodiag_watch_round_timestamp_seconds", "When the watch last looked at the readings; 0: never.")

OUTBOX_WAITING = Gauge("hydrodiag_outbox_waiting", "Messages that are due and not delivered.")
OUTBOX_AGE_SECONDS = Gauge("hydrodiag_outbox_age_seconds", "How long the oldest of them has been due.")

DEPENDENCY_UP = Gauge("hydrodiag_dependency_up", "Whether a dependency of this process answers.", ["dependency"])
DEPENDENCY_AGE_SECONDS = Gauge(
    "hydrodiag_dependency_age_seconds", "Since the dependency was last seen to answer; NaN: never.", ["dependency"]
)
