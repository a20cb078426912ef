"""Telegram without Telegram: a local Bot API server with a chat page, for a newcomer without a token, and for tests."""

from bot.console.people import ADMIN, DEFAULT_PEOPLE, ENGINEER, STRANGER, Person
from bot.console.server import Console

__all__ = ["ADMIN", "DEFAULT_PEOPLE", "ENGINEER", "STRANGER", "Console", "Person"]
