"""Links inside markup: which are kept, and which mention a person."""

import re
from typing import Any, Final

_USER_LINK: Final = re.compile(r"tg://user\?id=(\d+)$", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"^[\w-]+(\.[\w-]+)+([:/?#].*)?$|^localhost([:/?#].*)?$")
_SCHEMES: Final = ("http://", "https://", "tg://", "ton://", "tonsite://")


def checked_link(url: str) -> str | None:
    """Return the link as Telegram keeps it, or None for one that it drops in silence."""
    url = url.strip()
    lowered = url.lower()
    if lowered.startswith(("tg://", "ton://", "tonsite://")):
        return url
    bare = re.sub(r"^https?://", "", url, flags=re.IGNORECASE)
    if ("://" in url and not lowered.startswith(_SCHEMES)) or not _DOMAIN.match(bare):
        return None
    full = url if lowered.startswith(_SCHEMES) else f"http://{url}"
    return full if re.search(r"//[^/?#]+[/?#]", full) else f"{full}/"


def linked_user(url: str) -> dict[str, Any] | None:
    """Return the `User` that a tg://user?id=... link mentions."""
    match = _USER_LINK.match(url.strip())
    return {"id": int(match[1]), "is_bot": False, "first_name": match[1]} if match else None
