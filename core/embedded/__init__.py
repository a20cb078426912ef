"""PostgreSQL and Valkey started by ourselves, for machines that have neither: the `[embedded]` extra's binaries.

Both keep their data in a folder of ours and listen on a Unix socket only, which nobody but the owner can open, so
neither needs a password. Both end with their parent (Linux: even when it is killed), and start again after any end.
"""

from core.embedded.postgres import EmbeddedPostgres
from core.embedded.server import EmbeddedMissingError, EmbeddedStartError, Progress
from core.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedMissingError", "EmbeddedPostgres", "EmbeddedStartError", "EmbeddedValkey", "Progress"]
