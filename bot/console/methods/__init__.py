"""The methods of the Bot API that the console knows, one module per noun."""

from bot.console.methods import account, edits, media, menus, messages, updates
from bot.console.methods.registry import METHODS, Described, Method

__all__ = ["METHODS", "Described", "Method", "account", "edits", "media", "menus", "messages", "updates"]
