"""Documents to chunks along their structure: small enough for the embedding window, whole enough to be read alone."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from langchain_text_splitters import RecursiveCharacterTextSplitter

from core.rag.answers import Passage
from core.rag.blocks import Block, BlockKind, LoadedDocument
from core.rag.loading import language_of

CHUNKER = "structure-3"
"""Name of this way of cutting, part of an index's fingerprint: change it whenever chunks would come out different."""

MAX_TOKENS = 360
"""Longest text chunk: with title and headings it stays inside the 512-token window of the e5 models."""
SMALL_TOKENS = 90
"""Shorter sections join their neighbours under the same heading, up to MAX_TOKENS."""
MAX_TABLE_TOKENS = 1440
"""Tables and code stay whole up to here (embedders average windows); longer ones are cut between lines."""

SECTION_SEPARATOR = " › "
_JOINED_SEPARATOR = " / "
_MOST_JOINED = 3
"""Headings of joined sections that a chunk's own heading names; of more, the first and the last."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_REFERENCES = re.compile(
    r"(?:sources|references|bibliography|further reading|see also"
    r"|источники|литература|список литературы|ссылки|смотрите также|см\. также)\W*",
    re.IGNORECASE,
)
"""Headings of lists of references: joined to a neighbour, they would be quoted with what they only support."""
_MONSTER = re.compile(rf"\S{{{MAX_TOKENS // 2}}}")
"""No word is that long: such a run (base64, a line of dashes) may be cut anywhere."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A piece of a document. `id` is a hash of document, place and text; `text_hash` of what is embedded."""

    id: str
    ordinal: int
    heading_path: tuple[str, ...]
    page: int | None
    language: str
    text: str
    text_hash: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """Blocks under one heading path, on their way to becoming a chunk; `joined` are headings below it that it spans."""

    heading_path: tuple[str, ...]
    text: str
    page: int | None
    tokens: int
    joined: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, ...]:
        """The heading path that a reader is shown."""
        if not self.joined:
            return self.heading_path
        few = len(self.joined) <= _MOST_JOINED
        last = _JOINED_SEPARATOR.join(self.joined) if few else f"{self.joined[0]} … {self.joined[-1]}"
        return (*self.heading_path, last)


