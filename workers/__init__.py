"""arq workers: one process per queue."""
