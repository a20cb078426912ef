"""Which terms stand in which texts, and how often: counted once, stored with a version, and reused text by text."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
_MOST = np.iinfo(np.uint16).max

Tokenizer = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Postings:
    """Term t of `vocabulary` stands in `texts[starts[t]:starts[t + 1]]` (ascending), `counts[...]` times in each.

    `texts` are numbers of texts, `lengths` are the texts' lengths in terms. Every term stands in some text.
    """

    vocabulary: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]

    @classmethod
    def count(cls, texts: Sequence[str], tokenizer: Tokenizer) -> "Postings":
        """Count the terms of `texts`."""
        numbers: dict[str, int] = {}
        counted = [Counter(numbers.setdefault(term, len(numbers)) for term in tokenizer(text)) for text in texts]
        rows = np.repeat(np.arange(len(counted), dtype=np.int32), [len(found) for found in counted])
        terms = np.fromiter((term for found in counted for term in found), dtype=np.int64, count=len(rows))
        counts = np.fromiter((n for found in counted for n in found.values()), dtype=np.int64, count=len(rows))
        lengths = np.array([found.total() for found in counted], dtype=np.int32)
        return cls._sorted(tuple(numbers), terms, rows, np.minimum(counts, _MOST).astype(np.uint16), lengths)

    @classmethod
    def _sorted(
        cls,
        vocabulary: tuple[str, ...],
        terms: Rows,
        texts: npt.NDArray[np.int32],
        counts: npt.NDArray[np.uint16],
        lengths: npt.NDArray[np.int32],
    ) -> "Postings":
        """Bring entries given text by text into the order of terms, and leave out terms that no text has."""
        frequency = np.bincount(terms, minlength=len(vocabulary))
        order = np.argsort(terms, kind="stable")
        used = frequency > 0
        starts = np.concatenate([[0], np.cumsum(frequency[used])]).astype(np.int64)
        kept = tuple(term for term, stands in zip(vocabulary, used.tolist(), strict=True) if stands)
        return cls(kept, starts, texts[order], counts[order], lengths)

    def revised(self, rows: Rows, texts: Sequence[str], tokenizer: Tokenizer) -> "Postings":
        """Return the postings of other texts: text i is `rows[i]` of these, or the next of `texts` where that is -1."""
        fresh = Postings.count(texts, tokenizer)
        numbers = {term: number for number, term in enumerate(self.vocabulary)}
        renumbered = [numbers.setdefault(term, len(numbers)) for term in fresh.vocabulary]
        row_of = np.where(rows >= 0, rows, len(self.lengths) + np.cumsum(rows < 0) - 1)
        old_terms = np.repeat(np.arange(len(self.vocabulary)), np.diff(self.starts))
        new_terms = np.repeat(np.array(renumbered, dtype=np.int64), np.diff(fresh.starts))
        by_text = _ByText(
            np.concatenate([self.texts, fresh.texts + np.int32(len(self.lengths))]),
            np.concatenate([old_terms, new_terms]),
            np.concatenate([self.counts, fresh.counts]),
            len(self.lengths) + len(fresh.lengths),
        )
        terms, owners, counts = by_text.take(row_of)
        lengths = np.concatenate([self.lengths, fresh.lengths])[row_of]
        return Postings._sorted(tuple(numbers), terms, owners, counts, lengths)

    def save(self, path: Path) -> None:
        """Write to `path` (.npz)."""
        vocabulary = np.frombuffer("\n".join(self.vocabulary).encode("utf-8", "surrogatepass"), dtype=np.uint8)
        np.savez(
            path,
            vocabulary=vocabulary,
            starts=self.starts,
            texts=self.texts,
            counts=self.counts,
            lengths=self.lengths,
        )

    @classmethod
    def load(cls, path: Path) -> "Postings":
        """Read what `save` wrote.

        Raises:
            ValueError, KeyError, OSError: it is something else.
        """
        with np.load(path, allow_pickle=False) as file:
            words = file["vocabulary"].tobytes().decode("utf-8", "surrogatepass")
            vocabulary = tuple(words.split("\n")) if words else ()
            found = cls(vocabulary, file["starts"], file["texts"], file["counts"], file["lengths"])
        if len(found.starts) != len(vocabulary) + 1 or found.starts[-1] != len(found.texts):
            raise ValueError(f"{path.name}: terms and postings don't match")
        return found


class _ByText:
    """Entries (text, term, count) that can be taken text by text."""

    def __init__(self, texts: npt.NDArray[np.int32], terms: Rows, counts: npt.NDArray[np.uint16], size: int) -> None:
        order = np.argsort(texts, kind="stable")
        self._terms, self._counts = terms[order], counts[order]
        self._lengths = np.bincount(texts, minlength=size)
        self._starts = np.concatenate([[0], np.cumsum(self._lengths)])

    def take(self, rows: Rows) -> tuple[Rows, npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
        """Return terms, new text numbers and counts of the texts `rows`, in that order."""
        lengths = self._lengths[rows]
        ends = np.cumsum(lengths)
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
        entries = np.repeat(self._starts[rows], lengths) + within
        owners = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
        return self._terms[entries], owners, self._counts[entries]
