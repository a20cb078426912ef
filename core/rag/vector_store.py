"""Where the vectors of index versions lie: in each version's files, searched in memory, or in another place."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from core.rag.clusters import IndexKind, load_index
from core.rag.vector_index import Nearest

Files = Mapping[str, Path]


class VectorStore(Protocol):
    """Puts a built index where it is searched, and opens it there. What it leaves in the folder is checked like all."""

    @property
    def names(self) -> tuple[str, ...]:
        """The files of a version that `sweep` must be shown."""
        ...

    def exact_up_to(self, wanted: int) -> int:
        """Return how many vectors may be handed to `save` in an exact index, where a version's files had `wanted`."""
        ...

    def save(self, index: Nearest, folder: Path) -> None:
        """Keep `index`; write into `folder`, which becomes part of the version, all that is needed to open it."""
        ...

    def load(self, files: Files, kind: IndexKind) -> Nearest:
        """Open what `save` kept, from the version's files by name.

        Raises:
            ValueError, KeyError: it is not there, or something else is.
        """
        ...

    def sweep(self, kept: Iterable[Files]) -> None:
        """Forget whatever no version in `kept` needs."""
        ...


class VectorFiles:
    """In the version's own files, which each process reads into memory."""

    names: tuple[str, ...] = ()

    def exact_up_to(self, wanted: int) -> int:
        """Return `wanted`."""
        return wanted

    def save(self, index: Nearest, folder: Path) -> None:
        """Write FAISS's files."""
        index.save(folder)

    def load(self, files: Files, kind: IndexKind) -> Nearest:
        """Read them."""
        return load_index(dict(files), kind)

    def sweep(self, kept: Iterable[Files]) -> None:
        """Do nothing: files go with their version."""
