"""Which passages somebody may be shown: by the rights of the reader and the machine in question, before any search."""

from collections.abc import Collection, Sequence

import numpy as np

from core.rag.answers import Passage
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

    def readable(self, access: Collection[str], machine: str | None = None) -> Mask:
        """Return the passages whose access is in `access`; with a `machine`, without those about others only."""
        readable = self._nobody.copy()
        for one in access:
            readable |= self._access.get(one, self._nobody)
        if machine is None:
            return readable
        meant = self._general.copy()
        if machine in self._about:
            meant[self._about[machine]] = True
        return readable & meant


def masks(values: Sequence[str]) -> dict[str, Mask]:
    """Return where each of `values` stands."""
    names, numbers = np.unique(np.array(values, dtype=str), return_inverse=True)
    return {str(name): numbers == number for number, name in enumerate(names)}
