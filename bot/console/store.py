"""What survives a restart: messages, unconfirmed updates, settings, and the index of files. SQLite, one file."""

import json
import sqlite3
from pathlib import Path
from typing import Any, Final

Record = dict[str, Any]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    body TEXT NOT NULL DEFAULT '{}',
    editable INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS messages_by_chat ON messages (chat_id, message_id);
CREATE TABLE IF NOT EXISTS updates (update_id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (file_id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
"""


class Store:
    """The console's memory. AUTOINCREMENT keeps message and update numbers growing even past deletions."""

    def __init__(self, path: Path | None) -> None:
        """Open the database at `path`, or a database that lives in memory only."""
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def new_message_id(self, chat_id: int) -> int:
        """Reserve the next message number; it counts through all chats, as it does for a bot."""
        cursor = self._db.execute("INSERT INTO messages (chat_id) VALUES (?)", (chat_id,))
        return int(cursor.lastrowid or 0)

    def save_message(self, message: Record, *, editable: bool = True) -> None:
        """Write a message whose number was reserved, or write it anew after an edit."""
        self._db.execute(
            "UPDATE messages SET body = ?, editable = ? WHERE message_id = ?",
            (_packed(message), editable, message["message_id"]),
        )

    def message(self, chat_id: int, message_id: int) -> Record | None:
        """Return one message of a chat."""
        row = self._db.execute(
            "SELECT body FROM messages WHERE chat_id = ? AND message_id = ?", (chat_id, message_id)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def is_editable(self, message_id: int) -> bool:
        """Tell whether a message may be edited: one sent with a reply keyboard may not."""
        row = self._db.execute("SELECT editable FROM messages WHERE message_id = ?", (message_id,)).fetchone()
        return bool(row and row[0])

    def messages(self, chat_id: int, limit: int, after: int = 0) -> list[Record]:
        """Return the last `limit` messages of a chat with numbers over `after`, oldest first."""
        rows = self._db.execute(
            "SELECT body FROM messages WHERE chat_id = ? AND message_id > ? AND body <> '{}' "
            "ORDER BY message_id DESC LIMIT ?",
            (chat_id, after, limit),
        ).fetchall()
        return [json.loads(body) for (body,) in reversed(rows)]

    def delete_message(self, chat_id: int, message_id: int) -> None:
        """Forget a message."""
        self._db.execute("DELETE FROM messages WHERE chat_id = ? AND message_id = ?", (chat_id, message_id))

    def add_update(self, body: Record) -> int:
        """Queue an update and return its number."""
        return int(self._db.execute("INSERT INTO updates (body) VALUES (?)", (_packed(body),)).lastrowid or 0)

    def updates(self, from_id: int, limit: int) -> list[Record]:
        """Return queued updates, oldest first."""
        rows = self._db.execute(
            "SELECT update_id, body FROM updates WHERE update_id >= ? ORDER BY update_id LIMIT ?", (from_id, limit)
        ).fetchall()
        return [{"update_id": update_id, **json.loads(body)} for update_id, body in rows]

    def confirm_updates(self, below_id: int) -> None:
        """Forget the updates numbered below `below_id`."""
        self._db.execute("DELETE FROM updates WHERE update_id < ?", (below_id,))

    def remove_update(self, update_id: int) -> None:
        """Forget one update."""
        self._db.execute("DELETE FROM updates WHERE update_id = ?", (update_id,))

    def keep_last_updates(self, count: int) -> None:
        """Forget all but the last `count` updates."""
        self._db.execute(
            "DELETE FROM updates WHERE update_id NOT IN "
            "(SELECT update_id FROM updates ORDER BY update_id DESC LIMIT ?)",
            (count,),
        )

    def pending_updates(self) -> int:
        """Count the queued updates."""
        return int(self._db.execute("SELECT count(*) FROM updates").fetchone()[0])

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a stored setting."""
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def save_setting(self, name: str, value: Any) -> None:
        """Store a setting."""
        self._db.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, _packed(value)),
        )

    def add_file(self, file_id: str, path: str, body: Record) -> None:
        """Index a file."""
        self._db.execute("INSERT INTO files VALUES (?, ?, ?)", (file_id, path, _packed(body)))

    def file(self, file_id: str) -> Record | None:
        """Return what is known of a file."""
        row = self._db.execute("SELECT body FROM files WHERE file_id = ?", (file_id,)).fetchone()
        return json.loads(row[0]) if row else None

    def file_at(self, path: str) -> Record | None:
        """Return what is known of the file with a given `file_path`."""
        row = self._db.execute("SELECT body FROM files WHERE path = ?", (path,)).fetchone()
        return json.loads(row[0]) if row else None


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