def approximate_tokens(text: str) -> int:
    """Estimate XLM-RoBERTa tokens without a tokenizer: one per started six letters of a word, one per other sign."""
    return sum(1 + (len(token) - 1) // 6 for token in _TOKEN.findall(text))


def chunk_document(document: LoadedDocument) -> list[TextChunk]:
    """Cut `document` into chunks, in reading order; the same document always gives the same chunks."""
    pieces = _merge_small(list(_pieces(document.blocks)))
    seen: Counter[str] = Counter()
    chunks = []
    for ordinal, piece in enumerate(pieces):
        section = SECTION_SEPARATOR.join(piece.place)
        identity = "\0".join((document.name, section, piece.text))
        seen[identity] += 1
        chunks.append(
            TextChunk(
                id=_digest(f"{identity}\0{seen[identity]}")[:32],
                ordinal=ordinal,
                heading_path=piece.place,
                page=piece.page,
                language=language_of(piece.text),
                text=piece.text,
                text_hash=_digest(embedded_text(document.title, section, piece.text)),
            )
        )
    return chunks


def to_passage(
    chunk: TextChunk,
    *,
    document: str,
    title: str,
    revision: int = 1,
    access: str = "public",
    document_id: int | None = None,
    machines: tuple[str, ...] = (),
) -> Passage:
    """Return the chunk as a reader sees it."""
    return Passage(
        id=chunk.id,
        document=document,
        title=title,
        section=SECTION_SEPARATOR.join(chunk.heading_path),
        page=chunk.page,
        revision=revision,
        language=chunk.language,
        text=chunk.text,
        access=access,
        document_id=document_id,
        machines=machines,
    )


def embedded_text(title: str, section: str, text: str) -> str:
    """Return what is embedded and searched for a chunk: its place, then its words."""
    return "\n".join(part for part in (title, section, text) if part)


def passage_hash(passage: Passage) -> str:
    """Return the SHA-256 of what is embedded for `passage`, hex."""
    return _digest(embedded_text(passage.title, passage.section, passage.text))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _pieces(blocks: Sequence[Block]) -> Iterator[_Piece]:
    """Pack neighbouring blocks of one section into pieces of at most MAX_TOKENS."""
    current: _Piece | None = None
    for block in blocks:
        for part in _parts(block):
            if current and _fits(current, part):
                current = _join(current, part, current.heading_path, "\n\n" + part.text, current.joined)
                continue
            if current:
                yield current
            current = part
    if current:
        yield current


def _fits(current: _Piece, part: _Piece) -> bool:
    same_place = (current.heading_path, current.page) == (part.heading_path, part.page)
    return same_place and current.tokens + part.tokens <= MAX_TOKENS


def _parts(block: Block) -> Iterator[_Piece]:
    whole = block.kind is not BlockKind.TEXT
    limit = MAX_TABLE_TOKENS if whole else MAX_TOKENS
    if approximate_tokens(block.text) <= limit:
        texts = [(block.text, block.page)]
    elif block.kind is BlockKind.TABLE:
        texts = [(text, block.pages[line] if block.pages else block.page) for text, line in _split_table(block.text)]
    else:
        texts = [(text, block.page) for text in _splitter(MAX_TOKENS).split_text(_breakable(block.text))]
    for text, page in texts:
        yield _Piece(block.heading_path, text, page, approximate_tokens(text))


def _split_table(text: str) -> Iterator[tuple[str, int]]:
    """Cut between rows, repeating the header row; yield each part with the number of its first line."""
    header, _, rows = text.partition("\n")
    rows = _breakable(rows)
    room = max(MAX_TOKENS - approximate_tokens(header), MAX_TOKENS // 2)
    position = 0
    for part in _splitter(room).split_text(rows):
        position = max(position, rows.find(part, position))
        yield f"{header}\n{part}", 1 + rows.count("\n", 0, position)


def _breakable(text: str) -> str:
    return _MONSTER.sub(r"\g<0> ", text)


def _splitter(limit: int) -> RecursiveCharacterTextSplitter:
    return RecursiveCharacterTextSplitter(
        separators=["\n\n", "\n", r"(?<=[.!?…])\s+", r"(?<=[;:,])\s+", " "],
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=limit,
        chunk_overlap=0,
        length_function=approximate_tokens,
    )


def _merge_small(pieces: list[_Piece]) -> list[_Piece]:
    """Join small sections with the next one of the same parent (or their own subsections)."""
    merged: list[_Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last and min(last.tokens, piece.tokens) < SMALL_TOKENS and _related(last, piece):
            merged[-1] = _merge(last, piece)
        else:
            merged.append(piece)
    return merged


def _related(left: _Piece, right: _Piece) -> bool:
    if left.page != right.page or left.tokens + right.tokens > MAX_TOKENS:
        return False
    if any(_REFERENCES.fullmatch(heading) for piece in (left, right) for heading in piece.heading_path[-1:]):
        return False
    common = len(_common(left.heading_path, right.heading_path))
    return common >= len(right.heading_path) - 1 and common >= len(left.heading_path) - 1


def _merge(left: _Piece, right: _Piece) -> _Piece:
    path = _common(left.heading_path, right.heading_path)
    left_text = _titled(left, len(path))
    right_text = _titled(right, len(path))
    joined = (*_spanned(left, len(path)), *_spanned(right, len(path)))
    return _join(replace(left, text=left_text), right, path, "\n\n" + right_text, tuple(dict.fromkeys(joined)))


def _spanned(piece: _Piece, depth: int) -> tuple[str, ...]:
    """Return the headings right below `depth` that `piece` spans."""
    return piece.heading_path[depth : depth + 1] or piece.joined


def _titled(piece: _Piece, depth: int) -> str:
    below = piece.heading_path[depth:]
    return "\n".join((*below, piece.text)) if below else piece.text


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    while length < min(len(left), len(right)) and left[length] == right[length]:
        length += 1
    return left[:length]


def _join(left: _Piece, right: _Piece, path: tuple[str, ...], text: str, joined: tuple[str, ...]) -> _Piece:
    return _Piece(path, left.text + text, left.page, left.tokens + right.tokens, joined)
