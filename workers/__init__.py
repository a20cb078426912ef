"""arq workers: one process per queue. Never imports aiogram."""
