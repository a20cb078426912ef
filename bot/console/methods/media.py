"""Pictures and documents."""

import secrets
from typing import Any

from bot.console.errors import bad_request
from bot.console.methods.messages import caption_content, checked_caption, send
from bot.console.methods.registry import method
from bot.console.params import Params
from bot.console.state import State
from bot.console.text import formatted


@method("sendPhoto")
async def send_photo(state: State, params: Params) -> Any:
    """Send a picture."""
    caption = caption_content(params)
    return send(state, params, {"photo": _file(state, params, "photo", params.text("photo", "photo")), **caption})


@method("sendDocument")
async def send_document(state: State, params: Params) -> Any:
    """Send a file."""
    caption = caption_content(params)
    document = _file(state, params, "document", params.text("document", "document"))
    return send(state, params, {"document": document, **caption})


@method("sendMediaGroup")
async def send_media_group(state: State, params: Params) -> Any:
    """Send two to ten pictures, or as many documents, together."""
    items = params.decoded("media", "media")
    if not isinstance(items, list):
        raise bad_request("expected an Array of InputMedia")
    if len(items) > 10:
        raise bad_request("too many messages to send as an album")
    if len({item.get("type") for item in items if isinstance(item, dict)}) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = [read_media(state, params, item) for item in items]
    if not contents:
        raise bad_request("there are no messages to send")
    group = {"media_group_id": str(secrets.randbits(53))}
    return [send(state, params, {**content, **group}) for content in contents]


@method("getFile")
async def get_file(state: State, params: Params) -> Any:
    """Tell where a file can be downloaded from."""
    return state.files.downloadable(params.text("file_id"))


def read_media(state: State, params: Params, media: Any) -> dict[str, Any]:
    """Return the message fields of one Bot API `InputMedia`.

    Raises:
        ApiError: an unknown type, a missing file, or a caption that cannot be used.
    """
    if not isinstance(media, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = media.get("type")
    if kind not in ("photo", "document"):
        raise bad_request(f"type {kind} is not supported by the console")
    text, entities = formatted(
        str(media.get("caption") or ""), str(media.get("parse_mode") or ""), media.get("caption_entities")
    )
    return {kind: _file(state, params, kind, str(media.get("media") or "")), **checked_caption(text, entities)}


def _file(state: State, params: Params, kind: str, reference: str) -> Any:
    """A file came with the call, under its own name or attached, or is known by its id."""
    upload = params.upload(reference)
    if upload is not None:
        return state.files.add_photo(upload) if kind == "photo" else state.files.add_document(upload)
    if not reference or reference == kind or reference.startswith("attach://"):
        raise bad_request(f"there is no {kind} in the request")
    return state.files.known(kind, reference)
