"""The people who can sit in front of the console."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

ENGINEER: Final = 1001
ADMIN: Final = 1002
STRANGER: Final = 1003


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes to the bot. `role` only labels them on the page: rights live in the bot's own database."""

    id: int
    first_name: str
    last_name: str
    username: str
    language_code: str
    role: str

    def as_user(self) -> dict[str, Any]:
        """Return the Bot API `User`."""
        user = asdict(self)
        del user["role"]
        return {"is_bot": False, **user}

    def as_chat(self) -> dict[str, Any]:
        """Return the Bot API `Chat`: private, so its id is the person's."""
        return {
            "id": self.id,
            "type": "private",
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
        }


DEFAULT_PEOPLE: Final[Sequence[Person]] = (
    Person(ENGINEER, "Ivan", "Petrov", "ivan_petrov", "ru", "engineer"),
    Person(ADMIN, "Anna", "Schmidt", "anna_schmidt", "en", "admin"),
    Person(STRANGER, "Sam", "Nobody", "sam_nobody", "en", "stranger"),
)
