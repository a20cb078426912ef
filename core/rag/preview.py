"""What can be told of a document at a glance, before a worker reads it."""

import re
from dataclasses import dataclass

from core.rag.blocks import EmptyDocumentError
from core.rag.loading import MAX_NAME, check_content, decode, language_of, title_from_name
from core.rag.media import MediaType

_HEADING = re.compile(r"^# +(.+?)[ #]*$", re.MULTILINE)
_GLANCE = 20_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a document seems to be; `language` is a guess by its title where the text is not plain."""

    kind: MediaType
    title: str
    language: str


def preview(name: str, content: bytes, *, max_bytes: int) -> Preview:
    """Look at `content` without parsing it.

    Raises:
        BadInputError: it can't be a document; a subclass for each reason.
    """
    kind = check_content(name, content, max_bytes=max_bytes)
    if not kind.is_plain:
        title = title_from_name(name)
        return Preview(kind, title[:MAX_NAME], language_of(title))
    text = decode(name, content)
    if not text.strip("\ufeff \t\n"):
        raise EmptyDocumentError(f"{name}: no text", name=name)
    heading = _HEADING.search(text[:_GLANCE]) if kind is MediaType.MARKDOWN else None
    return Preview(kind, (heading[1] if heading else title_from_name(name))[:MAX_NAME], language_of(text))
