"""Files that people and the bot exchange. Names on disk are ours: what a sender calls a file is only a label."""

import hashlib
import io
import mimetypes
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from bot.console.errors import bad_request
from bot.console.params import Upload
from bot.console.store import Store

MAX_UPLOAD: Final = 50 * 1024 * 1024
MAX_DOWNLOAD: Final = 20 * 1024 * 1024
MAX_PHOTO: Final = 10 * 1024 * 1024
MAX_PHOTO_SIDES: Final = 10_000
MAX_PHOTO_RATIO: Final = 20
_PICTURES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_EXTENSION: Final = re.compile(r"\.[a-z0-9]{1,8}$")
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]")


class Files:
    """Keeps contents in a folder and what is known of them in the store."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, upload: Upload, folder: str, **details: int) -> dict[str, Any]:
        """Keep an uploaded file and return its record; `folder` is the first part of its `file_path`.

        Raises:
            ApiError: the file is empty, or over 50 MB.
        """
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > MAX_UPLOAD:
            raise bad_request("file is too big")
        name = safe_name(upload.name)
        key = secrets.token_hex(12)
        extension = _EXTENSION.search(name.lower())
        stored = key + (extension[0] if extension else "")
        record: dict[str, Any] = {
            "file_id": f"HD{secrets.token_urlsafe(40)}",
            "file_unique_id": hashlib.blake2b(upload.content, digest_size=10).hexdigest(),
            "file_path": f"{folder}/{stored}",
            "file_size": len(upload.content),
            "file_name": name,
            "mime_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "stored": stored,
            **details,
        }
        (self._folder / stored).write_bytes(upload.content)
        self._store.add_file(record["file_id"], record["file_path"], record)
        return record

    def add_photo(self, upload: Upload) -> list[dict[str, Any]]:
        """Keep a picture and return its Bot API `PhotoSize` list.

        Raises:
            ApiError: not a picture, or one that Telegram would not show.
        """
        size = len(upload.content)
        if size > MAX_PHOTO:
            raise bad_request(
                f"file of size {size} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
            )
        mime_type, width, height = _measured(upload.content)
        if width + height > MAX_PHOTO_SIDES or max(width, height) > MAX_PHOTO_RATIO * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        extension = mimetypes.guess_extension(mime_type) or ""
        photo = Upload(f"photo{extension}", upload.content, mime_type)
        return _photo(self.add(photo, "photos", width=width, height=height))

    def add_document(self, upload: Upload) -> dict[str, Any]:
        """Keep a file and return its Bot API `Document`."""
        return _document(self.add(upload, "documents"))

    def known(self, kind: str, file_id: str) -> Any:
        """Return the `photo` or `document` that was sent before and is now sent again by its id.

        Raises:
            ApiError: no such file, or of the other kind.
        """
        record = self._store.file(file_id)
        if record is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        actual = "photo" if "width" in record else "document"
        if actual != kind:
            raise bad_request(f"can't use file of type {actual.title()} as {kind.title()}")
        return _photo(record) if kind == "photo" else _document(record)

    def downloadable(self, file_id: str) -> dict[str, Any]:
        """Return the Bot API `File`.

        Raises:
            ApiError: no such file, or over the 20 MB that bots may download.
        """
        if not file_id:
            raise bad_request("file_id not specified")
        record = self._store.file(file_id)
        if record is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if record["file_size"] > MAX_DOWNLOAD:
            raise bad_request("file is too big")
        return _public(record, ("file_id", "file_unique_id", "file_size", "file_path"))

    def at(self, file_path: str) -> tuple[Path, dict[str, Any]] | None:
        """Return where a file lies, by the `file_path` that `getFile` gave; unknown paths lead nowhere."""
        record = self._store.file_at(file_path)
        return (self.path(record), record) if record else None

    def path(self, record: dict[str, Any]) -> Path:
        """Return where a file's content lies."""
        return self._folder / str(record["stored"])


def safe_name(name: str) -> str:
    """Return a file name without path, control or direction-override characters."""
    cleaned = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    return cleaned[-120:] or "file"


def _measured(content: bytes) -> tuple[str, int, int]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            mime_type = _PICTURES[image.format or ""]
            return mime_type, image.width, image.height
    except (UnidentifiedImageError, KeyError, OSError, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def _photo(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [_public(record, ("file_id", "file_unique_id", "file_size", "width", "height"))]


def _document(record: dict[str, Any]) -> dict[str, Any]:
    return _public(record, ("file_name", "mime_type", "file_id", "file_unique_id", "file_size"))


def _public(record: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: record[name] for name in names}
