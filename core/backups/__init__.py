"""Backups: the database, the index in use and the settings without secrets, in one folder; and the way back."""
