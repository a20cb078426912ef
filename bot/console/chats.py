"""Private chats between people and the bot: who they are, and the messages in them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.console.errors import bad_request, blocked_by_user
from bot.console.events import Events
from bot.console.keyboards import is_inline
from bot.console.people import Person
from bot.console.store import Store
from bot.console.updates import UpdateQueue
from core.clock import utc_now

Message = dict[str, Any]

HISTORY: Final = 300
"""Messages that a page shows at first."""
DELETABLE_SECONDS: Final = 48 * 3600
MEDIA: Final = ("photo", "document")


class Chats:
    """Every change to a chat goes through here: it is stored, shown on the page and, where a person acts, queued."""

    def __init__(
        self, bot_id: int, people: Sequence[Person], store: Store, events: Events, updates: UpdateQueue
    ) -> None:
        self._bot_id = bot_id
        self._people = {person.id: person for person in people}
        self._store = store
        self._events = events
        self._updates = updates

    def bot(self) -> dict[str, Any]:
        """Return the bot's `User`."""
        name = self._store.setting("bot_name", "Hydrodiag")
        return {"id": self._bot_id, "is_bot": True, "first_name": name, "username": "hydrodiag_console_bot"}

    def people(self) -> list[Person]:
        """Return everybody, in the language that each chose."""
        return [self.person(person_id) for person_id in self._people]

    def person(self, person_id: int) -> Person:
        """Return one person, in the language that they chose.

        Raises:
            ApiError: "chat not found".
        """
        person = self._people.get(person_id)
        if person is None:
            raise bad_request("chat not found")
        return replace(person, language_code=self._store.setting(f"language:{person_id}", person.language_code))

    def choose_language(self, person_id: int, language_code: str) -> None:
        """Switch the language of a person's Telegram."""
        self.person(person_id)
        self._store.save_setting(f"language:{person_id}", language_code)
        self._events.publish(person_id, "person", self.describe(person_id))

    def is_blocked(self, person_id: int) -> bool:
        """Tell whether the person blocked the bot."""
        return bool(self._store.setting(f"blocked:{person_id}", False))

    def block(self, person_id: int, blocked: bool) -> None:
        """Block the bot, or let it write again; the bot hears of it through `my_chat_member`."""
        person = self.person(person_id)
        if blocked == self.is_blocked(person_id):
            return
        self._store.save_setting(f"blocked:{person_id}", blocked)
        kicked = {"user": self.bot(), "status": "kicked", "until_date": 0}
        member = {"user": self.bot(), "status": "member"}
        change = {
            "chat": person.as_chat(),
            "from": person.as_user(),
            "date": _now(),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        self._updates.add("my_chat_member", change)
        self._events.publish(person_id, "person", self.describe(person_id))

    def describe(self, person_id: int) -> dict[str, Any]:
        """Return what the page shows of a person."""
        person = self.person(person_id)
        return {**person.as_user(), "role": person.role, "blocked": self.is_blocked(person_id)}

    def keyboard(self, person_id: int) -> dict[str, Any] | None:
        """Return the reply keyboard under the person's input field."""
        keyboard: dict[str, Any] | None = self._store.setting(f"keyboard:{person_id}")
        return keyboard

    def history(self, person_id: int, after: int = 0) -> list[Message]:
        """Return the last messages of a chat, of those with numbers over `after`, oldest first."""
        self.person(person_id)
        return self._store.messages(person_id, HISTORY, after)

    def open_chat(self, chat_id: int) -> Person:
        """Return the person behind a chat that the bot may write to.

        Raises:
            ApiError: no such chat, or the person blocked the bot.
        """
        person = self.person(chat_id)
        if self.is_blocked(chat_id):
            raise blocked_by_user()
        return person

    def post(
        self, chat_id: int, content: dict[str, Any], markup: dict[str, Any] | None = None, reply_to: int = 0
    ) -> Message:
        """Add a message from the bot."""
        message = self._new_message(self.open_chat(chat_id), self.bot(), content, reply_to)
        if markup is not None and is_inline(markup):
            message["reply_markup"] = markup
        self._store.save_message(message, editable=markup is None or is_inline(markup))
        self._events.publish(chat_id, "message", message)
        if markup is not None and not is_inline(markup):
            self.show_keyboard(chat_id, None if markup.get("remove_keyboard") else markup)
        return message

    def show_keyboard(self, person_id: int, keyboard: dict[str, Any] | None) -> None:
        """Put a reply keyboard under the person's input field, or take it away."""
        self._store.save_setting(f"keyboard:{person_id}", keyboard)
        self._events.publish(person_id, "keyboard", {"keyboard": keyboard})

    def receive(self, person_id: int, content: dict[str, Any], reply_to: int = 0) -> Message:
        """Add a message from a person and queue it for the bot; writing to a blocked bot unblocks it."""
        person = self.person(person_id)
        self.block(person_id, False)
        message = self._new_message(person, person.as_user(), content, reply_to)
        self._store.save_message(message)
        self._events.publish(person_id, "message", message)
        self._updates.add("message", message)
        keyboard = self.keyboard(person_id)
        if keyboard and (keyboard.get("force_reply") or keyboard.get("one_time_keyboard")):
            self.show_keyboard(person_id, None)
        return message

    def own_message(self, chat_id: int, message_id: int) -> Message:
        """Return a message that the bot may edit.

        Raises:
            ApiError: not found, or not the bot's to edit.
        """
        self.open_chat(chat_id)
        message = self._store.message(chat_id, message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"]["id"] != self._bot_id or not self._store.is_editable(message_id):
            raise bad_request("message can't be edited")
        return message

    def edit(self, message: Message, changes: dict[str, Any]) -> Message:
        """Apply an edit; a change to None removes a field.

        Raises:
            ApiError: nothing would change.
        """
        edited = {name: value for name, value in {**message, **changes}.items() if value is not None}
        if edited == message:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        edited["edit_date"] = _now()
        self._store.save_message(edited)
        self._events.publish(message["chat"]["id"], "message", edited)
        return edited

    def find(self, chat_id: int, message_id: int, subject: str) -> Message:
        """Return a message; `subject` names it in the refusal, as in "message to copy"."""
        self.person(chat_id)
        message = self._store.message(chat_id, message_id)
        if message is None:
            raise bad_request(f"{subject} not found")
        return message

    def delete(self, chat_id: int, message_id: int) -> None:
        """Delete a message for both sides.

        Raises:
            ApiError: not found, or older than 48 hours.
        """
        message = self.find(chat_id, message_id, "message to delete")
        if _now() - int(message["date"]) > DELETABLE_SECONDS:
            raise bad_request("message can't be deleted for everyone")
        self._store.delete_message(chat_id, message_id)
        self._events.publish(chat_id, "deleted", {"message_id": message_id})

    def _new_message(self, person: Person, sender: dict[str, Any], content: dict[str, Any], reply_to: int) -> Message:
        replied = self._store.message(person.id, reply_to) if reply_to else None
        message: Message = {
            "message_id": self._store.new_message_id(person.id),
            "from": sender,
            "chat": person.as_chat(),
            "date": _now(),
            **content,
        }
        if replied:
            replied.pop("reply_to_message", None)
            message["reply_to_message"] = replied
        return message


def _now() -> int:
    return int(utc_now().timestamp())
