"""The composition root: everything that bot, workers and the command line share, built once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from core.backups.service import BackupService
from core.clock import Clock, utc_now
from core.database import SessionFactory, create_engine, create_session_factory
from core.diagnostics.alerts.wiring import Alerting, create_alerting
from core.diagnostics.digests.service import DigestService
from core.diagnostics.exports.service import ExportService
from core.diagnostics.handovers.service import HandoverService
from core.diagnostics.ingest.feed import ReadingFeed
from core.diagnostics.ingest.importing import ImportService
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.ingest.quarantine import QuarantineService
from core.diagnostics.repairs.memory import RepairMemory
from core.diagnostics.repairs.service import RepairService
from core.diagnostics.reports.service import ReportService
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.service import DiagnosticsService
from core.outbox import Outbox
from core.privacy.export import PersonalDataService
from core.privacy.forgetting import ForgettingService
from core.progress import ProgressBoard
from core.queue import ArqQueue, JobQueue
from core.rag.administration import IndexAdministration
from core.rag.assistant import Assistant
from core.rag.books import IndexBooks
from core.rag.caching import RagCache, StateOfDocuments
from core.rag.cases import CaseEvidence
from core.rag.catalogue import Catalogue
from core.rag.conversations import Conversations
from core.rag.documents import DocumentService
from core.rag.embeddings import create_provider
from core.rag.explaining import ExplanationService
from core.rag.gaps import GapService
from core.rag.holder import SnapshotHolder
from core.rag.indexing import IndexService
from core.rag.isolation import Isolation
from core.rag.llm import OllamaChat
from core.rag.orchestrator import RAGOrchestrator
from core.rag.pgvector import PgvectorStore
from core.rag.remote import create_storage
from core.rag.retention import ChatLogRetention
from core.rag.sensing import SensorEvidence
from core.rag.sources import SourceService
from core.rag.vectors import VectorShelf
from core.redis_client import connect
from core.revocation import end_what_was_lost
from core.settings import Settings
from core.supervisor import Supervisor
from core.timescale.service import TimescaleService
from core.timescale.wiring import Caretaking, create_caretaking
from core.users.audit import AuditService
from core.users.invites import InviteService
from core.users.news import PeopleNews
from core.users.preferences import PreferenceService
from core.users.service import UserService
from core.users.signing import SigningKey


@dataclass(frozen=True, slots=True)
class Container:
    """The services, ready to use. `settings.database_url` and `settings.redis_url` are set here."""

    settings: Settings
    clock: Clock
    engine: AsyncEngine
    sessions: SessionFactory
    redis: Redis
    queue: JobQueue
    supervisor: Supervisor
    users: UserService
    preferences: PreferenceService
    personal_data: PersonalDataService
    forgetting: ForgettingService
    invites: InviteService
    audit: AuditService
    news: PeopleNews
    signing_key: SigningKey
    outbox: Outbox
    diagnostics: DiagnosticsService
    exports: ExportService
    reports: ReportService
    alerting: Alerting
    digests: DigestService
    handovers: HandoverService
    repairs: RepairService
    repair_memory: RepairMemory
    rollups: RollupService
    reading_feed: ReadingFeed
    intake: Intake
    imports: ImportService
    quarantine: QuarantineService
    timescale: TimescaleService
    caretaking: Caretaking
    documents: DocumentService
    catalogue: Catalogue
    vectors: VectorShelf
    indexes: IndexService
    index_administration: IndexAdministration
    progress: ProgressBoard
    orchestrator: RAGOrchestrator
    conversations: Conversations
    isolation: Isolation
    assistant: Assistant
    sources: SourceService
    gaps: GapService
    chat_log: ChatLogRetention
    explanations: ExplanationService
    backups: BackupService

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator["Container"]:
        """Build the services; close what they hold at the end. Connects to nothing until something is asked.

        Raises:
            ValueError: the database or Redis is not configured (embedded parts must be started first).
        """
        if settings.database_url is None or settings.redis_url is None:
            raise ValueError("DATABASE_URL and REDIS_URL must be known before the services are built")
        engine = create_engine(settings.database_url.get_secret_value())
        sessions = create_session_factory(engine)
        redis = connect(settings.redis_url.get_secret_value())
        supervisor = Supervisor()
        queue = ArqQueue(redis.connection_pool)
        outbox = Outbox(sessions, clock)
        news = PeopleNews(redis)
        signing_key = SigningKey(settings.secret_key, settings.hydrodiag_home / "secret.key")
        storage = create_storage(settings.rag.index_url, settings.hydrodiag_home)
        vectors_elsewhere = ExitStack()
        if settings.rag.vectors == "pgvector":
            elsewhere = PgvectorStore(settings.database_url.get_secret_value(), settings.rag.exact_up_to)
            storage.vectors = vectors_elsewhere.enter_context(closing(elsewhere))
        vectors = VectorShelf(settings.hydrodiag_home / "vectors")
        provider = cache(lambda: create_provider(settings))  # loads its model at the first question or rebuild
        orchestrator = RAGOrchestrator(
            SnapshotHolder(storage, provider, settings.rag.metric),
            OllamaChat(str(settings.ollama_base_url), settings.default_llm_model, settings.llm),
            RagCache(redis, settings.cache, StateOfDocuments(sessions)),
            passages=settings.rag.passages,
            concurrency=settings.llm.concurrency,
        )
        diagnostics = DiagnosticsService(sessions, clock)
        reading_feed = ReadingFeed(redis)
        intake = Intake(sessions, clock, reading_feed)
        progress = ProgressBoard(redis, supervisor)
        rollups = RollupService(engine)
        users = UserService(
            sessions,
            clock,
            outbox,
            default_language=settings.default_language,
            time_zone=settings.time_zone,
            news=news,
            end_lost=end_what_was_lost,
        )
        caretaking = create_caretaking(
            engine, sessions, clock, settings.timescale, queue, progress, rollups, redis, outbox, users
        )
        conversations = Conversations(sessions, clock, diagnostics)
        repair_memory = RepairMemory(sessions)
        try:
            yield cls(
                settings=settings,
                clock=clock,
                engine=engine,
                sessions=sessions,
                redis=redis,
                queue=queue,
                supervisor=supervisor,
                users=users,
                preferences=PreferenceService(sessions, clock, news),
                personal_data=PersonalDataService(sessions, clock, redis),
                forgetting=ForgettingService(sessions, clock, redis, news),
                invites=InviteService(sessions, clock, signing_key, news),
                audit=AuditService(sessions),
                news=news,
                signing_key=signing_key,
                outbox=outbox,
                diagnostics=diagnostics,
                exports=ExportService(sessions, diagnostics),
                reports=ReportService(sessions, clock, diagnostics),
                alerting=create_alerting(sessions, clock, outbox, settings.zone),
                digests=DigestService(sessions, clock, outbox),
                handovers=HandoverService(sessions, clock, outbox),
                repairs=RepairService(sessions, clock, outbox),
                repair_memory=repair_memory,
                rollups=rollups,
                reading_feed=reading_feed,
                intake=intake,
                imports=ImportService(sessions, intake),
                quarantine=QuarantineService(sessions, intake),
                timescale=caretaking.timescale,
                caretaking=caretaking,
                documents=DocumentService(sessions, clock, queue, settings.rag),
                catalogue=Catalogue(sessions, clock, queue, outbox),
                vectors=vectors,
                indexes=IndexService(sessions, clock, outbox, storage, provider, settings.rag, vectors.find),
                index_administration=IndexAdministration(
                    sessions,
                    IndexBooks(sessions, clock, outbox),
                    queue,
                    progress,
                    storage,
                    provider,
                    settings.rag.metric,
                ),
                progress=progress,
                orchestrator=orchestrator,
                conversations=conversations,
                isolation=Isolation(sessions, clock),
                assistant=Assistant(
                    sessions,
                    clock,
                    outbox,
                    orchestrator,
                    conversations,
                    SensorEvidence(diagnostics),
                    CaseEvidence(repair_memory),
                ),
                sources=SourceService(sessions, clock),
                gaps=GapService(sessions, clock, outbox),
                chat_log=ChatLogRetention(sessions, clock, timedelta(days=settings.privacy.chat_log_days)),
                explanations=ExplanationService(sessions, clock, orchestrator),
                backups=BackupService(engine, clock, settings, storage),
            )
        finally:
            await supervisor.drain(0)  # first: what works on would open closed connections anew
            await asyncio.to_thread(vectors_elsewhere.close)
            await redis.aclose()
            await engine.dispose()
