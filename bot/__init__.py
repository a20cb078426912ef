"""The Telegram face: the only package that imports aiogram."""
