"""Where the broker is and how it knows us, read from `mqtt://user:password@host:port`, or `mqtts://` for TLS."""

import ssl
from typing import Any
from urllib.parse import unquote, urlsplit

from aiomqtt import ProtocolVersion

_PORTS = {"mqtt": 1883, "mqtts": 8883}


def broker(url: str) -> dict[str, Any]:
    """Return what `aiomqtt.Client` needs to find the broker and to be let in."""
    parts = urlsplit(url)
    return {
        "hostname": parts.hostname or "localhost",
        "port": parts.port or _PORTS[parts.scheme],
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "protocol": ProtocolVersion.V5,
        "tls_context": ssl.create_default_context() if parts.scheme == "mqtts" else None,
    }
