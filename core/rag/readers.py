"""Which passages somebody may be shown: by the rights of the reader and the machine in question, before any search."""

from collections.abc import Sequence, Set

import numpy as np

from core.rag.answers import Passage
from core.rag.readership import Readership
from core.rag.vector_index import Mask, Positions


class Readers:
    """Rights and machines of `passages`, worked out once: a question only puts masks together."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._nobody: Mask = np.zeros(len(passages), dtype=bool)
        self._access = masks([passage.access for passage in passages])
        self._general: Mask = np.array([not passage.machines for passage in passages], dtype=bool)
        rows: dict[str, list[int]] = {}
        for row, passage in enumerate(passages):
            for code in passage.machines:
                rows.setdefault(code, []).append(row)
        self._about: dict[str, Positions] = {code: np.array(found, dtype=np.int64) for code, found in rows.items()}

    def readable(self, reader: Readership, machine: str | None = None) -> Mask:
        """Return the passages that `reader` may read; with a `machine`, without those about others only."""
        readable = self._nobody.copy()
        for one in reader.access:
            readable |= self._access.get(one, self._nobody)
        for codes in (reader.machines, None if machine is None else {machine}):
            if codes is not None:
                readable &= self._about_some(codes)
        return readable

    def _about_some(self, machines: Set[str]) -> Mask:
        """Return the passages about any of `machines`, or about none in particular."""
        meant = self._general.copy()
        for code in self._about.keys() & machines:
            meant[self._about[code]] = True
        return meant


def masks(values: Sequence[str]) -> dict[str, Mask]:
    """Return where each of `values` stands."""
    names, numbers = np.unique(np.array(values, dtype=str), return_inverse=True)
    return {str(name): numbers == number for number, name in enumerate(names)}
