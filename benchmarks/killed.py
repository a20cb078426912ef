"""kill -9 in the middle of uploads, builds and switches: the pointer names a whole version, no document is lost.

    python benchmarks/killed.py [--kills 50] [--url postgresql://...] [--shared] [--json]

A process of its own uploads documents, brings the index up to date or switches between versions, over and over, until
SIGKILL ends it at a random moment. After each kill every version that storage lists must load, its checksums proved,
and the pointer must name one of them. At the end the index is built once more, and each document whose upload was
acknowledged must be in it, in the revision that was. `--shared` keeps versions by fsspec instead of in a plain folder.

- `kills`, and how many of them came while which kind of work ran (`uploads`, `builds`, `switches`);
- `acknowledged`: uploads that were; `lost`: those of them that are missing at the end;
- `broken`: kills after which the pointer named no whole version, or a listed version was damaged.
"""

import argparse
import asyncio
import json
import random
import re
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import SecretStr

from benchmarks.stores import database, server
from core.container import Container
from core.errors import HydrodiagError
from core.rag.archive import read_snapshot
from core.rag.remote import create_storage
from core.rag.versions import IndexStorage
from core.settings import RagSettings, Settings, child_environment
from core.users.rights import OPERATOR

KINDS = ("upload", "build", "switch")
LONGEST_S = 1.5
NO_REDIS = "redis://127.0.0.1:1"
"""Nobody listens there: the queue is no part of this, and its absence must not matter either."""
READY_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where the killed and the checking process work."""

    database: str
    home: Path
    shared: bool

    @property
    def settings(self) -> Settings:
        """The settings of both."""
        url = f"file://{self.home}/shared" if self.shared else ""
        return Settings(
            _env_file=None,
            hydrodiag_home=self.home,
            database_url=SecretStr(self.database),
            redis_url=SecretStr(NO_REDIS),
            rag=RagSettings(index_url=url, keep_versions=3),
        )


@dataclass(slots=True)
class Outcome:
    """What the kills came to."""

    kills: int = 0
    uploads: int = 0
    builds: int = 0
    switches: int = 0
    acknowledged: int = 0
    lost: int = 0
    broken: int = 0


async def measure(place: Place, kills: int, *, seed: int = 1) -> Outcome:
    """Kill as often, look after each, and count."""
    chance, outcome, known = random.Random(seed), Outcome(), dict[str, str]()
    storage = create_storage(place.settings.rag.index_url, place.home)
    done = Counter[str]()
    await _prepare(place)
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        known |= await _killed(place, kind, number, chance.uniform(0, LONGEST_S))
        done[kind] += 1
        if not await asyncio.to_thread(_is_whole, storage):
            outcome.broken += 1
        print(f"{number + 1}/{kills} {kind}: pointer at {storage.current()}, {len(known)} documents", file=sys.stderr)
    outcome.kills, outcome.uploads, outcome.builds, outcome.switches = kills, *(done[kind] for kind in KINDS)
    outcome.acknowledged, outcome.lost = len(known), await _lost(place, storage, known)
    return outcome


async def _prepare(place: Place) -> None:
    """Make two versions, for a switch to have a choice."""
    async with Container.open(place.settings) as container:
        for number in range(2):
            await container.documents.add(OPERATOR, f"first {number}.md", b"# First %d\n\nPump noise." % number)
            await container.indexes.rebuild()


async def _killed(place: Place, kind: str, number: int, after_s: float) -> dict[str, str]:
    """Have a process do `kind` of work, kill it, and return the uploads that it got acknowledged: marks by name."""
    arguments = json.dumps([place.database, str(place.home), place.shared, kind, number])
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "--work",
        arguments,
        stdout=asyncio.subprocess.PIPE,
        env=child_environment(),
    )
    if child.stdout is None:
        raise RuntimeError("a child without output")
    try:
        async with asyncio.timeout(READY_S):
            if (await child.stdout.readline()).strip() != b"ready":
                raise RuntimeError(f"{kind}: the process ended before it was killed")
        await asyncio.sleep(after_s)
    finally:
        child.send_signal(signal.SIGKILL)
        await child.wait()
    lines = (await child.stdout.read()).decode().split("\n")[:-1]
    return {name: mark for name, _, mark in (line.partition("\t") for line in lines)}


def _is_whole(storage: IndexStorage) -> bool:
    try:
        current, versions = storage.current(), storage.versions()
        for version in versions:
            read_snapshot(storage, version)
    except HydrodiagError as error:
        print(f"broken: {error}", file=sys.stderr)
        return False
    return current in versions


async def _lost(place: Place, storage: IndexStorage, known: dict[str, str]) -> int:
    async with Container.open(place.settings) as container:
        await container.documents.add(OPERATOR, "last.md", b"# Last\n\nAfter a switch, only a change builds.")
        await container.indexes.rebuild()
    current = storage.current()
    found = read_snapshot(storage, current).passages if current is not None else ()
    texts = {passage.document: passage.text for passage in found}
    return sum(_turn(texts.get(name, "")) < _turn(mark) for name, mark in known.items())


def _turn(text: str) -> int:
    """Return the number of the upload; a later one than was acknowledged may have been stored before the kill."""
    match = re.search(r"mark-\d+-(\d+)", text)
    return int(match[1]) if match else -1


async def _work(place: Place, kind: str, number: int) -> None:
    """Do one kind of work until killed; each acknowledged upload is told on stdout."""
    work = {"upload": _upload, "build": _build, "switch": _switch}[kind]
    async with Container.open(place.settings) as container:
        if kind != "upload":  # once before the clock starts, or loading the model is all that a kill ever meets
            await work(container, number, 0)
        print("ready", flush=True)
        for turn in range(1, 1_000_000):
            await work(container, number, turn)


async def _upload(container: Container, number: int, turn: int) -> None:
    """Add a document, or replace the one before."""
    name, mark = f"{number}-{turn // 2}.md", f"mark-{number}-{turn}"
    await container.documents.add(OPERATOR, name, f"# Pump {number}\n\nWhines at {mark} bar.".encode())
    print(f"{name}\t{mark}", flush=True)


async def _build(container: Container, number: int, turn: int) -> None:
    """Bring the index up to date after a change."""
    await container.documents.add(OPERATOR, "build.md", f"# Valve\n\nSings at {number}.{turn} bar.".encode())
    await container.indexes.rebuild()


async def _switch(container: Container, number: int, turn: int) -> None:
    """Use another version."""
    found = await container.index_administration.list(OPERATOR)
    others = [one.version for one in found.versions if not one.current]
    if others:
        await container.index_administration.use(OPERATOR, others[(number + turn) % len(others)])


def main() -> None:
    """Measure and print, or be the process that is killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--url", help="a PostgreSQL server; without it, one of our own")
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--json", action="store_true", help="the last line is JSON anyway")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if options.work:
        database, home, shared, kind, number = json.loads(options.work)
        asyncio.run(_work(Place(database, Path(home), shared), kind, number))
    else:
        print(json.dumps(asdict(asyncio.run(_all(options)))))


async def _all(options: argparse.Namespace) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="hydrodiag-killed-") as home:
        async with server(options.url) as address, database(address) as url:
            return await measure(Place(url, Path(home), options.shared), options.kills)


if __name__ == "__main__":
    main()
