"""The key that signs what leaves the house and must come back unchanged, such as invitations."""

import asyncio
import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from core.errors import ConflictError

_KEY_BYTES = 32


class ConfiguredKeyError(ConflictError):
    """The signing key is the setting SECRET_KEY: change it there, for every process, and restart them."""


class SigningKey:
    """The configured key, else one made once and kept in a file that only its owner can read.

    The file is read each time, so that every process signs with a rotated key at once.
    """

    def __init__(self, configured: SecretStr | None, path: Path) -> None:
        self._configured = configured
        self._path = path

    async def read(self) -> bytes:
        """Return the key."""
        if self._configured is not None:
            return self._configured.get_secret_value().encode()
        return await asyncio.to_thread(self._read)

    async def rotate(self) -> None:
        """Replace the key: whatever the old one signed is void.

        Raises:
            ConfiguredKeyError: the key is a setting.
        """
        if self._configured is not None:
            raise ConfiguredKeyError
        await asyncio.to_thread(self._write_over)

    def _read(self) -> bytes:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._fresh()
            try:
                os.link(fresh, self._path)  # fails where another process was first
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return self._path.read_bytes()

    def _write_over(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._fresh().replace(self._path)

    def _fresh(self) -> Path:
        path = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(_KEY_BYTES))
        return path
