"""What a digest tells, as it is stored in the outbox: facts, worded in the reader's language when it is delivered."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter

from core.database import Names
from core.diagnostics.alerts.cards import AlarmLine
from core.diagnostics.alerts.models import Silence
from core.diagnostics.alerts.states import rank
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.digests.trends import Approach
from core.diagnostics.handovers.models import Handover
from core.diagnostics.models import Severity, System
from core.users.rights import Actor, Right

Entry = TypeVar("Entry")
MOST_EPISODES, MOST_SILENCES, MOST_TRENDS, MOST_NOTES = 6, 3, 3, 1
"""What a digest tells of each; the others are counted."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An alarm of a machine, its message's group, and how bad it was at its worst."""

    group_id: int
    peak: Severity
    line: AlarmLine


@dataclass(frozen=True, slots=True)
class Episode:
    """An alarm, or several of one kind on one sensor that are over: `times`, and how long they lasted together."""

    machine: str
    machine_names: Names
    group_id: int
    line: AlarmLine
    times: int
    lasted_s: float


@dataclass(frozen=True, slots=True)
class Hush:
    """A silence in force."""

    matcher: dict[str, Any]
    author: str
    reason: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What the shift before said."""

    handover_id: int
    author: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Section(Generic[Entry]):
    """The entries that are told, of `total`."""

    shown: tuple[Entry, ...] = ()
    total: int = 0

    @classmethod
    def of(cls, entries: Sequence[Entry], most: int) -> "Section[Entry]":
        """Take the first of `entries`."""
        return cls(tuple(entries[:most]), len(entries))


@dataclass(frozen=True, slots=True)
class Digest:
    """What happened on `machines` machines from `begin` to `end`; moments are worded in `time_zone`."""

    kind: DigestKind
    begin: datetime
    end: datetime
    time_zone: str
    machines: int
    open: Section[Episode] = Section()
    over: Section[Episode] = Section()
    silences: Section[Hush] = Section()
    trends: Section[Approach] = Section()
    notes: Section[Note] = Section()

    @property
    def eventful(self) -> bool:
        """Tell whether there is anything to act on, or to know. A silence over nothing is neither."""
        return any(part.total for part in (self.open, self.over, self.trends, self.notes))

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return cast(dict[str, Any], _STORED.dump_python(self, mode="json"))

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Digest":
        """Read what is stored."""
        return _STORED.validate_python(stored)


_STORED = TypeAdapter(Digest)


@dataclass(frozen=True, slots=True)
class Plant:
    """What is known of all machines that a round of digests may need, read once for all readers."""

    systems: tuple[System, ...]
    alarms: dict[int, tuple[Noted, ...]]
    silences: tuple[Silence, ...]
    approaches: tuple[Approach, ...]
    handovers: tuple[Handover, ...] = ()

    def only(self, systems: Collection[System]) -> "Plant":
        """Return what is known of some of the machines."""
        chosen = {system.id for system in systems}
        return replace(self, systems=tuple(system for system in self.systems if system.id in chosen))


def compose(plant: Plant, reader: Actor, kind: DigestKind, begin: datetime, end: datetime) -> Digest:
    """Choose from `plant` what `reader` may see, and what happened from `begin` to `end`."""
    systems = [system for system in plant.systems if reader.sees(system)]
    codes = {system.code for system in systems}
    sites = {system.site for system in systems}
    alarms = [(system, noted) for system in systems for noted in plant.alarms.get(system.id, ())]
    hushed = [
        Hush(silence.matcher, silence.author_name, silence.reason, silence.ends_at)
        for silence in plant.silences
        if codes.issuperset(silence.matcher.get("machines", ())) and sites.issuperset(silence.matcher.get("sites", ()))
    ]
    notes = [
        Note(one.id, one.author_name, one.at, one.note)
        for one in plant.handovers
        if begin <= one.at <= end and one.author_id != reader.id and codes.issuperset(one.machines)
    ]
    return Digest(
        kind,
        begin,
        end,
        reader.time_zone,
        len(systems),
        Section.of(_open(alarms, end), MOST_EPISODES),
        Section.of(_over(alarms, begin, end), MOST_EPISODES),
        Section.of(hushed if reader.may(Right.HANDLE_ALARMS) else [], MOST_SILENCES),
        Section.of([near for near in plant.approaches if near.machine in codes], MOST_TRENDS),
        Section.of(notes, MOST_NOTES),
    )


def _open(alarms: Iterable[tuple[System, Noted]], end: datetime) -> list[Episode]:
    """Return those that stand, the worst first, then the oldest."""
    standing = [(system, noted) for system, noted in alarms if noted.line.active]
    found = [_episode(system, noted, noted.line, 1, end - noted.line.raised_at) for system, noted in standing]
    return sorted(found, key=lambda one: (-rank(one.line.severity), one.line.raised_at))


def _over(alarms: Iterable[tuple[System, Noted]], begin: datetime, end: datetime) -> list[Episode]:
    """Return those that ended in between, one for each kind and sensor: the worst first, then the longest."""
    alike: dict[tuple[int, str, int | None], list[tuple[System, Noted]]] = {}
    for system, noted in alarms:
        line = noted.line
        if not line.active and line.cleared_at is not None and begin <= line.cleared_at <= end:
            alike.setdefault((system.id, line.kind, line.sensor_id), []).append((system, noted))
    return sorted(map(_together, alike.values()), key=lambda one: (-rank(one.line.severity), -one.lasted_s))


def _together(alike: Sequence[tuple[System, Noted]]) -> Episode:
    system, worst = max(alike, key=lambda entry: (rank(entry[1].peak), entry[1].line.raised_at))
    lengths = (noted.line.cleared_at - noted.line.raised_at for _, noted in alike if noted.line.cleared_at is not None)
    return _episode(system, worst, replace(worst.line, severity=worst.peak), len(alike), sum(lengths, timedelta()))


def _episode(system: System, noted: Noted, line: AlarmLine, times: int, lasted: timedelta) -> Episode:
    return Episode(system.code, system.names, noted.group_id, line, times, max(lasted.total_seconds(), 0.0))
