"""Numbers that people type."""

BIGGEST = 2**31 - 1
"""The largest that every column holds; nothing that has a number here comes near it."""
BIGGEST_ID = 2**52
"""Telegram's ids have 52 bits at most."""
